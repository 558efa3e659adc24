"""What it costs that a model words the search: a step that every query of an arm that retrieves takes first. Asks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from pipeline.experiment.load import Experiment, dump
from pipeline.records import read_examples
from pipeline.run_folder import machine, record
from pipeline.run_folder.store import RunFolder
from pipeline.stages import queries
from pipeline.stages.index import ALONE_FILE

if TYPE_CHECKING:
    from eval.verdict.economics import ArmCost


def query_cost(run: RunFolder, experiment: Experiment) -> ArmCost | None:
    """Of one query, as measured on the test questions; None where questions are searched for as they are."""
    from eval.verdict.economics import Measured, arm_cost

    mode, by = queries.mode_of(run, experiment.retrieval), experiment.retrieval.query_by
    if mode is None:
        return None
    test = {row.query for row in read_examples(run.path / "data/test.jsonl")}
    asked = [one for one in queries.read(run.path / queries.KEPT) if one.mode == mode and one.question in test and not one.failure]
    seconds = [one.seconds for one in asked]
    alone = seconds if by else (run.read_json(ALONE_FILE) or {"seconds": []})["seconds"]
    measured = Measured(
        [one.prompt_tokens for one in asked],
        [one.completion_tokens for one in asked],
        seconds,
        alone,
        hours={"query": mean_hour(run, experiment, ["retrieve"])},
    )
    return arm_cost(measured, dump(experiment)["decision"]["prices"], experiment.token_prices().get(by or ""))


def mean_hour(run: RunFolder, experiment: Experiment, stages: Sequence[str]) -> float:
    """Price of a machine hour, the mean over the machines that did these stages; the usual one for those that are not on record."""
    prices, entries = experiment.decision.prices, record.entries(run)
    on = [entries[name].machine if name in entries else None for name in stages]
    return fmean(machine.hour(one, prices.machines, prices.machine_hour) for one in on)


def sent(run: RunFolder, experiment: Experiment) -> float | None:
    """Money for all that was sent elsewhere to word searches; None where no price is stated."""
    by = experiment.retrieval.query_by
    asked = queries.read(run.path / queries.KEPT) if by else []
    if not asked:
        return 0.0
    prices = experiment.token_prices()[str(by)]
    tokens = {"input": sum(one.prompt_tokens for one in asked), "output": sum(one.completion_tokens for one in asked)}
    return sum(tokens[kind] * price for kind, price in prices.items()) / 1e6 if prices else None


def notes(run: RunFolder, experiment: Experiment) -> list[str]:
    """How searches were worded, and where that failed."""
    mode, by = queries.mode_of(run, experiment.retrieval), experiment.retrieval.query_by
    if mode is None:
        return []
    asked = [one for one in queries.read(run.path / queries.KEPT) if one.mode == mode]
    failed = sum(bool(one.failure) for one in asked)
    plain = f" {failed} of {len(asked)} questions were searched for as they are, since none was written." if failed else ""
    model = f"the endpoint {by}" if by else "the base model"
    return [f"Search queries ({mode}) are written by {model}; its tokens and seconds are in the cost of every arm that retrieves.{plain}"]
