"""Scores → summary, costs, decision. All arithmetic is eval's; this hands over what was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.arms import ARMS
from pipeline.experiment import Experiment, dump
from pipeline.records import Prediction, read_lines
from pipeline.stages.base import Context, Stage
from pipeline.store import RunFolder

if TYPE_CHECKING:
    from eval.decision import Decision, Rules
    from eval.economics import ArmCost


def stage(experiment: Experiment, needs: tuple[str, ...]) -> Stage:
    return Stage(
        name="decide",
        outputs=("summary.json", "decision.json"),
        inputs={"decision": dump(experiment)["decision"], "task": dump(experiment)["task"], "name": experiment.name},
        code=("eval", "pipeline/stages/verdict.py"),
        needs=needs,
        work=work,
    )


def work(context: Context) -> None:
    decision = decide(context.run, context.experiment, context.task.primary)
    context.run.write_json("summary.json", summarise(context))
    context.run.write_json("decision.json", decision.to_json())


def rules_of(experiment: Experiment, primary: str) -> Rules:
    from eval.decision import Rules

    settings = dump(experiment)["decision"]
    return Rules(
        metric=settings["metric"] or primary, margin=settings["margin"], alpha=settings["alpha"],
        coverage_floor=settings["coverage_floor"], constraints=settings["constraints"], weights=settings["weights"],
        prices=settings["prices"], labels={arm.name: arm.label for arm in ARMS.values()},
    )  # fmt: skip


def decide(run: RunFolder, experiment: Experiment, primary: str) -> Decision:
    """The verdict from what is stored; nothing is run."""
    from eval import scores
    from eval.decision import decide as decide_scores

    audit = run.read_json("audit.json") or {"findings": []}
    blocks = [finding["message"] for finding in audit["findings"] if finding["severity"] == "blocks"]
    if experiment.decision.metric == "grounded":
        blocks.append("the grounding estimate is not shown to beat plain word overlap: it may describe, it may not decide")
    if (experiment.decision.metric or primary).startswith("judge_"):
        blocks.append("the judge was not calibrated against people: it may describe, it may not decide")
    return decide_scores(scores.read(run.path / "scores.parquet"), rules_of(experiment, primary), costs_of(run, experiment), blocks)


def costs_of(run: RunFolder, experiment: Experiment) -> dict[str, ArmCost]:
    """What each arm cost to train and costs to ask, from its stored timings."""
    from eval.economics import arm_cost

    costs: dict[str, ArmCost] = {}
    for arm in dict(run.predicted()):
        predictions = [p for name, seed in run.predicted() if name == arm for p in run.predictions(name, seed)]
        timings = [t for name, seed in run.predicted() if name == arm for t in run.timings(name, seed)]
        if predictions:
            costs[arm] = arm_cost(
                train_seconds=_training_seconds(run, arm),
                prompt_tokens=[p.prompt_tokens for p in predictions],
                completion_tokens=[p.completion_tokens for p in predictions],
                seconds=[t.seconds for t in timings],
                prices=dump(experiment)["decision"]["prices"],
            )
    return costs


def _training_seconds(run: RunFolder, arm: str) -> float:
    training = ARMS[arm].adapter
    folders = sorted((run.path / "adapters" / training).glob("seed-*")) if training else []
    trained = [run.read_json(f"adapters/{training}/{folder.name}/trained.json") for folder in folders]
    seconds = [one["seconds"] for one in trained if one]
    return sum(seconds) / len(seconds) if seconds else 0.0


def summarise(context: Context) -> dict[str, Any]:
    """summary.json, as docs/design.md describes it."""
    from eval import scores
    from eval.summary import build_summary

    run, experiment, task = context.run, context.experiment, context.task
    frame = scores.read(run.path / "scores.parquet")
    predictions = {
        arm: [p for name, seed in run.predicted() if name == arm for p in run.predictions(name, seed)] for arm in dict(run.predicted())
    }
    arms = build_summary(
        frame, costs_of(run, experiment), experiment.decision.coverage_floor, macro_f1=_macro_f1(context, predictions),
        unanswerable=[row.id for row in context.test if not row.references],
    )  # fmt: skip
    for name, entry in arms.items():
        entry["dropped_passages"] = sum(p.dropped_passages for p in predictions.get(name, []))
        entry["label"], entry["diagnostic"] = ARMS[name].label, ARMS[name].diagnostic
    count = {side: sum(1 for _ in read_lines(run.path / f"data/{side}.jsonl")) for side in ("train", "dev", "test", "documents")}
    return {
        "schema": 1, "name": experiment.name, "task": experiment.task.kind,
        "metric": experiment.decision.metric or task.primary, "metrics": sorted(set(frame["metric"])),
        "rows": {
            **count, "unanswerable": sum(not row.references for row in context.test),
            "passages": sum(1 for _ in read_lines(run.path / "index/passages.jsonl")),
            "quarantined": sum(1 for _ in read_lines(run.path / "data/quarantine.jsonl")),
        },
        "arms": arms,
        "stages": [{"name": name, "seconds": s["seconds"], "reused": bool(s["reused_from"])} for name, s in run.stages().items()
                   if s["finished"]],
    }  # fmt: skip


def _macro_f1(context: Context, predictions: dict[str, list[Prediction]]) -> dict[str, float]:
    """Of every arm that answered, for labels alone; over all its seeds."""
    from eval.answer import macro_f1

    if context.experiment.task.kind != "classification":
        return {}
    gold = {row.id: row.references[0] for row in context.test}
    return {arm: macro_f1([p.answer for p in said], [gold[p.row] for p in said]) for arm, said in predictions.items() if said}
