"""Punk Eco's git repository, made from `releases/`: `origin.git` with `main` and one tag per release.

Author, dates and messages are fixed, so the same releases always give the same commits.
"""

import os
import shutil
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREES = HERE / "releases"
LIST = HERE / "releases.toml"
AUTHOR = {"NAME": "Équipe Punk Eco", "EMAIL": "equipe@punk-eco.test"}
GIT_SECONDS = 60


class GitFailed(Exception):
    """A git command that makes or copies the repository failed; the message holds its output."""


@dataclass(frozen=True)
class Release:
    """One release as `releases.toml` lists it; a `fault` marks one that is broken on purpose."""

    tag: str
    date: str
    title: str
    base: str = ""
    deletions: tuple[str, ...] = ()
    fault: str = ""

    @property
    def tree(self) -> Path:
        """Where the release's own files are: all of them, or what it changes in its base."""
        return TREES / ("broken" if self.fault else "") / self.tag


def releases() -> dict[str, Release]:
    """Return the releases by tag: those on `main` in order, then the broken ones."""
    listed = tomllib.loads(LIST.read_text("utf-8"))
    entries = [*listed["releases"], *listed["broken"]]
    made = [Release(**entry | {"deletions": tuple(entry.get("deletions", ()))}) for entry in entries]
    return {release.tag: release for release in made}


def assemble(release: Release, directory: Path) -> None:
    """Write the release's complete tree into a directory: its base first, its own files over it."""
    if release.base:
        assemble(releases()[release.base], directory)
    shutil.copytree(release.tree, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in release.deletions:
        (directory / name).unlink()


def make_origin(place: Path) -> Path:
    """Make `origin.git` in a place and return it. Raise GitFailed when git does."""
    origin = place / "origin.git"
    place.mkdir(parents=True, exist_ok=True)
    git("init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    with tempfile.TemporaryDirectory(dir=place, prefix=".work-") as temporary:
        work = Path(temporary)
        git("init", "--quiet", "--initial-branch=main", str(work))
        for release in releases().values():
            commit(release, work)
        git("push", "--quiet", str(origin), "main", "--tags", directory=work)
    return origin


def commit(release: Release, work: Path) -> None:
    """Commit and tag a release: on `main`, or beside it when it is broken."""
    if release.fault:
        git("checkout", "--quiet", "--detach", release.base, directory=work)
    empty(work)
    assemble(release, work)
    # Files of a fresh clone share their times: without its index git cannot take a new file for the old one.
    git("read-tree", "--empty", directory=work)
    git("add", "--all", directory=work)
    git("commit", "--quiet", "--message", message(release), directory=work, date=release.date)
    git("tag", "--annotate", "--message", release.tag, release.tag, directory=work, date=release.date)


def message(release: Release) -> str:
    """Return the commit message: the version, and what it brings."""
    return f"Version {release.tag.removeprefix('v')} : {release.title}"


def empty(work: Path) -> None:
    """Delete what is checked out, so that files which the next release no longer has are gone."""
    for path in work.iterdir():
        if path.name == ".git":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def git(*arguments: str, directory: Path = HERE, date: str = "") -> str:
    """Run git without anybody's own settings; return its output. Raise GitFailed if it fails."""
    # Also where another user owns the directory.
    command = ["git", "-c", "safe.directory=*", "-C", str(directory), *arguments]
    done = subprocess.run(
        command,
        env=environment(date),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GIT_SECONDS,
    )
    if done.returncode != 0:
        raise GitFailed(f"`{' '.join(arguments[:3])}` failed in {directory}: {done.stderr.strip()}")
    return done.stdout.strip()


def environment(date: str) -> dict[str, str]:
    """Return the environment of a git command: the author and, for a commit or tag, its date."""
    names = {f"GIT_{role}_{part}": text for role in ("AUTHOR", "COMMITTER") for part, text in AUTHOR.items()}
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **names,
        **dates,
    }


def tree_of(directory: Path, revision: str = "HEAD") -> str:
    """Return the id of a revision's tree: the same for the same content, whatever its history."""
    return git("rev-parse", f"{revision}^{{tree}}", directory=directory)
