"""What a repeat would cost: by hand, over sessions that ended early, and beside a real repeat of a real small run."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.report import costs
from eval.verdict.repeat_cost import Step, repeat_cost
from pipeline.errors import UserError
from pipeline.experiment.load import load
from pipeline.records import Prediction, write_lines
from pipeline.run import plan, prepare
from pipeline.run_folder import record
from pipeline.run_folder.machine import hour
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context, Stage
from pipeline.stages.data import input_files
from pipeline.stages.doing import Doing
from pipeline.stages.evaluation.costs import costs_of
from pipeline.stages.evaluation.query_cost import mean_hour
from pipeline.stages.evaluation.repeat import needed, repeat_of
from tests.tiny_run import TinyRun, write_tiny

PRICES = {"machine_hour": 0.36, "watts": 100.0, "currency": "CHF"}


def test_by_hand() -> None:
    """A hundredth of a centime a second; what two arms share stands with both and once in the whole."""
    steps = [
        Step("data", 10), Step("train lora", 100, ("lora", "lora_rag")), Step("predict lora", 20, ("lora",)),
        Step("predict lora_rag", 30, ("lora_rag",)), Step("predict big_base", 40, ("big_base",), money=0.5),
    ]  # fmt: skip
    found = repeat_cost(steps, PRICES)
    assert (found["seconds"], found["currency"], found["unmeasured"], found["unpriced"]) == (200, "CHF", [], [])
    assert (found["machine"], found["sent"], found["cost"]) == pytest.approx((0.02, 0.5, 0.52))
    assert found["kwh"] == pytest.approx(200 * 100 / 3.6e6)
    assert {arm: bill["seconds"] for arm, bill in found["arms"].items()} == {"lora": 120, "lora_rag": 130, "big_base": 40}
    assert found["arms"]["big_base"]["cost"] == pytest.approx(0.504)
    assert found["shared"]["seconds"] == 10


def test_stages_are_billed_by_the_machine_that_did_them() -> None:
    found = repeat_cost([Step("data", 10), Step("train lora", 100, ("lora",), hour=3.6)], PRICES)
    assert (found["machine"], found["arms"]["lora"]["machine"]) == pytest.approx((0.101, 0.1))
    on, other = {"gpu": "NVIDIA H100 80GB HBM3", "processor": "Intel Xeon"}, {"gpu": None, "processor": "Intel Xeon"}
    prices = {"h100": 3.5, "H100 80GB": 4.0, "xeon": 0.2}
    assert [hour(one, prices, 0.1) for one in (on, other, {"gpu": None, "processor": "Arm"}, None)] == [4.0, 0.2, 0.1, 0.1]


def test_what_is_not_known_is_said_and_never_nothing() -> None:
    found = repeat_cost([Step("data", 1), Step("predict a", 2, ("a",), money=None), Step("predict b", 0, ("b",), whole=False)], PRICES)
    assert (found["unmeasured"], found["unpriced"]) == (["predict b"], ["predict a"])
    told = costs.lines({"decision": {"repeat": {**found, "without": "x"}}, "experiment": {"decision": {}}, "arms": {}})
    assert "would take at least 3.0 s, 0.00030 CHF" in told[0]
    assert told[-2:] == ["Not measured whole: predict b.", "Sent elsewhere at no stated price: predict a."]


def test_seconds_of_a_session_that_was_stopped_count_and_those_of_a_killed_one_are_missed(tmp_path: Path) -> None:
    experiment = load(write_tiny(tmp_path))
    context = Context(RunFolder(tmp_path / "run"), experiment, Progress(RunFolder(tmp_path / "run")))
    left = [KeyboardInterrupt(), None]

    def work(context: Context) -> None:
        entry = record.entries(context.run)["x"]
        assert (entry.finished, entry.whole) == (False, False), "a kill at this moment leaves it so"
        (context.run.path / "x.json").write_text("{}")
        if error := left.pop(0):
            raise error

    stage = Stage("x", ("x.json",), {}, (), (), work)
    with pytest.raises(KeyboardInterrupt):
        Doing(context, [stage]).complete(stage)
    record.write(context.run, "x", replace(record.entries(context.run)["x"], seconds=50.0))
    Doing(context, [stage]).complete(stage)
    done = record.entries(context.run)["x"]
    assert (done.finished, done.whole, done.seconds >= 50) == (True, True, True)
    record.write(context.run, "x", replace(done, finished=False, whole=False))
    left.append(None)
    Doing(context, [stage]).complete(stage)
    again = record.entries(context.run)["x"]
    assert (again.finished, again.whole) == (True, False)


def test_tokens_sent_elsewhere_at_their_stated_price(tmp_path: Path) -> None:
    """1,000 asked and 100 written: at 2 and 8 a million .0028; at 5 a million asked .0058; without a price it is not known."""
    endpoint = {"name": "big", "base_url": "http://127.0.0.1:9/v1", "model": "m", "arms": ["base"]}
    priced = {**endpoint, "price_per_million": {"input": 2.0, "output": 8.0}}
    run = RunFolder(tmp_path / "run")
    said = Prediction("r", "big_base", 0, "text", "text", False, True, prompt_tokens=1000, completion_tokens=100)
    write_lines(run.predictions_path("big_base", 0), [said])
    for named, prices, money in ((priced, {}, 0.0028), (priced, {"tokens": {"big": {"input": 5.0}}}, 0.0058), (endpoint, {}, None)):
        experiment = load(write_tiny(tmp_path, endpoints=[named], arms=["base"], decision={"prices": prices}))
        found = repeat_of(run, experiment)
        assert found["sent"] == pytest.approx(money or 0.0)
        assert found["unpriced"] == ([] if money else ["predict big_base seed-0"])
        assert "predict base seed-0" in found["unmeasured"], "this run has no stages yet, and says so"
    with pytest.raises(UserError, match="there is no endpoint 'small'"):
        load(write_tiny(tmp_path, decision={"prices": {"tokens": {"small": {"input": 1.0}}}}))


def test_a_finished_run_bills_every_stage_up_to_its_scores(tiny_run: TinyRun) -> None:
    experiment, stages = load(tiny_run.run.path / "experiment.yaml"), record.entries(tiny_run.run)
    assert set(needed(experiment)) == set(stages) - {record.BEGINNING, "decide", "report"}
    found = json.loads((tiny_run.run.path / "decision.json").read_text())["repeat"]
    assert found == repeat_of(tiny_run.run, experiment)
    assert (found["unmeasured"], found["unpriced"]) == ([], [])
    assert found["seconds"] == pytest.approx(sum(stages[name].seconds for name in needed(experiment)), abs=0.1)
    assert found["arms"]["lora_rag"]["seconds"] == pytest.approx(
        sum(stages[name].seconds for name in ("index", "retrieve", "train lora seed-0", "predict lora_rag seed-0")), abs=0.1
    )
    report = json.loads((tiny_run.run.path / "report/report.json").read_text())
    assert any("Repeating the comparison would take" in line for line in costs.lines(report))
    for kind in ("md", "html"):
        assert "Repeating the comparison would take" in (tiny_run.run.path / f"report/report.{kind}").read_text()


def test_the_machine_of_a_run_has_its_own_price(tiny_run: TinyRun) -> None:
    name = str((record.entries(tiny_run.run)["index"].machine or {})["processor"])[:8]
    usual, dear = (
        load(tiny_run.run.path / "experiment.yaml", [f"decision.prices.machines={machines}"]) for machines in ("{}", f"{{{name!r}: 1.0}}")
    )
    found, before = repeat_of(tiny_run.run, dear), repeat_of(tiny_run.run, usual)
    assert found["machine"] == pytest.approx(10 * before["machine"])
    asked, cheap = costs_of(tiny_run.run, dear)["lora"], costs_of(tiny_run.run, usual)["lora"]
    assert (asked.per_1000 or 0) == pytest.approx(10 * (cheap.per_1000 or 1))
    assert asked.train_cost == pytest.approx(10 * cheap.train_cost)


def test_several_machines_of_one_arm_cost_their_mean(tmp_path: Path) -> None:
    experiment = load(write_tiny(tmp_path, decision={"prices": {"machines": {"H100": 3.0, "Xeon": 1.0}}}))
    run = RunFolder(tmp_path / "run")
    for seed, on in enumerate(({"gpu": "NVIDIA H100", "processor": "Xeon"}, {"gpu": None, "processor": "Xeon"})):
        record.write(run, f"predict base seed-{seed}", record.Entry("key", machine=on))
    names = [f"predict base seed-{seed}" for seed in range(3)]
    assert mean_hour(run, experiment, names[:2]) == 2.0
    assert mean_hour(run, experiment, names) == pytest.approx(4.1 / 3), "the usual price where nothing is on record"


def test_fine_tuning_at_a_service_is_told_without_the_index_beside_it() -> None:
    endpoints = [{"name": "big", "finetune": {"arms": ["hybrid"]}}]
    cost = {"train_cost": 7.5, "train_money": 7.0, "currency": "EUR"}
    report = {"decision": {"costs": {"big_hybrid": cost}}, "experiment": {"decision": {}, "endpoints": endpoints}}
    (told,) = costs.lines({**report, "arms": {"big_hybrid": {"label": "Hybrid (big)"}}})
    assert told.startswith("Fine-tuning at a service cost, once: Hybrid (big) 7.0")


@pytest.mark.slow
def test_the_prediction_beside_a_real_repeat(tmp_path: Path) -> None:
    """Three runs of a model with random weights: one to warm up, one that predicts, one that is the repeat."""
    from tests.finetune.tiny_model import make

    make(tmp_path / "model")
    path = write_tiny(tmp_path, model={"name": str(tmp_path / "model")}, arms=["base", "rag", "lora"], task=_brief(tmp_path))
    _, first, second = (_ran(path, tmp_path / name) for name in ("warm", "first", "second"))
    ratio = second["cost"] / first["cost"]
    sys.stdout.write(f"repeat over prediction: {ratio:.2f} ({first['seconds']:.2f} s predicted, {second['seconds']:.2f} s taken)\n")
    assert 1 / 3 < ratio < 3, "the machine is shared, and so little work is mostly noise: docs/log.md has a run of the real model"
    assert first["cost"] == pytest.approx(first["seconds"] / 3600 * 0.10)
    assert first["arms"].keys() == {"base", "rag", "lora"}


def _brief(folder: Path) -> dict[str, Any]:
    return {**load(write_tiny(folder)).task.model_dump(by_alias=True), "max_new_tokens": 8}


def _ran(path: Path, runs: Path) -> dict[str, Any]:
    """Every stage up to the scores."""
    experiment = load(path)
    run, stages = prepare(experiment, runs), plan(experiment, input_files(experiment))
    doing = Doing(Context(run, experiment, Progress(run)), stages)
    for stage in stages:
        if stage.name in needed(experiment):
            doing.complete(stage)
    found = repeat_of(run, experiment)
    assert not found["unmeasured"]
    return found
