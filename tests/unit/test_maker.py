"""The rehearsal's repository and deployment, as far as they are made without an engine."""

import re
import socket
import stat
from pathlib import Path

import pytest

from fixtures import environment, settings_file
from staging import deployment, filling, maker, origin

MAIN = ["v1.4.0", "v1.5.0", "v2.0.0"]
BROKEN = [release.tag for release in origin.releases().values() if release.fault]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return origin.make_origin(tmp_path_factory.mktemp("place"))


def files(repository: Path, tag: str) -> set[str]:
    return set(origin.git("ls-tree", "-r", "--name-only", tag, directory=repository).splitlines())


def text(repository: Path, tag: str, path: str) -> str:
    return origin.git("show", f"{tag}:{path}", directory=repository)


def test_main_is_the_chain_of_releases(repository: Path) -> None:
    described = origin.git("log", "--reverse", "--format=%S%D", "main", directory=repository)
    assert re.findall(r"tag: (v[^,)\s]+)", described) == MAIN


def test_the_head_of_main_is_the_last_release(repository: Path) -> None:
    heads = origin.git("rev-parse", "main", "v2.0.0^{commit}", directory=repository).splitlines()
    assert heads[0] == heads[1]


@pytest.mark.parametrize("tag", BROKEN)
def test_a_broken_release_is_one_commit_beside_main(repository: Path, tag: str) -> None:
    beside = origin.git("rev-list", "--count", f"main..{tag}", directory=repository)
    assert beside == "1"


def test_every_tag_is_annotated(repository: Path) -> None:
    kinds = origin.git("for-each-ref", "--format=%(objecttype)", "refs/tags", directory=repository).split()
    assert kinds == ["tag"] * len(MAIN + BROKEN)


def test_the_same_releases_give_the_same_commits(repository: Path, tmp_path: Path) -> None:
    again = origin.make_origin(tmp_path)
    assert origin.git("show-ref", directory=again) == origin.git("show-ref", directory=repository)


def test_an_overlay_keeps_what_it_does_not_change(repository: Path) -> None:
    assert files(repository, "v1.4.0") <= files(repository, "v1.5.0")


def test_a_deletion_is_gone_from_the_release_that_lists_it(repository: Path) -> None:
    deleted = set(origin.releases()["v2.0.0"].deletions)
    assert deleted
    assert deleted <= files(repository, "v1.5.0") - files(repository, "v2.0.0")


@pytest.mark.parametrize("tag", MAIN + BROKEN)
def test_the_scripts_are_executable(repository: Path, tag: str) -> None:
    listed = origin.git("ls-tree", tag, "backup.sh", "update.sh", directory=repository).splitlines()
    assert [line.split()[0] for line in listed] == ["100755", "100755"]


@pytest.mark.parametrize("tag", MAIN + BROKEN)
def test_the_revisions_are_one_chain(repository: Path, tag: str) -> None:
    versions = [text(repository, tag, path) for path in files(repository, tag) if "/versions/" in path]
    revisions = {match for content in versions for match in re.findall(r'^revision = "(\w+)"', content, re.M)}
    downs = [match for content in versions for match in re.findall(r'^down_revision = "(\w+)"', content, re.M)]
    assert len(revisions - set(downs)) == 1
    assert len(downs) == len(set(downs)) == len(revisions) - 1


@pytest.mark.parametrize("tag", MAIN + BROKEN)
def test_a_release_says_its_version_where_people_and_programs_look(repository: Path, tag: str) -> None:
    version = tag.removeprefix("v").partition("-")[0]
    assert f'__version__ = "{version}"' in text(repository, tag, "punk_eco/__init__.py")
    newest = re.search(r"^## \[(.+)\]", text(repository, tag, "CHANGELOG.md"), re.M)
    assert newest and newest[1] == version


@pytest.mark.parametrize("tag", BROKEN)
def test_a_broken_release_is_laid_over_the_present_changelog(repository: Path, tag: str) -> None:
    changelog = text(repository, tag, "CHANGELOG.md")
    without_newest = re.sub(r"^## \[2\.0\.1\].*?(?=^## )", "", changelog, flags=re.M | re.S)
    assert without_newest == text(repository, "v2.0.0", "CHANGELOG.md")


