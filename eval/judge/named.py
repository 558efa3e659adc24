"""Metrics of ragas by their class's name, and judges' prompts of the team's own in ragas' DiscreteMetric and NumericMetric.

Which classes there are is read off the installed package: those that need of an answer what is known here. Whatever asks a model is asked
by the judge, its prompts fenced like all others, and its name begins with `judge_`.
"""

from __future__ import annotations

import difflib
import inspect
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.errors import SetupError
from eval.judge.asker import Asker
from eval.judge.budget import Spent
from eval.judge.fence import END, MARKER
from eval.judge.loop import each
from eval.judge.metrics import reference_for
from eval.judge.offline import NO_REFERENCE, NOT_RETRIEVING, NOTHING_FOUND, AnswerRow, MetricValue
from eval.judge.providers.faults import Fault
from eval.judge.providers.provider import provider_for
from eval.judge.ragas_metrics import TRACE, Ragas, Trace, prepared
from eval.judge.store import Store

if TYPE_CHECKING:
    from eval.judge.panel import Tools
    from eval.judge.settings import JudgeSettings

PROMPTED = ("DiscreteMetric", "NumericMetric")
FIELDS = ("user_input", "response", "reference", "retrieved_contexts", "reference_contexts")
"""What is known of an answer, in ragas' words."""
GIVEN = ("name", "llm", "embeddings", "kwargs")
"""Of a class's arguments, those that are not the team's to give."""
NO_NUMBER = "ragas gave no number"
EMPTY = "the answer is empty"
NO_GOLD = "not applicable: no gold passage is known"
PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Named:
    """One metric as the team names it."""

    name: str
    """In the table of scores."""
    ragas: str
    """The class."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    range: tuple[float, float] = (0.0, 1.0)
    """The worst and the best value."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Of a DiscreteMetric: each of its words as a number of the range."""


@cache
def classes() -> dict[str, type]:
    """The classes of ragas.metrics.collections that can be asked about an answer, and the two that hold a prompt."""
    modules = prepared()
    base = modules["collections"].BaseMetric
    named = {name: getattr(modules["collections"], name) for name in modules["collections"].__all__}
    there = {name: one for name, one in named.items() if isinstance(one, type) and issubclass(one, base) and one is not base}
    return {name: one for name, one in there.items() if _can_ask(name, one)} | {name: modules[name] for name in PROMPTED}


def asks(ragas: str) -> bool:
    """Whether this class asks a model."""
    return ragas in PROMPTED or "llm" in inspect.signature(classes()[ragas]).parameters


def mistake(metric: Named) -> str:
    """Why this cannot be measured, in words; empty where it can."""
    known = classes()
    if metric.ragas not in known:
        near = difflib.get_close_matches(metric.ragas, known, n=2, cutoff=0.5)
        guess = f"did you mean {' or '.join(near)}? " if near else ""
        return f"ragas has no metric {metric.ragas!r} that can be asked here; {guess}Available: {', '.join(sorted(known))}."
    if metric.ragas in PROMPTED:
        return _mistake_of_prompt(metric)
    taken = [name for name in inspect.signature(known[metric.ragas]).parameters if name not in GIVEN]
    if unknown := sorted(set(metric.arguments) - set(taken)):
        return f"{metric.ragas} takes no {', '.join(unknown)} (it takes: {', '.join(taken) or 'nothing'})."
    return ""


def measure(
    rows: Sequence[AnswerRow], metrics: Sequence[Named], settings: JudgeSettings | None, store: Path, tools: Tools,
    on_value: Callable[[MetricValue], None], skip: Callable[[AnswerRow, Named], bool] = lambda row, metric: False,
) -> tuple[Spent, int]:  # fmt: skip
    """Each value as it comes, as a share of its range, or why there is none; what was spent, and how many are missing by endpoint, network
    or budget. `settings`: the judge; None where no metric asks one.
    """
    import asyncio

    with Store(store) as verdicts:
        return asyncio.run(_measure(rows, metrics, settings, verdicts, tools, on_value, skip))


async def _measure(
    rows: Sequence[AnswerRow], metrics: Sequence[Named], settings: JudgeSettings | None, store: Store, tools: Tools,
    on_value: Callable[[MetricValue], None], skip: Callable[[AnswerRow, Named], bool],
) -> tuple[Spent, int]:  # fmt: skip
    provider = provider_for(settings, tools.generate) if settings else None
    asker = Asker(provider, settings, store) if provider and settings else None
    ragas, made, unfinished = Ragas(asker, tools.embed), dict[str, Any](), 0  # type: ignore[arg-type]

    async def work(job: tuple[AnswerRow, Named]) -> None:
        nonlocal unfinished
        row, metric = job
        if metric.name not in made:
            made[metric.name] = _made(ragas, metric)
        trace = Trace()
        TRACE.set(trace)
        try:
            value, reason = _share(await _value(ragas, made[metric.name], metric, row), metric), ""
        except Fault as fault:
            value, reason = None, fault.reason
            unfinished += not fault.lasting
        if asker is not None:
            store.remember(row.row, row.arm, row.seed, metric.name, trace.keys)
        on_value(MetricValue(row.row, row.arm, row.seed, metric.name, value, reason))

    try:
        await each([(row, metric) for row in rows for metric in metrics if not skip(row, metric)], work,
                   settings.concurrency if settings else 1, lambda: False)  # fmt: skip
    finally:
        if provider is not None:
            await provider.close()
    return asker.budget.session if asker else Spent(), unfinished


