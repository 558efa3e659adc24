"""Probes as tables with a sentence each: what every format of the report shows of them. Chooses and arranges; computes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eval.names import metric_name
from eval.report.format import interval, measured, number, share

Json = dict[str, Any]
Rows = list[list[str]]
CURVE_TITLE = "With more training rows"


@dataclass(frozen=True)
class ProbeTable:
    """One probe as people read it."""

    title: str
    sentence: str
    head: list[str]
    rows: Rows
    notes: list[str]


def tables(report: Json) -> list[ProbeTable]:
    """Those that were made, in reading order."""
    return [SHOWN[name](report["probes"][name], report) for name in SHOWN if report.get("probes", {}).get(name)]


def _learning_curve(probe: Json, report: Json) -> ProbeTable:
    head = ["arm", "training rows", f"{metric_name(probe['metric'])}: mean (95 % interval; n)"]
    rows = [[_label(report, p["arm"]), f"{p['rows']:,} ({100 * p['share']:.0f} %)", measured(p)] for p in probe["points"]]
    for arm, curve in probe["arms"].items():
        rows += [
            [_label(report, arm), f"{p['rows']:,} (extrapolated)", f"{p['mean']:.3f} ({interval(p['low'], p['high'])})"]
            for p in curve["predicted"]
        ]
    return ProbeTable(CURVE_TITLE, probe["sentence"], head, rows, probe["notes"])


def _forgetting(probe: Json, report: Json) -> ProbeTable:
    head = ["training", "what", "before", "after", "difference (95 % interval)", "n"]
    rows = [
        [_label(report, one["training"]), one["what"], share(one["before"]), share(one["after"]), _moved(one), str(one["n"])]
        for one in probe["trainings"]
    ]
    return ProbeTable("What training made it forget", probe["sentence"], head, rows, probe["notes"])


def _robustness(probe: Json, report: Json) -> ProbeTable:
    head = ["arm", "change", f"{metric_name(probe['metric'])} before", "after", "difference (95 % interval)", "n"]
    rows = [
        [_label(report, one["arm"]), one["change"], number(one["before"]), number(one["after"]), _moved(one), str(one["n"])]
        for one in probe["arms"]
    ]
    notes = [*(f"{name}: {text}." for name, text in probe["changes"].items()), *probe["notes"]]
    return ProbeTable("When the input or the passages change", probe["sentence"], head, rows, notes)


def _change(probe: Json, report: Json) -> ProbeTable:
    head = ["arm", "what", "of all answers: mean (95 % interval; n)"]
    rows = [[_label(report, one["arm"]), one["what"], measured(one)] for one in probe["arms"]]
    return ProbeTable("When facts change", probe["sentence"], head, rows, probe["notes"])


def _moved(one: Json) -> str:
    return f"{number(one['difference'], 3, True)} ({interval(one['low'], one['high'], 3, True)})"


def _label(report: Json, arm: str) -> str:
    return str(report["arms"].get(arm, {}).get("label", arm))


SHOWN: dict[str, Callable[[Json, Json], ProbeTable]] = {
    "learning_curve": _learning_curve,
    "forgetting": _forgetting,
    "robustness": _robustness,
    "change": _change,
}
