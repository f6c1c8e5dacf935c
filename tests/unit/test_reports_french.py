"""The report in French: ours is replaced as a whole, what others said and what machines read stays."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from reports import french, html, verdict, words
from reports.categories import CATEGORIES
from runbook import planned, plans
from runbook.plans import BY_NAME

RUNBOOK = Path(__file__).parents[2] / "runbook"
CHECKS = RUNBOOK.parent / "checks"
PAGE = re.compile(r"^def ((?:stage|operation|check)_\w+)\(", re.MULTILINE)
PAGES = [*RUNBOOK.glob("*_[0-9]*_*.py"), *RUNBOOK.glob("operation_*.py"), *CHECKS.rglob("check_*.py")]
PROOFS = sorted({name for page in PAGES for name in PAGE.findall(page.read_text("utf-8"))})
CALLS = [one for page in PAGES for one in ast.walk(ast.parse(page.read_text("utf-8"))) if isinstance(one, ast.Call)]
FINDINGS = [ast.literal_eval(one.args[0]) for one in CALLS if ast.unparse(one.func) == "finding"]
SENTENCES = [
    *(sentence for said in (verdict.MEANINGS, verdict.NEXT_STEPS) for sentence in said.values()),
    *(sentence for kind in verdict.OTHERWISE.values() for said in kind for sentence in said.values()),
    *(f"interrupted: {while_served}" for while_served in verdict.INTERRUPTED_WHILE.values()),
    *(f"checks: {moment}" for moment in words.MOMENTS.values()),
]


@pytest.mark.parametrize(
    ("english", "wanted"),
    [
        (
            "✓ upgrade v1.4.0 → v2.0.0: done and verified (exit 0)",
            "✓ mise à jour v1.4.0 → v2.0.0: réussie et vérifiée (code 0)",
        ),
        (
            "08 migration · 3.2 s · 5 revisions in 3.0 s, now at d9135e7b80c4",
            "08 migration · 3.2 s · 5 révisions en 3.0 s, maintenant à d9135e7b80c4",
        ),
        ("Users are out · not needed", "Les utilisateurs sont dehors · pas nécessaire"),
        ("20.0 s in 1 outage (15.7 s predicted)", "20.0 s en 1 coupure (15.7 s prévues)"),
        ("What serves nobody knows", "What serves nobody knows"),
        ("a \\1 path", "a \\1 path"),
        ("pytest -m upgrade --resume", "pytest -m upgrade --resume"),
        (
            "web, worker and beat up, reachable from this machine only",
            "web, worker et beat démarrés, accessibles de cette machine seulement",
        ),
        (
            "v1 → v2: 5 migrations (⚠ 2 lock-heavy), 3 new settings, 0 changed requirements",
            "v1 → v2: 5 migrations (⚠ 2 qui verrouillent longtemps), 3 nouveaux réglages, 0 dépendances modifiées",
        ),
        (
            "2.1 MB, restored and compared: 66,240 rows, 301 files",
            "2.1 MB, restauré et comparé : 66,240 lignes, 301 fichiers",
        ),
        (
            "the backup of v1.4.0 at 2026-11-22T02:10:00Z; it lacks what is live of 2 tables and of the uploaded files",
            "la sauvegarde de v1.4.0 du 2026-11-22T02:10:00Z; il y manque ce qui est en service de 2 tables "
            "et des fichiers téléversés",
        ),
        (
            "10 verification ✗ · 3.1 s · Pages answer as before: Pages no longer answer as they did (and 2 more)",
            "10 verification ✗ · 3.1 s · Les pages répondent comme avant: "
            "Des pages ne répondent plus comme avant (et 2 de plus)",
        ),
        (
            "rollback point of 5 rows and 3 files, a dump: the role may not create databases",
            "point de retour de 5 lignes et 3 fichiers, un dump : the role may not create databases",
        ),
        ("Output of the build", "Sortie de la construction"),
    ],
)
def test_a_phrase_is_replaced_as_a_whole_and_its_numbers_stay(english: str, wanted: str) -> None:
    assert french.told(english) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "ERROR [flask_migrate] Error: New upgrade operations detected: [('add_column', None, 'x')]",
        "2 of 301 files are missing or changed",
        "the volume of the uploaded files, and which volume the service mounts",
        "Close the door, prove that nobody writes any more",
        "the migrations are run, followed by the upgrade again",
        "orders has 3 rows now",
        "New upgrade detected",
        "Error: nothing",
    ],
)
def test_a_phrase_within_an_english_sentence_stays(said: str) -> None:
    assert french.told(said) == said


def test_of_what_failed_the_sentences_are_told_in_french_and_what_was_found_stays() -> None:
    finding = "AssertionError: The disk is nearly full.\n    measured   3 files\n    such as    replaced by"
    more = "\n    look at    now"
    more += "\nassert 'not run' == ''\nAssertionError: assert 'not run' == ''"
    more += "\n  - not run\n  next      start again whenever you like\n  now       done"
    assert french.lines(finding + more).splitlines() == [
        "AssertionError: Le disque est presque plein.",
        "    mesuré     3 files",
        "    par exemple replaced by",
        "    à regarder now",
        "assert 'not run' == ''",
        "AssertionError: assert 'not run' == ''",
        "  - not run",
        "  à faire   recommencer quand on veut",
        "  maintenant réussie",
    ]


def test_evidence_that_goes_on_stays_and_the_finding_after_it_is_told_in_french() -> None:
    failed = (
        "It failed.\n  found      it said last:\n\nCopied: 3 files\ncheck_x: AssertionError: The disk is nearly full."
    )
    assert french.lines(failed).splitlines()[1:] == [
        "  constaté   it said last:",
        "",
        "Copied: 3 files",
        "check_x: AssertionError: Le disque est presque plein.",
    ]


def test_what_is_escaped_in_a_page_is_known_as_well() -> None:
    page = "<td>downgrade loses nothing of today&#x27;s data</td><td>a &quot;b&#39;</td>"
    wanted = "<td>downgrade ne perd rien des données d’aujourd’hui</td><td>a &quot;b&#39;</td>"
    assert french.html(page) == wanted


def test_a_stage_is_not_told_in_two_languages_in_one_paragraph() -> None:
    page = "<p>Changes nothing: the old version serves.</p><td>the old version serves</td>"
    assert french.html(page) == page.replace("the old version serves</td>", "l’ancienne version sert</td>")


def test_the_environment_of_a_run_is_told_line_by_line() -> None:
    told = french.properties("run = upgrade-1\ndowntime = 20.0 s in 1 outage (15.7 s predicted)\n")
    assert told == "run = upgrade-1\ninterruption = 20.0 s en 1 coupure (15.7 s prévues)\n"


def test_tags_code_and_pictures_stay() -> None:
    page = '<td class="nobody">nobody</td><code>nobody</code><img alt="downtime" src="data:;base64,xx">'
    assert french.html(page) == page.replace(">nobody</td>", ">personne</td>")


def test_a_result_keeps_what_tells_it_from_others(tmp_path: Path) -> None:
    message = "It failed.\n  expected  10 rows\n  found     said by others: old"
    label = [{"name": "kind", "value": "not needed"}, {"name": "suite", "value": "what was done and proved"}]
    result = {
        **{"uuid": "1", "fullName": "stage backup", "name": "Stage 02 backup", "labels": label},
        **{"attachments": [{"name": "Manifest", "source": "x"}], "statusDetails": {"message": message}},
    }
    (tmp_path / "1-result.json").write_text(json.dumps(result), "utf-8")
    french.results(tmp_path)
    told = json.loads((tmp_path / "1-result.json").read_text("utf-8"))
    assert (told["fullName"], told["name"], told["labels"][0]) == ("stage backup", "Étape 02 backup", label[0])
    assert told["labels"][1]["value"] == "ce qui a été fait et prouvé"
    assert told["attachments"][0] == {"name": "Manifeste", "source": "x"}
    assert told["statusDetails"]["message"].splitlines()[1:] == [
        "  attendu   10 rows",
        "  constaté  said by others: old",
    ]


def test_the_page_is_in_the_language_of_the_run(tmp_path: Path) -> None:
    run = {"plan": "upgrade", "outcome": "rolled-back", "from": {"version": "v1"}, "to": {"version": "v2"}}
    (tmp_path / "run.json").write_text(json.dumps(run | {"language": "fr"}), "utf-8")
    found = html.configuration(tmp_path)
    assert found["name"] == "mise à jour v1 → v2: annulée"
    assert found["plugins"]["awesome"]["options"]["reportLanguage"] == "fr"
    names = [category["name"] for category in found["categories"]["rules"]]
    assert names[0] == "Refusé : ne doit pas commencer"
    assert len(names) == len(CATEGORIES)


def test_every_category_has_a_french_name_of_its_own() -> None:
    same = {"Migration", "Configuration"}
    assert [
        one["name"] for one in CATEGORIES if french.told(one["name"]) == one["name"] and one["name"] not in same
    ] == []


@pytest.mark.parametrize("proof", PROOFS)
def test_every_proof_and_every_check_has_a_french_name(proof: str) -> None:
    assert french.told(words.title(proof)) != words.title(proof)


@pytest.mark.parametrize("english", FINDINGS)
def test_what_a_check_finds_is_told_in_french_wherever_it_stands(english: str) -> None:
    bare = english.removesuffix(".")
    assert french.told(english) != english
    for said in (f"AssertionError: {english}", f"Pages answer as before: {bare}", f"Log in: {bare} (and 2 more)"):
        assert bare not in french.told(said)


@pytest.mark.parametrize("changes", sorted({stage.changes for stage in BY_NAME.values()}))
def test_what_a_stage_changes_is_told_in_french(changes: str) -> None:
    assert french.told(changes) != changes


@pytest.mark.parametrize("serves", sorted({who for plan in plans.PLANS for who in planned.serving(plan).values()}))
def test_who_serves_is_told_in_french(serves: str) -> None:
    assert french.told(serves) != serves


@pytest.mark.parametrize("english", sorted(set(SENTENCES)))
def test_every_ending_and_what_to_do_then_is_told_in_french(english: str) -> None:
    assert french.told(english) != english
    assert not {"the", "nothing", "with", "was"} & set(re.findall(r"[a-z]+", french.told(english)))
