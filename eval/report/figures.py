"""Every chart of a report with its text alternative and caption: the same in page, HTML, PDF and Word. Chooses; computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.names import metric_name
from eval.report import charts, detail_charts
from eval.report.cells import label, level, pair
from eval.report.format import difference, interval, measured, money, number, seconds
from eval.report.looks import Look, looks
from eval.report.ranked import order, shares

Json = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One chart."""

    chart: Any
    alt: str
    """All that it shows, in words."""
    caption: str


def forest(report: Json) -> Figure | None:
    """Paired differences of the leading arm; None where nothing could be compared."""
    shown = [c for c in report["headline"] if c["difference"] is not None]
    if not shown:
        return None
    metric, margin, of = report["metric"], report["experiment"]["decision"]["margin"], level(report)
    shown = [{**c, "pair": pair(report, c)} for c in shown]
    parts = "; ".join(f"{c['pair']}: {difference(c)}" for c in shown)
    told = f"Paired differences in {metric_name(metric)} with {of} intervals. {parts}."
    return Figure(
        charts.forest(shown, metric, margin, _looks(report), of), told,
        f"Each line is a paired difference on the same rows with its {of} interval; within the shaded margin it is too small to matter.",
    )  # fmt: skip


def dots(report: Json, metric: str | None = None) -> Figure | None:
    """Each arm's mean of a metric; without a name, of the one that decides."""
    name = metric or report["metric"]
    arms = {n: a for n, a in report["arms"].items() if (a["metrics"].get(name) or {}).get("mean") is not None}
    if not arms:
        return None
    told = "; ".join(f"{a.get('label', n)}: {measured(a['metrics'][name])}" for n, a in arms.items())
    return Figure(
        charts.dots(arms, name, _looks(report)), f"{metric_name(name)} by arm. {told}.", "Each arm's mean with its 95 % interval."
    )


def outcomes(report: Json) -> Figure | None:
    """What became of 100 answers, by arm; None where nothing was told apart."""
    found = {label(report, name): part for name in order(report) if (part := shares(report["arms"][name]))}
    if not found:
        return None
    told = [f"{name}: " + ", ".join(f"{kind} {number(share, 1)}" for kind, share in part.items()) for name, part in found.items()]
    return Figure(
        charts.outcomes(found), f"What became of 100 answers, by candidate. {'; '.join(told)}.",
        "Where a question has no answer, declining it is right. All candidates are held against the same reference answers.",
    )  # fmt: skip


def trade_off(report: Json) -> Figure | None:
    """Cost against latency of the arms that could be used; None where fewer than two have both above zero."""
    leaders, rows = report["decision"]["leaders"], []
    for name, arm in report["arms"].items():
        cost = arm.get("cost") or {}
        slow = cost.get("single_p95_s") if cost.get("single_p95_s") is not None else cost.get("p95_s")
        if slow and cost.get("per_1000") and not arm["diagnostic"]:
            rows.append({"arm": name, "label": arm["label"], "seconds": slow, "cost": cost["per_1000"], "passes": name in leaders})
    if len(rows) < 2:
        return None
    currency = next(a["cost"]["currency"] for a in report["arms"].values() if a.get("cost"))
    told = "; ".join(
        f"{r['label']}: {seconds(r['seconds'])}, {money(r['cost'], currency)}, {'passes' if r['passes'] else 'does not pass'}" for r in rows
    )
    return Figure(
        detail_charts.trade_off(rows, currency, _looks(report)),
        f"Seconds a query (95th percentile) and cost of 1,000 queries by arm, with the quality gate. {told}.",
        "Hollow: shown to be worse than the leading arm, or excluded. Asked one at a time where that was measured.",
    )  # fmt: skip


def slices(report: Json) -> Figure | None:
    """The deciding metric by slice; None without slices."""
    rows = [
        {"slice": f"{one['slice']}: {one['value']}", "arm": arm, "label": label(report, arm), "few": one["few"], **value}
        for one in report["slices"]
        for arm, value in one["arms"].items()
        if value["mean"] is not None and arm in report["arms"] and not report["arms"][arm]["diagnostic"]
    ]
    if not rows:
        return None
    told = "; ".join(f"{r['slice']}, {r['label']}: {measured(r)}{', few rows' if r['few'] else ''}" for r in rows)
    return Figure(
        detail_charts.slices(rows, report["metric"], level(report), _looks(report)), f"{metric_name(report['metric'])} by slice. {told}.",
        "Grey: fewer than 30 rows. Slices describe; no test was made on them, and among many one stands out by chance.",
    )  # fmt: skip


def learning_curve(report: Json) -> Figure | None:
    """None where the probe was not made."""
    probe = report["probes"].get("learning_curve")
    points = [p for p in (probe or {}).get("points", []) if p["mean"] is not None]
    if not probe or not points:
        return None
    rows = [{**p, "kind": "measured", "label": label(report, p["arm"])} for p in points]
    for arm, curve in probe["arms"].items():
        last = [{**p, "kind": "extrapolated", "joint": True} for p in rows if p["arm"] == arm][-1:]
        rows += [*last, *({**p, "arm": arm, "kind": "extrapolated", "label": label(report, arm)} for p in curve["predicted"])]
    said = [r for r in rows if not r.get("joint")]
    told = "; ".join(f"{r['label']}, {r['rows']:,} rows ({r['kind']}): {number(r['mean'])} ({interval(r['low'], r['high'])})" for r in said)
    return Figure(
        detail_charts.learning_curve(rows, probe["metric"], _looks(report)),
        f"{metric_name(probe['metric'])} by training rows. {told}.", "Filled: measured; hollow and dashed: extrapolated by a power law.",
    )  # fmt: skip


def losses(report: Json) -> Figure | None:
    return training(report["arms"], report["curves"])


def training(arms: Iterable[str], curves: Mapping[str, Sequence[Json]]) -> Figure | None:
    """`curves`: `<arm> seed <n>` → steps, of a run that may still be going on; `arms`: those whose looks are already known."""
    logs = {name: log for name, log in curves.items() if log}
    if not logs:
        return None
    told = "; ".join(f"{name}: from {number(log[0]['loss'])} to {number(log[-1]['loss'])}" for name, log in logs.items())
    known = looks([*arms, *(name.split(" seed ")[0] for name in logs)])
    return Figure(detail_charts.losses(logs, known), f"Training loss by step. {told}.", "Training loss by step, with dev loss as points.")


def _looks(report: Json) -> dict[str, Look]:
    return looks(report["arms"])


FIGURES: dict[str, Callable[[Json], Figure | None]] = {
    "forest": forest, "dots": dots, "outcomes": outcomes, "trade_off": trade_off, "slices": slices, "learning_curve": learning_curve,
    "losses": losses,
}  # fmt: skip