@pytest.mark.parametrize("tag", MAIN)
def test_the_lock_files_name_no_registry(repository: Path, tag: str) -> None:
    assert "resolved" not in text(repository, tag, "package-lock.json")
    assert "://" not in text(repository, tag, "requirements.txt")


def test_the_deployment_is_a_clone_on_main_at_the_version(tmp_path: Path) -> None:
    rehearsal = maker.prepare(tmp_path, "v1.4.0")
    head = origin.git("describe", "--tags", "--exact-match", directory=rehearsal.directory)
    branch = origin.git("symbolic-ref", "--short", "HEAD", directory=rehearsal.directory)
    remote = origin.git("remote", "get-url", "origin", directory=rehearsal.directory)
    assert (head, branch, remote) == ("v1.4.0", "main", str(rehearsal.origin))


@pytest.mark.parametrize("tag", MAIN)
def test_the_env_file_fills_every_key_of_the_example(tmp_path: Path, tag: str) -> None:
    rehearsal = maker.prepare(tmp_path, tag)
    example = environment.parse((rehearsal.directory / ".env.example").read_text("utf-8"))
    values = environment.parse((rehearsal.directory / ".env").read_text("utf-8"))
    assert list(values) == list(example)
    assert all(values.values())


def test_the_env_file_is_private_and_its_secrets_are_new_each_time(tmp_path: Path) -> None:
    first, second = (maker.prepare(tmp_path / name, "v1.4.0").directory / ".env" for name in ("a", "b"))
    secrets = [environment.parse(file.read_text("utf-8"))["SECRET_KEY"] for file in (first, second)]
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert secrets[0] != secrets[1]


def test_the_keys_of_the_example_change_with_the_releases(repository: Path) -> None:
    keys = [set(environment.parse(text(repository, tag, ".env.example"))) for tag in MAIN]
    assert keys[1] - keys[0] == {"MAX_UPLOAD_MB"}
    assert keys[2] - keys[1] == {"ITEMS_PER_PAGE", "INVOICE_SENDER"}
    assert keys[1] - keys[2] == {"PRODUCTS_PER_PAGE"}


def test_what_was_prepared_can_be_loaded(tmp_path: Path) -> None:
    prepared = maker.prepare(tmp_path, "v1.5.0")
    assert maker.load(tmp_path) == prepared


def test_a_place_is_not_prepared_twice(tmp_path: Path) -> None:
    maker.prepare(tmp_path, "v1.4.0")
    with pytest.raises(FileExistsError, match="make clean"):
        maker.prepare(tmp_path, "v1.4.0")


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(origin.GitFailed, match="v9"):
        maker.prepare(tmp_path, "v9")


def test_a_place_has_its_own_project_and_keeps_its_port(tmp_path: Path) -> None:
    here, there = deployment.at(tmp_path / "a"), deployment.at(tmp_path / "b")
    assert here.project != there.project
    assert deployment.at(tmp_path / "a").port == here.port


def test_a_taken_port_is_passed_over(tmp_path: Path) -> None:
    port = deployment.free_port(tmp_path)
    with socket.create_server(("", port)):
        assert deployment.free_port(tmp_path) != port


def test_the_settings_file_describes_the_deployment(tmp_path: Path) -> None:
    rehearsal = maker.prepare(tmp_path, "v1.4.0")
    target = settings_file.choose(settings_file.load(rehearsal.settings_file), "rehearsal")
    assert (target.directory, target.url) == (rehearsal.directory, rehearsal.url)
    assert {account.name for account in target.accounts} == {name for name, *_ in maker.ACCOUNTS}


def test_the_seed_password_is_made_once_per_cache(tmp_path: Path) -> None:
    first = filling.seed_password(tmp_path / "cache")
    assert filling.seed_password(tmp_path / "cache") == first
    assert stat.S_IMODE((tmp_path / "cache/seed-password").stat().st_mode) == 0o600


def test_other_sizes_and_other_releases_are_kept_apart(tmp_path: Path) -> None:
    old, new = (maker.prepare(tmp_path / tag, tag) for tag in ("v1.4.0", "v2.0.0"))
    sizes = (filling.Sizes(), filling.Sizes(orders=1))
    assert len({filling.cache_key(shop, size) for shop in (old, new) for size in sizes}) == 4
