"""What a finished run gives away: a trained arm to serve elsewhere, and where every arm went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_run import Bakeoff, TinyRun


@pytest.mark.slow  # a minute: the merged model is written
def test_a_trained_arm_is_written_with_how_to_load_it(tiny_run: TinyRun, bakeoff: Bakeoff, tmp_path: Path) -> None:
    target = tmp_path / "tuned"
    done = bakeoff("export", tiny_run.run.id, target, "--arm", "hybrid", "--out", tiny_run.runs)
    assert done.code == 0, done.err
    assert (target / "merged/model.safetensors").stat().st_size > 100_000_000
    assert (target / "adapter/adapter_model.safetensors").is_file()
    assert "vllm serve" in (target / "README.md").read_text()
    again = bakeoff("export", tiny_run.run.id, target, "--arm", "hybrid", "--out", tiny_run.runs)
    assert (again.code, "exists already" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "words"), [(["--arm", "rag"], "no fine-tuned arm"), (["--seed", "7"], "no training of lora with seed 7")]
)
def test_what_was_not_trained_is_not_given(
    tiny_run: TinyRun, bakeoff: Bakeoff, tmp_path: Path, options: list[str], words: str
) -> None:  # fmt: skip
    done = bakeoff("export", tiny_run.run.id, tmp_path / "t", *options, "--out", tiny_run.runs)
    assert (done.code, words in done.err) == (2, True)
    assert not (tmp_path / "t").exists()


def test_each_answer_is_explained_once(tiny_run: TinyRun) -> None:
    arms = (tiny_run.run.read_json("summary.json") or {})["arms"]
    for name, arm in arms.items():
        found = arm["went_wrong"]
        assert found["n"] + found["missing"] == arm["metrics"]["correct"]["n"] + sum(arm["metrics"]["correct"]["missing"].values()), name
        assert sum(found["shares"].values()) == pytest.approx(1)
        assert found["shares"]["retrieval missed"] == 0 or name in ("rag", "lora_rag", "hybrid", "classic")
    report = (tiny_run.run.path / "report/report.html").read_text(encoding="utf-8")
    assert "Where it went wrong" in report
