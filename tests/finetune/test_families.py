"""Every family goes the whole way as plain transformers and PEFT do, or is refused in one sentence; none is silently wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from finetune.architecture import most_tokens
from tests.finetune import templates
from tests.finetune.families import FAMILIES, FAST, ROWS, Outcome, outcome
from tests.finetune.family_table import PAGE, table
from tests.finetune.vendor_model import make

REFUSED = {
    "Mamba": "keeps a state",
    "T5": "encoder–decoder",
    "BERT": "both directions",
    "Falcon-H1": "keeps a state",
    "Qwen2-VL": "pictures or sound",
}


def whole(name: str, found: Outcome) -> None:
    assert not found.refused
    assert found.loss < 1e-5
    assert found.gradient < 1e-4
    assert found.scores < 1e-4
    assert found.texts == ROWS, "answers differ from generate's, or end elsewhere"
    assert found.ended > 0, "nothing was shown about ends"


@pytest.mark.filterwarnings("ignore:fan_in_fan_out is set to False")  # PEFT sets it right itself
@pytest.mark.filterwarnings("ignore:The following (rank|alpha)_pattern keys")  # of plain PEFT; ours leaves it out
@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow]) for name in FAMILIES])
def test_a_family_goes_the_whole_way_or_is_refused(name: str) -> None:
    found = outcome(name)
    if name in REFUSED:
        assert REFUSED[name] in found.refused
        assert "Choose a decoder-only language model" in found.refused
    else:
        whole(name, found)


def test_the_page_of_models_names_every_family() -> None:
    page = Path(PAGE).read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")][1:]
    assert rows[: len(FAMILIES)] == list(FAMILIES)
    assert all(("refused" in page.split(f"| {name} |")[1].splitlines()[0]) == (name in REFUSED) for name in FAMILIES)
    assert table({"X": Outcome("no")}).splitlines()[-1] == "| X | refused: no | | | | | |"


def test_a_model_says_how_much_it_reads(tmp_path: Path) -> None:
    assert most_tokens(make(tmp_path / "g", "gpt2", templates.NONE, max_position_embeddings=64).path) == 64
    assert most_tokens(make(tmp_path / "b", "bloom", templates.NONE).path) is None
