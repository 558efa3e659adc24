"""The arms of an endpoint: our prompts and rows, answered elsewhere. Rows are stored as they come; a resumed run asks for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.arms import Arm, chosen, hosted, table
from pipeline.errors import UserError
from pipeline.records import Prediction, Timing, read_lines, write_lines
from pipeline.stages.base import Context
from pipeline.stages.prediction.answers import Sheet, append, prediction
from pipeline.stages.prediction.prompting import Asked

QUERIES = "retrieved/queries.jsonl"
"""What `pipeline.stages.queries` was answered."""

if TYPE_CHECKING:
    from finetune.inference.endpoint import Endpoint, EndpointSettings
    from finetune.inference.generate import Generation


def ask(context: Context, arm: Arm, stage: str, asked: Sequence[Asked], sheet: Sheet) -> None:
    """Every row, to an answer or its failure; with failures the stage counts as unfinished, so that resuming asks for them again."""
    from finetune.inference.generate import Prompt

    path, timings, by_row = sheet.path, sheet.timings, {a.row.id: a for a in asked}
    done = [p for p in context.run.predictions(arm.name, 0) if not p.failure] if path.exists() else []
    known = {p.row for p in done}
    write_lines(path, done)
    write_lines(timings, [t for t in context.run.timings(arm.name, 0) if t.row in known] if timings.exists() else [])

    def on_result(result: Generation) -> None:
        if not result.failure:
            append(timings, [Timing(result.id, round(result.seconds, 6), result.batch)])
        append(path, [prediction(context.task, sheet, by_row[result.id], result)])
        known.add(result.id)
        context.progress.step(len(known), len(asked))

    open_rows = [Prompt(a.row.id, a.messages) for a in asked if a.row.id not in known]
    results = endpoint_named(context, str(arm.endpoint), arm).run(open_rows, context.task.max_new_tokens, on_result)
    if failed := [result for result in results if result.failure]:
        context.incomplete.add(stage)
        context.progress.note(
            f"{arm.name}: {len(failed)} of {len(asked)} rows have no answer ({failed[0].failure}); resuming asks for them again"
        )


def answered(context: Context, arm: Arm, asked: Asked) -> Generation:
    """One answer, or its failure; nothing is stored."""
    from finetune.inference.generate import Prompt

    prompt = Prompt(asked.row.id, asked.messages)
    return endpoint_named(context, str(arm.endpoint), arm).run([prompt], context.task.max_new_tokens)[0]


def tuned_file(endpoint: str, training: str) -> str:
    """Where it is kept what became of a training at the endpoint's service; `pipeline.stages.hosted` writes it."""
    return f"hosted/{endpoint}/{training}.json"


def endpoint_named(context: Context, name: str, arm: Arm | None = None) -> Endpoint:
    """The endpoint, with what it was asked so far counted against the budget; a UserError where it cannot be asked.

    `arm`: who asks, for one that answers with a model which the service fine-tuned, and its prices.
    """
    from finetune.errors import SetupError
    from finetune.inference.provider import endpoint_for

    try:
        endpoint = endpoint_for(_settings(context, name, arm))
    except SetupError as error:
        raise UserError(str(error), where=f"endpoints.{name}") from error
    _spent_before(context, endpoint, name)
    return endpoint


def _settings(context: Context, name: str, arm: Arm | None) -> EndpointSettings:
    from finetune.inference.endpoint import EndpointSettings

    named = next(endpoint for endpoint in context.experiment.endpoints if endpoint.name == name)
    tuned = _tuned(context, arm) if arm and arm.hosted else None
    prices, budget = context.experiment.token_prices()[arm.paid_by if arm else name], {str(key): most for key, most in named.budget.items()}
    return EndpointSettings(
        base_url=named.base_url or "", provider=named.provider, arguments=named.arguments, reasoning_effort=named.reasoning_effort,
        thinking_tokens=named.thinking_tokens, model=tuned or named.model, api_key_env=named.api_key_env, concurrency=named.concurrency,
        timeout_s=named.timeout_s, retries=named.retries, prices=prices, budget=budget,
    )  # fmt: skip


def _tuned(context: Context, arm: Arm) -> str:
    """The model that the service trained."""
    kept = context.run.read_json(tuned_file(str(arm.endpoint), str(arm.hosted))) or {}
    if not kept.get("model"):
        raise UserError(f"{arm.name} has no fine-tuned model yet.", where=context.run.id, remedy="Finish the run with `bakeoff resume`.")
    return str(kept["model"])


def _spent_before(context: Context, endpoint: Endpoint, name: str) -> None:
    """What other arms of the endpoint, and earlier sessions, were answered counts against the budget; queries that it worded too."""
    if context.experiment.retrieval.query_by == name:
        asked = list(read_lines(context.run.path / QUERIES))
        endpoint.budget.spend(sum(one["prompt_tokens"] for one in asked), sum(one["completion_tokens"] for one in asked))
    _spent_on_training(context, endpoint, name)
    for other in table(context.experiment).values():
        if other.endpoint == name and context.run.predictions_path(other.name, 0).exists():
            stored: list[Prediction] = context.run.predictions(other.name, 0)
            endpoint.budget.spend(sum(p.prompt_tokens or 0 for p in stored), sum(p.completion_tokens or 0 for p in stored))


def _spent_on_training(context: Context, endpoint: Endpoint, name: str) -> None:
    named = next(one for one in context.experiment.endpoints if one.name == name)
    for training in hosted(chosen(context.experiment), name):
        kept = context.run.read_json(tuned_file(name, training.name)) or {}
        if named.finetune and (tokens := kept.get("tokens")):
            endpoint.budget.spend_training(tokens, tokens * named.finetune.price_per_million["training"] / 1e6)
