"""Scores and people's labels → agreement, summary, costs, decision. All arithmetic is eval's; this hands over what was stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.arms import table
from pipeline.experiment.load import Experiment, dump
from pipeline.files import hash_of
from pipeline.records import Example, Prediction, read_lines, stamp
from pipeline.run_folder.store import RunFolder
from pipeline.stages import hosted, own_store, systems_audit
from pipeline.stages.base import Context, Stage, seconds_of
from pipeline.stages.evaluation import calibrate, caveats, constants, diagnosis, engine, judge, long_references, query_cost, style
from pipeline.stages.evaluation.costs import LEARNT, costs_of
from pipeline.stages.evaluation.repeat import needed, repeat_of
from pipeline.stages.limit import told as limit
from pipeline.stages.prediction import classic, likelihood
from pipeline.stages.tuning import search, tune

if TYPE_CHECKING:
    import pandas as pd

    from eval.decision import Rules
    from eval.verdict.judge_error import JudgeError
    from eval.verdict.record import Decision


PARTS = ("verdict", "caveats", "long_references", "repeat", "diagnosis", "calibrate", "constants", "engine", "query_cost", "costs")


def stage(experiment: Experiment, needs: tuple[str, ...]) -> Stage:
    """The stage that makes scores into a summary and a verdict."""
    return Stage(
        name="decide",
        outputs=(calibrate.OUTPUT, "summary.json", "decision.json"),
        inputs={
            "decision": dump(experiment)["decision"], "task": dump(experiment)["task"], "name": experiment.name,
            "min_kappa": calibrate.min_kappa(experiment),
            "endpoint_prices": experiment.token_prices(),
            "training_prices": {one.name: how.price_per_million["training"] for one, how in hosted.tuning(experiment)},
        },
        code=(
            "eval", *(f"pipeline/stages/evaluation/{part}.py" for part in PARTS),
            "pipeline/stages/limit", "pipeline/stages/hosted.py",
            "pipeline/run_folder/labels.py", "pipeline/data/audit/declining.py", "pipeline/data/audit/headroom.py",
        ),
        needs=needs,
        work=work,
        timed=True,
    )  # fmt: skip


def work(context: Context) -> None:
    calibrate.write_figures(context)
    write_verdict(context)


def write_verdict(context: Context) -> None:
    """summary.json and decision.json from what is stored."""
    decision = decide(context.run, context.experiment, context.task.primary)
    context.run.write_json("summary.json", {**summarise(context), **broken_down(context, decision)})
    context.run.write_json("decision.json", decision.to_json())


def rules_of(experiment: Experiment, primary: str) -> Rules:
    """The rules of the decision as the experiment states them."""
    from eval.decision import Rules
    from eval.verdict.rules import Traits

    settings, arms = dump(experiment)["decision"], table(experiment)
    return Rules(
        metric=settings["metric"] or primary, margin=settings["margin"], alpha=settings["alpha"],
        coverage_floor=settings["coverage_floor"], constraints=settings["constraints"], weights=settings["weights"],
        prices=settings["prices"], cost_of_wrong=settings["cost_of_wrong"],
        labels={**constants.LABELS, **{arm.name: arm.label for arm in arms.values()}},
        traits={
            **{arm.name: Traits(arm.passages == "retrieved", arm.hosted is not None, arm.hosted == "hybrid")
               for arm in arms.values() if arm.endpoint},
            **{system.name: Traits(system.retrieves, system.trained, False if system.trained is False else None, outside=True)
               for system in experiment.systems},
            **({"classic": Traits()} if experiment.task.kind in LEARNT else {}),
        },
    )  # fmt: skip


def decide(run: RunFolder, experiment: Experiment, primary: str, sensitivity: bool = True) -> Decision:
    """The verdict from what is stored; nothing is run.

    `sensitivity`: see `eval.decision.decide`; without it the run's caveats are left out too.
    """
    from eval import scores
    from eval.decision import decide as decide_scores
    from eval.judge.people import gate

    rules, agreement = rules_of(experiment, primary), agreements(run)
    blocks = [finding["message"] for finding in systems_audit.findings(run) if finding["severity"] == "blocks"]
    if rules.metric == "grounded":
        blocks.append("the grounding estimate is not shown to beat plain word overlap: it may describe, it may not decide")
    deciding = [rules.metric, *(name for name, weight in rules.weights.items() if weight and name != rules.metric)]
    blocks += [why for name in deciding if (why := gate.hindrance(name, agreement.get(name), calibrate.min_kappa(experiment)))]
    frame, floor, errors = scores_of(run, experiment), constants.read(run), judge_errors(rules.metric, agreement)
    long, count = long_references.rows(run, experiment)
    if long and not long_references.hindrance(agreement, calibrate.min_kappa(experiment)):
        floor = long_references.constants(floor, long)
        errors = long_references.errors(agreement, len(long) / count) if rules.metric in ("right", "correct") else errors
    if floor is not None:
        rules = replace(rules, constants=tuple(map(str, floor["arm"].unique())))
    decision = decide_scores(scores.together(frame, floor), rules, costs_of(run, experiment), blocks, sensitivity, judge_errors=errors)
    told = caveats.of_run(run, experiment, decision, frame, agreement) if sensitivity else ()
    not_tested = (*decision.not_tested, *caveats.left_out(experiment))
    return replace(decision, caveats=(*told, *decision.caveats), not_tested=not_tested, repeat=repeat_of(run, experiment))


def scores_of(run: RunFolder, experiment: Experiment) -> pd.DataFrame:
    """The table of scores as everything that is told goes by it: with a checked judge's word on rows that only a judge can grade."""
    stored = run.path / "scores.parquet"
    frame, (long, _) = _table(stored, stamp(stored)).copy(deep=False), long_references.rows(run, experiment)
    if not long or long_references.hindrance(agreements(run), calibrate.min_kappa(experiment)):
        return frame
    return long_references.judged(frame, long)


