"""What each candidate would be asked, before anything is run: each with what makes it what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.experiment.load import load
from pipeline.planning.preview import prompts_of_one_row
from tests.tiny_run import write_tiny


@pytest.mark.slow
def test_prompts_of_one_row_hold_what_each_candidate_is_given(tmp_path: Path) -> None:
    told = {label: "\n".join(one["content"] for one in prompt) for label, prompt in prompts_of_one_row(load(write_tiny(tmp_path))).items()}
    assert list(told) == ["Base model", "Few-shot", "RAG", "Oracle (gold passage)", "Fine-tuned", "Fine-tuned + RAG", "Hybrid"]
    assert told["Base model"] == told["Fine-tuned"]
    assert told["RAG"] == told["Fine-tuned + RAG"] == told["Hybrid"]
    question = told["Base model"].splitlines()[-1]
    assert all(question in prompt for prompt in told.values())
    assert len(told["RAG"]) > len(told["Oracle (gold passage)"]) > len(told["Base model"]) + 100
    assert len(told["Few-shot"]) > len(told["Base model"]) + 100
