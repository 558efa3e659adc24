"""The command line's manners: help at once, light imports, exit codes, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.external_scores import decide_scores
from pipeline.cli import exits
from pipeline.errors import Cancelled
from tests.tiny_run import ROOT, Bakeoff, TinyRun

HEAVY = ("torch", "transformers", "ragas", "streamlit", "sentence_transformers", "faiss", "pandas")


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, pipeline.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"


BARE = """import typer
app = typer.Typer(add_completion=False, no_args_is_help=True)
app.command("one")(lambda: None)
app.command("two")(lambda: None)
app()
"""


@pytest.mark.alone
def test_help_answers_in_half_a_second(bakeoff: Bakeoff) -> None:
    """Where a Typer program with two empty commands already takes a third of a second, in half as much again."""

    def seconds(call: Callable[[], int]) -> float:
        began = time.monotonic()
        assert call() == 0
        return time.monotonic() - began

    bare = [sys.executable, "-c", BARE, "--help"]
    floor = min(seconds(lambda: subprocess.run(bare, stdout=subprocess.DEVNULL, check=False).returncode) for _ in range(3))
    assert min(seconds(lambda: bakeoff("--help").code) for _ in range(3)) < max(0.5, 1.5 * floor)


def test_an_unknown_command_or_run_ends_with_two(tmp_path: Path, bakeoff: Bakeoff) -> None:
    assert bakeoff("bake").code == 2
    missing = bakeoff("status", "nothing", "--out", tmp_path)
    assert missing.code == 2
    assert "nothing" in missing.err


def test_an_empty_list_says_how_to_begin(tmp_path: Path, bakeoff: Bakeoff) -> None:
    assert "bakeoff demo" in bakeoff("list", "--out", tmp_path).out
    assert bakeoff("list", "--out", tmp_path, "--json").json() == {"runs": [], "deleted": []}


def test_reading_commands_print_one_json_object(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    listed = bakeoff("list", "--out", tiny_run.runs, "--json").json()["runs"]
    assert tiny_run.run.id in [row["run"] for row in listed]
    status = bakeoff("status", tiny_run.run.id, "--out", tiny_run.runs, "--json").json()
    assert (status["state"], status["finished"]) == ("done", status["plan"])


def test_a_finished_run_has_everything_the_design_promises(tiny_run: TinyRun) -> None:
    for name in ("experiment.yaml", "manifest.json", "status.json",
                 "events.jsonl", "audit.json", "scores.parquet", "summary.json", "decision.json",
                 "report/report.html", "report/report.md", "report/report.json", "index/passages.jsonl", "index/faiss.index"):  # fmt: skip
        assert (tiny_run.run.path / name).stat().st_size > 0, name
    arms = set(json.loads((tiny_run.run.path / "summary.json").read_text())["arms"])
    assert arms == {"base", "few_shot", "classic", "rag", "lora", "lora_rag", "hybrid", "oracle"}


def test_deciding_again_with_another_margin_runs_nothing(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    done = bakeoff("decide", tiny_run.run.id, "--out", tiny_run.runs, "--set", "decision.margin=0.9", "--json")
    assert done.code in (0, 3), done.err
    assert done.json()["metric"] == "right"
    refused = bakeoff("decide", tiny_run.run.id, "--out", tiny_run.runs, "--set", "finetune.epochs=9")
    assert refused.code == 2


def test_the_audit_leaves_nothing_behind(tiny_run: TinyRun, bakeoff: Bakeoff, tmp_path: Path) -> None:
    done = bakeoff("audit", tiny_run.experiment, "--json", cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    assert done.code == 0, done.err
    assert done.json()["rows"] == {"train": 8, "dev": 3, "test": 6, "documents": 3}
    assert [finding["code"] for finding in done.json()["findings"]] == ["few_test_rows"]
    assert list(tmp_path.iterdir()) == []


def test_the_report_is_where_it_says(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    assert Path(bakeoff("report", tiny_run.run.id, "--out", tiny_run.runs).out.strip()).read_text().startswith("<!doctype html>")
    assert bakeoff("report", tiny_run.run.id, "--out", tiny_run.runs, "--format", "odt").code == 2


def test_two_runs_are_compared_on_the_same_rows_alone(tiny_run: TinyRun, bakeoff: Bakeoff) -> None:
    found = bakeoff("compare", tiny_run.run.id, tiny_run.run.id, "--out", tiny_run.runs, "--json").json()
    assert found["comparable"]
    assert {row["difference"]["difference"] for row in found["arms"]} == {0.0}


def test_every_option_for_scores_from_another_tool_reaches_the_decision(tmp_path: Path, bakeoff: Bakeoff) -> None:
    path = tmp_path / "scores.csv"
    arms = {"a": 6, "b": 8}
    lines = [f"r{i},{arm},{int(i * 7 % 10 < right)},{metric}" for i in range(60) for arm, right in arms.items() for metric in ("m", "n")]
    path.write_text("\n".join(["row,arm,value,metric", *lines]) + "\n")
    done = bakeoff("decide", "--scores", path, "--metric", "n", "--margin", "0.4", "--alpha", "0.2", "--json")
    assert done.code == 0, done.err
    assert done.json() == json.loads(json.dumps(decide_scores(path, "n", margin=0.4, alpha=0.2).to_json()))
    assert done.json() != json.loads(json.dumps(decide_scores(path, "n").to_json()))
    assert bakeoff("decide").code == 2


def test_who_is_interrupted_is_told_how_to_go_on_only_where_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    def ends(error: BaseException) -> tuple[int, str]:
        def raising() -> None:
            raise error

        return exits.run(raising), capsys.readouterr().err

    assert ends(SystemExit(130)) == (130, "Interrupted.\n"), "reading commands have nothing to resume"
    assert ends(Cancelled()) == (130, "Cancelled.\n")
    assert ends(Cancelled("Do it again.")) == (130, "Cancelled. Do it again.\n")
