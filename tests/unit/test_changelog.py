"""A changelog between two versions: what breaks is on top, under its version; nothing is told twice or lost."""

from __future__ import annotations

import pytest

from fixtures.changelog import heading_version, since

TEXT = """\
# Changelog

## [2.0.0] - 2026-10-01

### {heading}

- The API answers with objects.
  They were texts.

### Added

- Invoices

## [1.5.0]

- Products can be archived
- ⚠ `MAX_UPLOAD_MB` is read in another way
  than before

## 1.4.0

- Orders
"""
TOP = [
    "## [2.0.0] - 2026-10-01",
    "- The API answers with objects.",
    "  They were texts.",
    "",
    "## [1.5.0]",
    "- ⚠ `MAX_UPLOAD_MB` is read in another way",
    "  than before",
]


@pytest.mark.parametrize(
    "heading",
    [
        "Breaking",
        "BREAKING CHANGES",
        "⚠ Attention",
        "Ruptures",
        "Ruptures de compatibilité",
        "Changements incompatibles",
        "Changements non rétrocompatibles",
        "Changements cassants",
        "Backwards incompatible changes",
    ],
)
def test_what_breaks_is_on_top(heading: str) -> None:
    found = since(TEXT.format(heading=heading), "v1.4.0")
    assert [line for line in found.breaking if line] == [line for line in TOP if line]
    assert [line for line in found.rest if line] == [
        "## [2.0.0] - 2026-10-01",
        "### Added",
        "- Invoices",
        "## [1.5.0]",
        "- Products can be archived",
    ]


@pytest.mark.parametrize("heading", ["Changed", "Corrigé", "Interruptions"])
def test_other_headings_do_not_break(heading: str) -> None:
    found = since(TEXT.format(heading=heading), "1.5.0")
    assert found.breaking == []
    assert "- The API answers with objects." in found.rest


@pytest.mark.parametrize(
    ("entry", "breaks"),
    [
        ("- BREAKING: gone", True),
        ("- **Breaking:** gone", True),
        ("* **Rupture** : la clé change", True),
        ("- api: a BREAKING CHANGE", True),
        ("- Breaking change: gone", True),
        ("- fixes a breaking link", False),
        ("- Rupture de stock affichée", False),
        ("- breakingly fast", False),
    ],
)
def test_an_entry_says_that_it_breaks(entry: str, breaks: bool) -> None:
    found = since(f"## 2.0.0\n\n- before\n{entry}\n- after\n", "1.0.0")
    assert (entry in found.breaking) is breaks
    assert (entry in found.rest) is not breaks
    assert {"- before", "- after"} <= set(found.rest)


@pytest.mark.parametrize(
    ("heading", "version"),
    [
        ("## [2.0.0] - 2026-10-01", "2.0.0"),
        ("## 2.0.0 (2026-10-01)", "2.0.0"),
        ("## Version 2.0.0", "2.0.0"),
        ("## v2.0", "v2.0"),
        ("## [Unreleased]", "Unreleased"),
        ("## ", ""),
    ],
)
def test_a_heading_names_its_version(heading: str, version: str) -> None:
    assert heading_version(heading) == version