def _made(ragas: Ragas, metric: Named) -> Any:
    """A SetupError where the class does not take these arguments."""
    if metric.ragas in PROMPTED:
        how = {"allowed_values": list(metric.values)} if metric.values else {"allowed_values": (min(metric.range), max(metric.range))}
        return classes()[metric.ragas](name=metric.name, prompt=str(metric.arguments["prompt"]), **how)
    try:
        return ragas.made(classes()[metric.ragas], metric.arguments)
    except (ValueError, TypeError) as error:
        raise SetupError(f"{metric.ragas} cannot be made with these arguments: {' '.join(str(error).split())[:300]}") from error


async def _value(ragas: Ragas, made: Any, metric: Named, row: AnswerRow) -> Any:
    known: dict[str, Any] = {
        "user_input": row.question, "response": row.answer, "reference": reference_for(row, True) if row.references else None,
        "retrieved_contexts": list(row.contexts), "reference_contexts": list(row.gold_contexts),
    }  # fmt: skip
    needed = _wanted(made, metric, known)
    if reason := _missing(row, needed):
        raise Fault(reason, lasting=True)
    if metric.ragas in PROMPTED:
        return await _prompted(ragas, made, metric, {name: known[name] for name in needed})
    try:
        return (await made.ascore(**{name: known[name] for name in needed})).value
    except (ValueError, IndexError, TypeError, ZeroDivisionError) as error:
        raise Fault(f"ragas: {' '.join(str(error).split())[:200] or type(error).__name__}", lasting=True) from None
    finally:
        if (fault := TRACE.get().fault) is not None:  # some of ragas' classes go on without an answer
            raise fault


async def _prompted(ragas: Ragas, made: Any, metric: Named, given: dict[str, Any]) -> Any:
    """The team's prompt as the task, what it speaks of as the material beside it."""
    task = PLACE.sub(lambda found: f"(the {found.group(1)} of the material)", str(metric.arguments["prompt"]))
    words = (
        f"value is one of: {', '.join(metric.values)}."
        if metric.values
        else f"value is a number from {min(metric.range):g} to {max(metric.range):g}."
    )
    prompt = f"{task}\n{words}{MARKER}{json.dumps(given, ensure_ascii=False, indent=4)}{END}"
    return (await ragas.llm.agenerate(prompt, made._response_model)).value


def _share(value: Any, metric: Named) -> float:
    number = metric.values.get(value) if isinstance(value, str) else value
    if number is None or isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise Fault(NO_NUMBER, lasting=True)
    worst, best = metric.range
    if not min(worst, best) - 1e-6 <= number <= max(worst, best) + 1e-6:  # ragas misses a perfect 1 by 1e-8
        raise Fault(f"ragas gave {number:g}, outside of the range {worst:g} to {best:g}", lasting=True)
    return round(min(1.0, max(0.0, (number - worst) / (best - worst))), 6)


def _wanted(made: Any, metric: Named, known: Mapping[str, Any]) -> list[str]:
    """What it is given: all it needs, and of what it may have that which there is."""
    if metric.ragas in PROMPTED:
        return list(dict.fromkeys(PLACE.findall(str(metric.arguments["prompt"]))))
    asked = inspect.signature(made.ascore).parameters.items()
    return [name for name, one in asked if name in FIELDS and (one.default is inspect.Parameter.empty or known[name])]


def _missing(row: AnswerRow, needed: Sequence[str]) -> str:
    reasons = {
        row.failure: bool(row.failure),
        EMPTY: "response" in needed and not row.answer.strip(),
        NO_REFERENCE: "reference" in needed and not row.references,
        NOT_RETRIEVING: "retrieved_contexts" in needed and not row.retrieves,
        NOTHING_FOUND: "retrieved_contexts" in needed and not row.contexts,
        NO_GOLD: "reference_contexts" in needed and not row.gold_contexts,
    }
    return next((text for text, holds in reasons.items() if holds), "")


def _can_ask(name: str, one: type) -> bool:
    asked = {key: value for key, value in inspect.signature(one.ascore).parameters.items() if key not in ("self", "kwargs")}  # type: ignore[attr-defined]
    plain = not any("Message" in str(value.annotation) for value in asked.values())
    needed = [key for key, value in asked.items() if value.default is inspect.Parameter.empty]
    return plain and set(needed) <= set(FIELDS) and bool(set(asked) & set(FIELDS)) and not name.startswith("MultiModal")


def _mistake_of_prompt(metric: Named) -> str:
    prompt = metric.arguments.get("prompt")
    if not isinstance(prompt, str) or set(metric.arguments) != {"prompt"}:
        return f"{metric.ragas} takes arguments: {{prompt: …}}, and its range or values beside them."
    places = PLACE.findall(prompt)
    if not places or not set(places) <= set(FIELDS):
        return f"the prompt of {metric.name} must name what it is about, as {', '.join(f'{{{one}}}' for one in FIELDS)}."
    low, high = min(metric.range), max(metric.range)
    if (metric.ragas == "DiscreteMetric") != bool(metric.values) or not all(low <= one <= high for one in metric.values.values()):
        return f"{metric.name}: a DiscreteMetric needs values (each word and its number within the range), a NumericMetric has none."
    return ""