@lru_cache(maxsize=1)
def _table(path: Path, _stamp: tuple[int, int, int]) -> pd.DataFrame:
    """The last one that was read: other rules are tried on the same scores again and again. 10,000 rows of eight candidates are 27 MiB."""
    from eval import scores

    return scores.read(path)


def judge_errors(metric: str, agreement: dict[str, dict[str, Any]]) -> dict[str, JudgeError] | None:
    """By arm, the error of the judge that decides, as people's labels tell it; None where no judge decides."""
    from eval.judge.people.gate import JUDGED
    from eval.verdict.judge_error import JudgeError

    if not metric.startswith(JUDGED) or metric not in agreement:
        return None
    return {arm: JudgeError(**error) for arm, error in agreement[metric].get("errors", {}).items()}


def agreements(run: RunFolder) -> dict[str, dict[str, Any]]:
    """Metric → its agreement with people, as stored; none where it was worked out from other scores than those there are."""
    stored = run.read_json(calibrate.OUTPUT)
    if stored is None or stored["scores"] != hash_of(run.path / "scores.parquet"):
        return {}
    return dict(stored["metrics"])


def summarise(context: Context) -> dict[str, Any]:
    """summary.json, as docs/files.md describes it."""
    from eval.explain.summary import build_summary

    run, experiment, task = context.run, context.experiment, context.task
    frame = scores_of(run, experiment)
    predictions = {
        arm: [p for name, seed in run.predicted() if name == arm for p in run.predictions(name, seed)] for arm in dict(run.predicted())
    }
    arms = build_summary(
        frame, costs_of(run, experiment), experiment.decision.coverage_floor, macro_f1=_macro_f1(context, predictions),
        unanswerable=[row.id for row in context.test if not row.references],
    )  # fmt: skip
    for metric, told in agreements(run).items():
        for name, corrected in told["corrected"].items() if metric.startswith("judge_") else ():
            arms[name]["metrics"][metric]["corrected"] = {key: corrected[key] for key in ("mean", "low", "high", "labels")}
    known, wrong = table(experiment), diagnosis.shares_of(context, frame, predictions)
    for name, entry in arms.items():
        entry["went_wrong"] = wrong.get(name)
        entry["dropped_passages"] = sum(p.dropped_passages for p in predictions.get(name, []))
        entry["label"], entry["diagnostic"] = known[name].label, known[name].diagnostic
    count = {side: sum(1 for _ in read_lines(run.path / f"data/{side}.jsonl")) for side in ("dev", "test", "documents")}
    return {
        "schema": 1, "name": experiment.name, "task": experiment.task.kind,
        "metric": experiment.decision.metric or task.primary, "metrics": sorted(set(frame["metric"])),
        "rows": {
            "train": len(context.train), **count, "unanswerable": sum(not row.references for row in context.test),
            "passages": sum(1 for _ in read_lines(run.path / (own_store.KEPT if experiment.retrieval.store else "index/passages.jsonl"))),
            "quarantined": sum(line.get("kind") != "note" for line in read_lines(run.path / "data/quarantine.jsonl")),
        },
        "arms": arms, "notes": [*limit.notes(run, experiment), *own_store.notes(run, experiment), *query_cost.notes(run, experiment),
                                 *tune.notes(run), *search.notes(run),
                                 *style.notes(run), *likelihood.notes(run), *judge.notes(run, experiment),
                                 *_written_out(context),
                                 *classic.notes(context),
                                 *engine.notes(run, experiment)],
        "stages": [
            {"name": name, "seconds": seconds, "reused": reused}
            for name, seconds, _, finished, reused in seconds_of(run, needed(experiment)) if finished
        ],
    }  # fmt: skip


def broken_down(context: Context, decision: Decision) -> dict[str, Any]:
    """`findings` and `slices` of summary.json: the verdict's outcomes beside each other, and its metric by slice of the test rows."""
    from eval.explain.findings import findings, pairs_told
    from eval.explain.slices import by_slice

    frame = scores_of(context.run, context.experiment)
    pair = next(iter(pairs_told(decision)), None)
    return {
        "findings": findings(frame, decision, rules_of(context.experiment, context.task.primary)),
        "slices": by_slice(frame, decision.metric, slices_of(context.test), 1 - decision.alpha, pair),
    }


def slices_of(test: Sequence[Example]) -> dict[str, dict[str, str]]:
    """Row id → slice → value: those the team named, and whether there is an answer at all where some rows have none."""
    mixed = len({bool(row.references) for row in test}) > 1
    answer = {row.id: {"has an answer": "yes" if row.references else "no"} if mixed else {} for row in test}
    return {row.id: {**row.slices, **answer[row.id]} for row in test}


def _written_out(context: Context) -> list[str]:
    """Where arms answer in different ways, the reader must know."""
    if not (context.experiment.endpoints and context.task.scored(context.test[0])):
        return []
    return ["Arms of an endpoint write their answer out, for an API gives no likelihoods; our own arms score the closed set."]


def _macro_f1(context: Context, predictions: dict[str, list[Prediction]]) -> dict[str, float]:
    """Of every arm that answered, for labels alone; over all its seeds."""
    from eval.metrics.answer import macro_f1

    if context.experiment.task.kind != "classification" or context.experiment.task.multi_label:
        return {}
    gold = {row.id: row.references[0] for row in context.test}
    return {arm: macro_f1([p.answer for p in said], [gold[p.row] for p in said]) for arm, said in predictions.items() if said}
