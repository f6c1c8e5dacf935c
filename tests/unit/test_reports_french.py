"""The report in French: ours is replaced as a whole, what others said and what machines read stays."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reports import french, html, verdict, words
from reports.categories import CATEGORIES

RUNBOOK = Path(__file__).parents[2] / "runbook"
PAGE = re.compile(r"^def ((?:stage|operation)_\w+)\(", re.MULTILINE)
PAGES = [*RUNBOOK.glob("*_[0-9]*_*.py"), *RUNBOOK.glob("operation_*.py")]
PROOFS = sorted({name for page in PAGES for name in PAGE.findall(page.read_text("utf-8"))})
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
        ("pytest -m upgrade --resume, upgrade", "pytest -m upgrade --resume, mise à jour"),
    ],
)
def test_a_phrase_is_replaced_as_a_whole_and_its_numbers_stay(english: str, wanted: str) -> None:
    assert french.told(english) == wanted


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
        "  attendu  10 lignes",
        "  constaté     said by others: old",
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
def test_every_proof_of_a_stage_or_an_operation_has_a_french_name(proof: str) -> None:
    assert french.told(words.title(proof)) != words.title(proof)


@pytest.mark.parametrize("english", sorted(set(SENTENCES)))
def test_every_ending_and_what_to_do_then_is_told_in_french(english: str) -> None:
    assert french.told(english) != english
    assert not {"the", "nothing", "with", "was"} & set(re.findall(r"[a-z]+", french.told(english)))
