"""The git clone: what a name means, the moves between releases, and a look at the remote that leaves no trace."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures import repository
from fixtures.command import CommandFailed
from fixtures.errors import Refused, StageFailed
from fixtures.host import Host
from fixtures.repository import Repository, checkout_arguments, read_only_copy
from tests.unit import repositories
from tests.unit.recording import RecordingHost
from tests.unit.repositories import git
from tests.unit.waiting import wait_for


@dataclass
class Deployed:
    """A clone at the first of two releases, and what its remote has."""

    remote: Path
    repository: Repository
    old: str
    new: str

    @property
    def directory(self) -> Path:
        return self.repository.directory


@pytest.fixture
def deployed(tmp_path: Path) -> Deployed:
    """A deployment of v1.4.0 on main; the remote has v2.0.0 (annotated), a branch, and a later main."""
    remote = repositories.new(tmp_path / "remote")
    old = repositories.commit(remote, {"app.py": "1\n", ".gitignore": ".env\n"})
    git(remote, "tag", "v1.4.0")
    directory = tmp_path / "shop"
    git(tmp_path, "clone", "--quiet", str(remote), str(directory))
    new = repositories.commit(remote, {"app.py": "2\n"})
    git(remote, "tag", "--annotate", "--message", "Two", "v2.0.0")
    git(remote, "branch", "feature/login")
    return Deployed(remote, Repository(Host(), directory), old, new)


@pytest.fixture
def fetched(deployed: Deployed) -> Deployed:
    """The same, after a fetch."""
    deployed.repository.fetch("origin")
    return deployed


@pytest.mark.parametrize(
    ("reference", "remote"),
    [("v2.0.0", "origin"), ("v2.0.0", ""), ("main", "origin"), ("feature/login", "origin")],
    ids=["annotated tag", "tag without remote", "branch", "branch with a slash"],
)
def test_a_name_means_the_commit_of_the_remote(fetched: Deployed, reference: str, remote: str) -> None:
    assert fetched.repository.resolve(reference, remote) == fetched.new


def test_a_plain_tag_and_a_commit_mean_their_commit(fetched: Deployed) -> None:
    assert fetched.repository.resolve("v1.4.0") == fetched.old
    assert fetched.repository.resolve(fetched.new) == fetched.new


def test_a_local_branch_is_taken_where_no_remote_is_asked(fetched: Deployed) -> None:
    assert fetched.repository.resolve("main") == fetched.old


def test_a_tag_goes_before_a_branch_of_the_same_name(fetched: Deployed) -> None:
    git(fetched.directory, "branch", "v2.0.0", fetched.old)
    assert fetched.repository.resolve("v2.0.0") == fetched.new


@pytest.mark.parametrize("reference", ["v9.9.9", "0" * 40, "feature"])
def test_a_name_that_means_nothing_is_refused_with_what_to_do(fetched: Deployed, reference: str) -> None:
    with pytest.raises(Refused, match=f"'{reference}' is not known to the remote") as refused:
        fetched.repository.resolve(reference, "origin")
    assert "git ls-remote" in refused.value.next_step


@pytest.mark.parametrize("reference", ["--evil", "v1;id", "v2.0.0^", "main:app.py"])
def test_an_unsafe_name_never_reaches_git(reference: str) -> None:
    host = RecordingHost()
    with pytest.raises(ValueError, match="not a safe git name"):
        Repository(host, Path("/srv/shop")).resolve(reference, "origin")
    assert host.commands == []


def test_a_fetch_moves_nothing_that_is_checked_out(fetched: Deployed) -> None:
    assert (fetched.repository.commit, fetched.repository.branch) == (fetched.old, "main")
    assert (fetched.directory / "app.py").read_text() == "1\n"


def test_a_release_is_switched_to_detached_and_the_old_one_back_on_its_branch(fetched: Deployed) -> None:
    repository = fetched.repository
    repository.switch(fetched.new, "")
    assert (repository.commit, repository.branch, (fetched.directory / "app.py").read_text()) == (
        fetched.new,
        "",
        "2\n",
    )
    repository.switch(fetched.old, "main")
    assert (repository.commit, repository.branch, (fetched.directory / "app.py").read_text()) == (
        *(fetched.old, "main"),
        "1\n",
    )


def test_a_branch_is_moved_to_the_release_and_back(fetched: Deployed) -> None:
    repository = fetched.repository
    repository.switch(fetched.new, "main")
    assert (repository.commit, repository.branch) == (fetched.new, "main")
    repository.switch(fetched.old, "main")
    assert (repository.commit, repository.branch, repository.changes()) == (fetched.old, "main", [])


def test_ignored_files_stay_through_both_switches(fetched: Deployed) -> None:
    (fetched.directory / ".env").write_text("SECRET=1\n")
    fetched.repository.switch(fetched.new, "")
    fetched.repository.switch(fetched.old, "main")
    assert (fetched.directory / ".env").read_text() == "SECRET=1\n"


@pytest.mark.parametrize(
    ("branch", "arguments"),
    [("main", "checkout --force -B main 3f2a91"), ("", "checkout --force --detach 3f2a91")],
)
def test_the_arguments_of_a_switch(branch: str, arguments: str) -> None:
    assert checkout_arguments("3f2a91", branch) == tuple(arguments.split())


@pytest.mark.parametrize(
    ("name", "status"),
    [("app.py", " M app.py"), ("new.py", "?? new.py"), (".env", None)],
    ids=["edit", "new", "ignored"],
)
def test_changes_are_edits_and_untracked_files_but_no_ignored_ones(
    deployed: Deployed, name: str, status: str | None
) -> None:
    (deployed.directory / name).write_text("changed\n")
    assert deployed.repository.changes() == ([status] if status else [])


def test_a_commit_is_described_by_its_tag_or_its_first_digits(fetched: Deployed) -> None:
    later = repositories.commit(fetched.directory, {"app.py": "3\n"})
    assert fetched.repository.describe(fetched.new) == "v2.0.0"
    assert fetched.repository.describe(later) == later[:12]


def test_files_are_listed_and_read_from_a_commit(fetched: Deployed) -> None:
    strange = repositories.commit(fetched.directory, {"docs/é ü\n.md": "x\n"})
    assert fetched.repository.files(fetched.new) == [".gitignore", "app.py"]
    assert fetched.repository.files(strange, "docs") == ["docs/é ü\n.md"]
    assert fetched.repository.read(fetched.new, "app.py") == "2"
    assert fetched.repository.read(fetched.new, "none.py") == ""


def test_a_question_that_git_answers_by_no_is_no_news(fetched: Deployed) -> None:
    heard: list[str] = []
    fetched.repository.host.listeners.append(lambda line, is_news: heard.append(line))
    assert fetched.repository.read(fetched.new, "none.py") == ""
    assert heard == []
    with pytest.raises(CommandFailed):
        fetched.repository.git("show", f"{fetched.new}:none.py")
    assert "none.py" in "".join(heard)


def test_a_worktree_is_the_release_beside_the_deployment_and_goes_again(fetched: Deployed, tmp_path: Path) -> None:
    worktree = tmp_path / "release"
    fetched.repository.add_worktree(worktree, fetched.new)
    assert Repository(Host(), worktree).commit == fetched.new
    assert (fetched.repository.commit, fetched.repository.branch) == (fetched.old, "main")
    fetched.repository.remove_worktree(worktree)
    fetched.repository.remove_worktree(worktree)
    assert not worktree.exists()
    assert len(git(fetched.directory, "worktree", "list").splitlines()) == 1


def everything(directory: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_read_only_copy_knows_the_remote_and_leaves_the_deployment_untouched(
    deployed: Deployed, tmp_path: Path
) -> None:
    before = everything(deployed.directory)
    copy = read_only_copy(Host(), deployed.repository, "origin", tmp_path / "runs" / "1" / "release.git")
    assert {copy.resolve(name) for name in ("main", "v2.0.0", "feature/login")} == {deployed.new}
    assert everything(deployed.directory) == before
    with pytest.raises(Refused):
        deployed.repository.resolve("v2.0.0", "origin")


def test_a_copy_can_be_taken_again(deployed: Deployed, tmp_path: Path) -> None:
    for _ in range(2):
        copy = read_only_copy(Host(), deployed.repository, "origin", tmp_path / "release.git")
    assert copy.resolve("v2.0.0") == deployed.new


def test_a_copy_of_a_remote_with_a_relative_path(deployed: Deployed, tmp_path: Path) -> None:
    git(deployed.directory, "remote", "set-url", "origin", "../remote")
    copy = read_only_copy(Host(), deployed.repository, "origin", tmp_path / "runs" / "1" / "release.git")
    assert copy.resolve("v2.0.0") == deployed.new


def test_git_never_asks_for_a_password_on_a_terminal() -> None:
    host = RecordingHost()
    Repository(host, Path("/srv/shop")).fetch("origin")
    noted = host.noted[-2:]
    assert [one.argv[3:5] for one in noted] == [("fetch", "--prune"), ("fetch", "--no-tags")]
    assert [one.environment for one in noted] == [{"GIT_TERMINAL_PROMPT": "0"}] * 2


def test_another_tag_that_moved_does_not_stand_in_the_way(deployed: Deployed) -> None:
    git(deployed.remote, "tag", "--force", "v1.4.0", deployed.new)
    deployed.repository.fetch("origin", "v2.0.0")
    assert deployed.repository.tagged("v2.0.0") == deployed.new
    assert deployed.repository.tagged("v1.4.0") == deployed.old


def test_a_name_is_looked_up_at_the_remote_without_a_fetch(deployed: Deployed) -> None:
    assert deployed.repository.at_remote("origin", "v2.0.0") == {"tag": deployed.new}
    assert deployed.repository.at_remote("origin", "v1.4.0") == {"tag": deployed.old}
    assert deployed.repository.at_remote("origin", "main") == {"branch": deployed.new}
    assert deployed.repository.at_remote("origin", "v9.9.9") == {}
    assert deployed.repository.tagged("v2.0.0") == ""


def test_the_tags_that_know_a_text_are_found(deployed: Deployed) -> None:
    assert Repository(Host(), deployed.remote).tags_with("2", ".") == ["v2.0.0"]


# what a death leaves in git ------------------------------------------------------------------------------------------


def test_a_lock_that_nobody_holds_is_removed(fetched: Deployed) -> None:
    locks = [fetched.directory / ".git" / name for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock")]
    for lock in locks:
        lock.write_text("")
    fetched.repository.switch(fetched.new, "")
    assert [lock for lock in locks if lock.exists()] == []
    assert fetched.repository.commit == fetched.new


def test_a_lock_of_a_living_git_is_kept_and_its_process_named(
    fetched: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "GIT_SECONDS", 1)
    editing = subprocess.Popen(
        ["git", "commit", "--all", "--allow-empty"],
        cwd=fetched.directory,
        env=os.environ | {"GIT_EDITOR": "exec sleep 60 #"},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    lock = fetched.directory / ".git" / "index.lock"
    try:
        wait_for(lock.exists)
        with pytest.raises(StageFailed, match="Somebody else's git is at work") as failed:
            fetched.repository.switch(fetched.new, "")
        assert str(editing.pid) in failed.value.found
        assert lock.exists()
    finally:
        os.killpg(editing.pid, signal.SIGKILL)
        editing.wait()


def test_a_checkout_that_was_killed_half_way_leaves_nothing_when_it_is_taken_back(deployed: Deployed) -> None:
    repositories.commit(deployed.remote, {"new_module.py": "3\n"})
    deployed.repository.fetch("origin")
    release = deployed.repository.resolve("main", "origin")
    # What a checkout writes before it writes the index.
    (deployed.directory / "new_module.py").write_text("3\n")
    (deployed.directory / "app.py").write_text("2\n")
    (deployed.directory / ".git" / "index.lock").write_text("")
    deployed.repository.switch_back(deployed.old, "main", half_way_to=release)
    assert (deployed.repository.commit, deployed.repository.branch) == (deployed.old, "main")
    assert deployed.repository.changes() == []
    assert not (deployed.directory / "new_module.py").exists()


def test_a_worktree_that_was_killed_while_it_was_made_can_be_made_again(fetched: Deployed, tmp_path: Path) -> None:
    beside = tmp_path / "release"
    fetched.repository.add_worktree(beside, fetched.new)
    git(fetched.directory, "worktree", "lock", "--reason", "initializing", str(beside))
    (beside / ".git").unlink()
    fetched.repository.remove_worktree(beside)
    fetched.repository.add_worktree(beside, fetched.new)
    assert Repository(Host(), beside).commit == fetched.new
