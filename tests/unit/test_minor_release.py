"""What counts as a minor release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from fixtures.errors import Refused
from fixtures.minor import refuse_major
from fixtures.release import Release
from fixtures.repository import Repository


@dataclass
class Tags:
    """A repository in which every commit contains the tags that its name lists."""

    def git(self, *arguments: str, check: bool = True) -> str:
        """The tags that a commit contains."""
        return arguments[-1].replace(" ", "\n")


def release(*tags: str) -> Release:
    """A release whose commit contains these tags."""
    return Release(cast(Repository, Tags()), " ".join(tags))


@pytest.mark.parametrize(
    ("old", "new"),
    [(("v1.4.0",), ("v1.4.0", "v1.5.0")), (("v1.4.0",), ("v1.4.0",)), (("v1.4.0",), ("v1.4.1-rc1",))],
)
def test_a_later_version_of_the_same_major_one_is_minor(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    refuse_major(release(*old), release(*new))


@pytest.mark.parametrize(
    ("old", "new"),
    [(("v1.4.0",), ("v1.5.0", "v2.0.0")), (("v1.5.0",), ("v1.4.0",)), (("latest",), ("v1.5.0",)), (("v1.4.0",), ())],
)
def test_a_major_an_older_and_an_unknown_version_are_refused(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="no minor release"):
        refuse_major(release(*old), release(*new))
