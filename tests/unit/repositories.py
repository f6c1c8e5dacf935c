"""Real git repositories, made in a moment, for what is asked of git."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

AUTHOR = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")


def git(directory: Path, *arguments: str) -> str:
    """Run git in a directory and return what it printed."""
    done = subprocess.run(
        ["git", "-C", str(directory), *AUTHOR, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(directory: Path, files: Mapping[str, str], message: str = "A change") -> str:
    """Commit files and return the commit."""
    for name, text in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        git(directory, "add", "--force", name)
    git(directory, "commit", "--quiet", "--message", message)
    return git(directory, "rev-parse", "HEAD")


def new(directory: Path) -> Path:
    """Make an empty repository on the branch main and return its directory."""
    directory.mkdir(parents=True)
    git(directory, "init", "--quiet", "--initial-branch=main")
    return directory
