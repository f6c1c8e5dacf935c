"""Source: the old version is kept on a branch, and no file that git ignores here is overwritten by a release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures import inspection, source
from fixtures.command import CommandFailed
from fixtures.errors import Refused, StageFailed
from fixtures.host import Host
from fixtures.repository import Repository
from tests.unit import repositories
from tests.unit.repositories import git

TODAY = datetime(2026, 11, 22, 2, 10, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one commit; `.env` and the uploads are ignored."""
    directory = repositories.new(tmp_path / "shop")
    repositories.commit(directory, {"app.py": "1\n", ".gitignore": ".env\nmedia/\n"})
    return Repository(Host(), directory)


def branches(repository: Repository) -> list[str]:
    return git(repository.directory, "for-each-ref", "--format=%(refname:short)", "refs/heads/backup-*").split()


def test_the_branch_is_the_guides_and_points_at_the_old_version(repository: Repository) -> None:
    name = source.make_backup_branch(repository, repository.commit, TODAY)
    assert name == "backup-20261122"
    assert repository.resolve(name) == repository.commit


def test_the_working_tree_stays_where_it_is(repository: Repository) -> None:
    source.make_backup_branch(repository, repository.commit, TODAY)
    assert repository.branch == "main"


def test_a_second_run_of_the_same_version_takes_the_same_branch(repository: Repository) -> None:
    names = {source.make_backup_branch(repository, repository.commit, TODAY) for _ in range(2)}
    assert names == {"backup-20261122"}
    assert branches(repository) == ["backup-20261122"]


def test_another_version_of_the_same_day_gets_a_number_and_the_first_stays(repository: Repository) -> None:
    commits = [repository.commit]
    commits += [repositories.commit(repository.directory, {"app.py": f"{n}\n"}) for n in (2, 3)]
    names = [source.make_backup_branch(repository, commit, TODAY) for commit in commits]
    assert names == ["backup-20261122", "backup-20261122-2", "backup-20261122-3"]
    assert [repository.resolve(name) for name in names] == commits


def test_a_branch_of_another_day_is_not_taken(repository: Repository) -> None:
    git(repository.directory, "branch", "backup-20261121")
    assert source.make_backup_branch(repository, repository.commit, TODAY) == "backup-20261122"


# pushing -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def branch(repository: Repository, tmp_path: Path) -> str:
    """A backup branch of a repository whose remote takes pushes."""
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    git(repository.directory, "remote", "add", "origin", str(tmp_path / "origin.git"))
    return source.make_backup_branch(repository, repository.commit, TODAY)


@pytest.mark.parametrize("policy", ["require", "warn"])
def test_the_branch_is_pushed(repository: Repository, branch: str, tmp_path: Path, policy: str) -> None:
    assert source.push(repository, "origin", branch, policy) == (True, "the remote has it")
    assert git(tmp_path / "origin.git", "rev-parse", branch) == repository.commit


def test_off_pushes_nothing(repository: Repository, branch: str, tmp_path: Path) -> None:
    assert source.push(repository, "origin", branch, "off")[0] is False
    assert git(tmp_path / "origin.git", "for-each-ref") == ""


def test_a_push_that_is_not_required_may_fail_and_says_why(repository: Repository, branch: str) -> None:
    git(repository.directory, "remote", "set-url", "origin", "/nowhere")
    pushed, answer = source.push(repository, "origin", branch, "warn")
    assert not pushed
    assert "/nowhere" in answer


def test_a_push_that_is_required_may_not_fail(repository: Repository, branch: str) -> None:
    git(repository.directory, "remote", "set-url", "origin", "/nowhere")
    with pytest.raises(CommandFailed):
        source.push(repository, "origin", branch, "require")


# files that are ignored here -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [".env", "media/photo.jpg", "media/é ü.jpg"])
def test_a_release_that_tracks_an_ignored_file_is_refused(repository: Repository, name: str) -> None:
    release = repositories.commit(repository.directory, {name: "theirs\n"})
    repository.switch(f"{release}~1", "")
    file = repository.directory / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("ours\n")
    with pytest.raises(Refused, match="kept out of git here") as refused:
        inspection.refuse_tracked_secrets(repository, repository, release)
    assert refused.value.found == name
    assert file.read_text() == "ours\n"


def test_ignored_files_that_the_release_does_not_track_are_fine(repository: Repository) -> None:
    (repository.directory / ".env").write_text("ours\n")
    inspection.refuse_tracked_secrets(repository, repository, repository.commit)


def test_a_tracked_file_that_is_not_here_is_fine(repository: Repository) -> None:
    release = repositories.commit(repository.directory, {".env": "theirs\n"})
    repository.switch(f"{release}~1", "")
    inspection.refuse_tracked_secrets(repository, repository, release)


def test_a_hundred_branches_of_a_day_are_enough(repository: Repository) -> None:
    other = repositories.commit(repository.directory, {"app.py": "2\n"})
    names = ["backup-20261122", *(f"backup-20261122-{n}" for n in range(2, 100))]
    text = "".join(f"create refs/heads/{name} {other}\n" for name in names)
    Host().run(["git", "-C", str(repository.directory), "update-ref", "--stdin"], input_text=text)
    with pytest.raises(StageFailed, match="delete those no longer needed"):
        source.make_backup_branch(repository, repository.resolve("main") + "~1", TODAY)
