"""What is written about the project, held against the project."""

import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from fixtures import settings_file
from fixtures.settings import Settings, Target
from fixtures.settings_types import Section
from runbook import plans
from runbook.outcome import Outcome

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "runbook.example.toml"
COVERAGE = ROOT / "docs/guide-coverage.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TEST_NAME = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")
STATUSES = ("done", "partly", "missing", "–")
ABSENT = "none yet"

# The headings and the commands of the guide, in its order.
GUIDE = (
    "Avant de commencer",
    "Vérification des prérequis",
    "Sauvegarde complète",
    "sudo su - punk_eco",
    "cd ~/punk-eco",
    "./backup.sh --db-only",
    "./backup.sh --media-only",
    "Workflow de mise à jour",
    "1. Mettre à jour le code source",
    "docker-compose down",
    "git checkout -b backup-$(date +%Y%m%d)",
    "git push origin backup-$(date +%Y%m%d)",
    "git checkout main",
    "git fetch origin",
    "git reset --hard origin/main",
    "2. Mettre à jour les dépendances",
    "cat requirements.txt",
    "docker-compose build --no-cache",
    "3. Mettre à jour la configuration",
    "git diff --no-index .env.example .env.example.old || true",
    "nano .env",
    "4. Mettre à jour la base de données",
    "docker-compose run --rm web flask db upgrade",
    "5. Redémarrer les services",
    "docker-compose up -d",
    "docker-compose logs -f",
    "Mise à jour des dépendances",
    "Mise à jour des dépendances Python",
    "Mise à jour des dépendances JavaScript",
    "Migrations de base de données",
    "Créer une nouvelle migration",
    'docker-compose run --rm web flask db migrate -m "Description des changements"',
    "ls -l migrations/versions/",
    "Appliquer les migrations",
    "Annuler une migration",
    "docker-compose run --rm web flask db downgrade <revision>",
    "Mises à jour majeures",
    "Mise à jour vers une nouvelle version majeure",
    "Exemple : Mise à jour de v1.x vers v2.0",
    "git checkout v2.0.0",
    "Rollback",
    "git checkout <previous-tag-or-commit>",
    "docker-compose run --rm web flask db downgrade <previous-revision>",
    "Vérification post-mise à jour",
    "Connexion utilisateur",
    "Accès aux données",
    "Fonctionnalités critiques",
    "docker stats",
    "Dépannage des problèmes courants",
    "Problèmes de migration",
    "docker-compose run --rm web flask db current",
    "docker-compose run --rm web flask db downgrade -1",
    "docker-compose run --rm web flask db stamp <revision>",
    "Problèmes de dépendances",
    "docker-compose run --rm web pip freeze",
    "Problèmes de démarrage",
    "docker-compose ps",
    "docker-compose exec db pg_isready -U punk_eco",
    "Mises à jour automatisées",
    "./update.sh",
    "./update.sh --backup",
    "./update.sh --no-restart",
    "Notes importantes",
    "Support",
)

