"""A thinking model end to end: an empty thought changes no answer, and one that is written is cut from the answer and paid for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.experiment.load import load
from pipeline.records import Prediction
from pipeline.run_folder.store import RunFolder
from pipeline.stages.evaluation.costs import costs_of
from tests.finetune.templates import QWEN_3
from tests.finetune.vendor_model import make
from tests.small_run import small_run

ARMS = ("base", "rag", "lora")
BUDGET = 48
ASKED = "{% if enable_thinking is defined and enable_thinking is false %}"
CLOSED = "{{ '<think>\n\n</think>\n\n' }}"
OPENS = "{% else %}{{ '<think>\n' }}"
"""As later models of the family do: the prompt itself opens the thought."""
ENDS = "{% endif %}{% endif %}"
MODEL = replace(QWEN_3, template=str(QWEN_3.template).replace(CLOSED + ENDS, CLOSED + OPENS + ENDS))


def ran(folder: Path, **model: Any) -> RunFolder:
    made = folder.parent / "thinking"
    if not made.exists():
        make(made, "qwen3", MODEL, max_position_embeddings=4096)
    trained = {"epochs": 2, "batch_size": 2, "checkpoint_steps": 4}
    return small_run(folder, folder / "runs", arms=list(ARMS), model={"name": str(made), **model}, finetune=trained)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("thoughts")


@pytest.fixture(scope="module")
def off(place: Path) -> RunFolder:
    return ran(place / "off")


@pytest.fixture(scope="module")
def on(place: Path) -> RunFolder:
    return ran(place / "on", thinking=True, thinking_tokens=BUDGET)


def answers(run: RunFolder, arm: str) -> list[Prediction]:
    found: list[Prediction] = run.predictions(arm, 0)
    return sorted(found, key=lambda one: one.row)


@pytest.mark.slow
def test_an_empty_thought_changes_no_answer(off: RunFolder, place: Path) -> None:
    """The template that closes an empty thought where it is told to, and one that has it written out and knows no switch."""
    assert MODEL.template is not None
    assert OPENS in MODEL.template
    before, _, behind = MODEL.template.partition(ASKED)
    fixed = place / "fixed.jinja"
    fixed.write_text(before + behind.replace(OPENS, "").replace(ENDS, "{% endif %}"), encoding="utf-8")
    assert ASKED not in fixed.read_text()
    written = ran(place / "written", chat_template=str(fixed))
    for arm in ARMS:
        told, other = answers(off, arm), answers(written, arm)
        assert [(one.text, one.prompt_tokens) for one in told] == [(one.text, one.prompt_tokens) for one in other]
        assert len({one.text for one in told}) > 1
        assert not any("think>" in one.text for one in told)


@pytest.mark.slow
def test_a_budgeted_thought_is_no_part_of_the_answer_and_counts_in_tokens_latency_and_cost(off: RunFolder, on: RunFolder) -> None:
    for arm in ARMS:
        thought, short = answers(on, arm), answers(off, arm)
        assert not any("think>" in one.text for one in thought)
        assert max(one.completion_tokens or 0 for one in short) <= 4
        assert max(one.completion_tokens or 0 for one in thought) > BUDGET, "the thought's tokens are among those of the answer"
        assert all((one.prompt_tokens or 0) < (two.prompt_tokens or 0) for one, two in zip(thought, short, strict=True))
        asked, usual = (costs_of(run, load(run.path / "experiment.yaml"))[arm] for run in (on, off))
        assert (asked.per_1000 or 0.0) > (usual.per_1000 or 0.0) > 0
        assert (asked.p50_s or 0.0) > (usual.p50_s or 0.0) > 0
        assert (asked.completion_tokens or 0.0) > 3 * (usual.completion_tokens or 0.0) > 0
        told = (on.read_json(f"predictions/{arm}/seed-0.alone.json") or {})["chat"]
        assert f"a thought of {BUDGET} tokens at most stands before each answer and counts in its seconds and tokens" in told