# Sites that may be named in a tracked file; what RFC 2606 reserves for examples always may.
HOST = re.compile(r"\w://(?:[^/\s@\"'`]*@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
RESERVED = re.compile(r"(?:.*\.)?(?:example|test|invalid|localhost)(?:\.(?:com|org|net))?|127\.[\d.]+")
PUBLIC_SITES = {
    "docs.docker.com",
    "feross.org",
    "github.com",
    "keepachangelog.com",
    "opencollective.com",
    "paulmillr.com",
    "semver.org",
    "www.googletagmanager.com",
    "www.patreon.com",
    "www.w3.org",
}
IMAGE_FROM_A_REGISTRY = re.compile(r"^\s*(?:FROM|image:)\s+[\"']?[^\s/\"']*[.:][^\s/\"']*/", re.MULTILINE)
# A home directory; the one in the guide is an example.
HOME = re.compile(r"(?<![\w.~-])/(?:root|Users/\w|home/(?!punk_eco\b)\w)")


def git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    return [line for line in done.stdout.split("\0") if line]


@cache
def tracked() -> dict[str, str]:
    """The text of every tracked file, by its path."""
    files = [path for path in git("ls-files", "-z") if (ROOT / path).is_file()]
    return {path: (ROOT / path).read_bytes().decode("utf-8", "replace") for path in files}


def sections(kind: type[Section] = Section) -> Iterator[type[Section]]:
    for found in kind.__subclasses__():
        yield found
        yield from sections(found)


def given(value: object) -> Iterator[tuple[str, str]]:
    """Every setting that stands in the file, as its table's class and its name."""
    if isinstance(value, Section):
        for name in value.model_fields_set:
            yield type(value).__name__, name
            yield from given(getattr(value, name))
    elif isinstance(value, dict | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from given(part)


@pytest.fixture(scope="module")
def example() -> Settings:
    return settings_file.load(EXAMPLE)


def rows() -> list[list[str]]:
    """The cells of every row of the coverage table, the heads left out."""
    lines = [line for line in COVERAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [row for row in cells if row[0] != "in the guide"]


def test_every_setting_stands_in_the_example(example: Settings) -> None:
    of_settings = [kind for kind in sections() if kind.__module__.startswith("fixtures.settings")]
    known = {(kind.__name__, name) for kind in of_settings for name in kind.model_fields}
    assert known - set(given(example)) == set()


@pytest.mark.parametrize("name", ["git", "compose", "services", "database", "migrations", "media", "logs", "limits"])
def test_the_example_shows_the_defaults(example: Settings, name: str) -> None:
    assert getattr(example.targets["every-setting"], name) == Target.model_fields[name].default


def test_the_first_target_of_the_example_is_about_ten_lines() -> None:
    text = EXAMPLE.read_text("utf-8").partition("\n[targets.every-setting]")[0]
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines[0] == "[targets.production]"
    assert len(lines) <= 12


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_of_the_project(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    targets = [(page.parent / link).resolve() for link in links]
    assert [str(path) for path in targets if not (path.exists() and path.is_relative_to(ROOT))] == []


def named_paths(text: str) -> list[str]:
    """The paths of the project that a page names in code, patterns included; templates such as `RUN` are cut off."""
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in (".git", ".venv")}
    words = [word.partition("::")[0] for code in CODE.findall(BLOCK.sub("", text)) for word in code.split()]
    paths = [word.partition("<")[0].rstrip(",.") for word in words if "NN" not in word]
    return [path for path in paths if "/" in path and path.partition("/")[0] in tops]


def exists_or_is_generated(path: str) -> bool:
    return any(ROOT.glob(path.rstrip("/"))) or bool(git("check-ignore", path))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    assert [path for path in named_paths(page.read_text("utf-8")) if not exists_or_is_generated(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_plan_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?:pytest |`)-m (?!pip|\")([a-z_-]+)", page.read_text("utf-8")))
    assert {name for name in named if name not in plans.PLANS} == set()


@pytest.mark.parametrize("words", GUIDE)
def test_the_coverage_has_everything_of_the_guide(words: str) -> None:
    text = COVERAGE.read_text("utf-8").replace("\\|", "|")
    forms = (f"`{words}`", f"**{words}**", f"\n## {words}\n")
    assert any(form in text for form in forms), f"{words} is not in {COVERAGE.name}"


def test_the_coverage_is_in_the_order_of_the_guide() -> None:
    chapters = [line.removeprefix("## ") for line in COVERAGE.read_text("utf-8").splitlines() if line.startswith("## ")]
    assert chapters == [words for words in GUIDE if words in chapters]


def test_every_row_of_the_coverage_says_how_far_it_is() -> None:
    assert [row for row in rows() if len(row) != 4 or row[3] not in STATUSES] == []


def test_what_is_said_to_be_done_names_its_test() -> None:
    assert [row[0] for row in rows() if row[3] == "done" and not TEST_NAME.search(row[2])] == []


def test_what_is_partly_done_names_its_test_or_says_that_there_is_none() -> None:
    partly = [row for row in rows() if row[3] == "partly"]
    assert [row[0] for row in partly if not TEST_NAME.search(row[2]) and row[2] != ABSENT] == []


def test_every_test_that_the_coverage_names_exists() -> None:
    named = TEST_NAME.findall(COVERAGE.read_text("utf-8"))
    assert named
    assert sorted({f"{path}::{name}" for path, name in named if not is_defined(path, name)}) == []


def is_defined(path: str, name: str) -> bool:
    file = ROOT / path
    return file.exists() and bool(re.search(rf"^def {name}\(", file.read_text("utf-8"), re.MULTILINE))


def test_every_exit_code_is_explained_to_operators() -> None:
    text = (ROOT / "docs/operators.md").read_text("utf-8")
    assert [outcome for outcome in Outcome if not re.search(rf"^\| {outcome.exit_code}\b", text, re.MULTILINE)] == []


def test_every_direct_dependency_has_its_reason() -> None:
    lines = [line for name in ("requirements.in", "requirements-dev.in") for line in tracked()[name].splitlines()]
    names = [match[0] for line in lines if (match := re.match(r"[A-Za-z][A-Za-z0-9-]*", line))]
    names += json.loads(tracked()["reports/package.json"])["dependencies"]
    told = re.findall(r"^\| ([\w-]+)", (ROOT / "docs/dependencies.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(set(names) - set(told)) == []


def test_no_tracked_file_names_a_path_of_somebodys_machine() -> None:
    here = re.compile(r"(?<![\w.~-])" + re.escape(str(ROOT)) + r"(?![\w-])")
    assert [path for path, text in tracked().items() if HOME.search(text) or here.search(text)] == []


def test_no_tracked_file_names_a_registry() -> None:
    hosts = {(path, host) for path, text in tracked().items() for host in HOST.findall(text)}
    assert sorted(pair for pair in hosts if pair[1] not in PUBLIC_SITES and not RESERVED.fullmatch(pair[1])) == []
    assert [path for path, text in tracked().items() if IMAGE_FROM_A_REGISTRY.search(text)] == []


# in French ------------------------------------------------------------------------------------------------------------

FRENCH = (ROOT / "README.fr.md", ROOT / "docs/guide.fr.md")
SECTION = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)


def spoken_of(text: str) -> str:
    """All that a page gives in code, in blocks and in lines."""
    return "\n".join([*BLOCK.findall(text), *CODE.findall(BLOCK.sub("", text))])


def options_of_the_gate() -> set[str]:
    source = (ROOT / "runbook/options.py").read_text("utf-8")
    return set(re.findall(r'addoption\(\s*"(--[a-z-]+)"', source))


@pytest.mark.parametrize("page", FRENCH, ids=lambda page: page.name)
def test_every_option_that_a_french_page_gives_pytest_exists(page: Path) -> None:
    lines = [line.partition("#")[0] for line in spoken_of(page.read_text("utf-8")).splitlines() if "pytest -m" in line]
    used = {option for line in lines for option in re.findall(r"(?<![\w-])--[a-z-]+", line)}
    assert used
    assert used - options_of_the_gate() == set()


@pytest.mark.parametrize("page", FRENCH, ids=lambda page: page.name)
def test_every_make_command_that_a_french_page_gives_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = set(re.findall(r"(?:^|`)make ([a-z-]+)", spoken_of(page.read_text("utf-8")), re.MULTILINE))
    assert used - targets == set()


def test_the_french_guide_has_every_section_of_the_guide_in_its_order() -> None:
    wanted = [words for words in GUIDE if not re.search(r"^(docker|git|cd|sudo|cat|nano|ls|\./)", words)]
    found = SECTION.findall((ROOT / "docs/guide.fr.md").read_text("utf-8"))
    bold = {"Mise à jour des dépendances Python", "Mise à jour des dépendances JavaScript", "Connexion utilisateur"}
    bold |= {"Accès aux données", "Fonctionnalités critiques", "Mise à jour vers une nouvelle version majeure"}
    bold |= {"Exemple : Mise à jour de v1.x vers v2.0"}
    assert found == [words for words in wanted if words not in bold]


def test_every_setting_that_the_french_guide_names_exists(example: Settings) -> None:
    target = example.targets["every-setting"]
    text = spoken_of((ROOT / "docs/guide.fr.md").read_text("utf-8"))
    tables = "|".join(name for name in Target.model_fields if isinstance(getattr(target, name), Section))
    named = re.findall(rf"(?<![\w./-])({tables})\.([a-z_]+)(?![\w.])", text)
    assert named
    assert [f"{table}.{key}" for table, key in named if not hasattr(getattr(target, table), key)] == []


def test_the_french_readme_knows_every_stage_and_exit_code() -> None:
    text = (ROOT / "README.fr.md").read_text("utf-8")
    assert [stage for stage in plans.NAMES if f"\n| {stage} |" not in text] == []
    assert [outcome for outcome in Outcome if f"\n| {outcome.exit_code} |" not in text] == []
