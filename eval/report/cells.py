"""What stands in the tables of page and report, so that all of them say the same. Chooses and words; computes nothing."""

from __future__ import annotations

from typing import Any

from eval.metrics.diagnosis import KINDS
from eval.metrics.fabrication import COLUMNS
from eval.names import metric_name
from eval.report.format import NOT_MEASURED, difference, energy, interval, measured, money, number, per_100, probability, seconds, share
from eval.report.ranked import order, traits

Json = dict[str, Any]
Rows = list[list[str]]
OUTCOMES = ("right", "declined, rightly", "declined, wrongly", "wrong", "n")
COST_HEAD = ["one query p50", "one query p95", "in batches p50", "in batches p95", "prompt tokens", "written tokens", "training",
             "1,000 queries", "energy of 1,000", "energy of training"]  # fmt: skip
WRONG_HEAD = [*KINDS, "n"]
FABRICATION_HEAD = [metric_name(part).lower() for part in COLUMNS]


def level(report: Json) -> str:
    """Of the intervals of differences: `95 %`."""
    return f"{100 * (1 - report['decision'].get('alpha', 0.05)):g} %"


def label(report: Json, arm: str) -> str:
    return str(report["arms"].get(arm, {}).get("label", arm))


def pair(report: Json, compared: Json) -> str:
    return f"{label(report, compared['a'])} − {label(report, compared['b'])}"


def findings_head(report: Json) -> list[str]:
    return ["outcome", "against", "this candidate", "the other", f"difference ({level(report)} interval)", "n", "certainty"]


def findings(report: Json) -> Rows:
    """The leading arm's outcomes, of 100 answers where the metric allows it, beside those of the arms it is held against."""
    return [
        [_outcome(f), label(report, f["other"]), number(f["arm_value"], 1 if f["per"] == 100 else 3),
         number(f["other_value"], 1 if f["per"] == 100 else 3), _moved(f), str(f["n"]), sure(f)]
        for f in report["summary_of_findings"]
    ]  # fmt: skip


def findings_title(report: Json) -> str:
    """Which arm the rows of `findings` speak of."""
    found = report["summary_of_findings"]
    return f"Findings: {label(report, found[0]['arm'])}" if found else "Findings"


def sure(finding: Json) -> str:
    """`moderate: one training run only`."""
    return str(finding["certainty"]) + (f": {'; '.join(finding['because'])}" if finding["because"] else "")


def _outcome(finding: Json) -> str:
    name = metric_name(finding["outcome"]) + (", of 100" if finding["per"] == 100 else "")
    return f"{name} (decides)" if finding["decides"] else name


def _moved(finding: Json) -> str:
    digits = 1 if finding["per"] == 100 else 3
    if finding["difference"] is None:
        return NOT_MEASURED
    return f"{number(finding['difference'], digits, True)} ({interval(finding['low'], finding['high'], digits, True)})"


def comparisons_head(report: Json) -> list[str]:
    return ["comparison", f"difference in {metric_name(report['metric'])}", f"{level(report)} interval", "p", "p (Holm)", "n"]


def comparisons(report: Json) -> Rows:
    return [
        [pair(report, f), number(f["difference"], 3, True), interval(f["low"], f["high"], 3, True),
         probability(None if f["p_holm"] is None else f["p"]), probability(f["p_holm"]), str(f["n"])]
        for f in report["findings"]
    ]  # fmt: skip


def costs(arm: Json) -> list[str]:
    """Latency, tokens, training, price and energy of one arm; the energy of training has that of the index it retrieves from in it."""
    cost = arm.get("cost") or {}
    return [
        seconds(cost.get("single_p50_s")), seconds(cost.get("single_p95_s")), seconds(cost.get("p50_s")), seconds(cost.get("p95_s")),
        number(cost.get("prompt_tokens"), 0), number(cost.get("completion_tokens"), 0),
        _training(cost),
        money(cost.get("per_1000"), cost.get("currency", "")), energy(cost.get("kwh_per_1000")),
        energy(cost["train_kwh"]) if cost.get("train_kwh") else "–",
    ]  # fmt: skip


def _training(cost: Json) -> str:
    """A dash where nothing was trained."""
    told = cost.get("train_seconds", 0)
    return NOT_MEASURED if told is None else seconds(told) if told else "–"


EFFORT = "people write and keep up"


def effort(report: Json, arm: str) -> str:
    """What people must write and keep up for this arm."""
    made_of, rows = traits(report, arm), report["rows_used"]
    if made_of.outside:
        return "not known"
    examples, documents = rows.get("train", 0), rows.get("documents", 0)
    learns = made_of.trained or (arm == "classic" and not made_of.retrieves)
    needed = [f"{examples} examples"] if learns else []
    if made_of.retrieves:
        needed.append(f"{documents} documents" if documents else f"{examples} labelled examples")
    if arm == "few_shot" or arm.endswith("_few_shot"):
        needed.append(f"{(report['experiment'].get('few_shot') or {}).get('count', 'a few')} examples")
    return "; ".join(needed) or "none"


def outcomes(report: Json) -> Rows:
    """Of 100 answers, and of how many; declining is right where the row has no answer."""
    return [[label(report, name), *_of_100((report["arms"][name].get("answers") or {}).get("all"))] for name in order(report)]


def _of_100(counted: Json | None) -> list[str]:
    if not counted or not counted["rows"]:
        return [*[NOT_MEASURED] * (len(OUTCOMES) - 1), "0"]
    kinds = ("right", "declined_rightly", "declined_wrongly", "wrong")
    return [*(number(100 * counted[kind] / counted["rows"], 1) for kind in kinds), str(counted["rows"])]


def fabrications(report: Json) -> Rows:
    """Of 100 answers the parts of the fabricated ones, with interval and n; nothing where they were not told apart."""
    arms = {name: report["arms"][name]["metrics"] for name in order(report)}
    return [
        [label(report, name), *(per_100(metrics.get(part)) for part in COLUMNS)]
        for name, metrics in arms.items()
        if any(part in metrics for part in COLUMNS)
    ]


def went_wrong(report: Json) -> Rows:
    """For each arm its name, the share of each kind of `eval.metrics.diagnosis` (they add up to one), and of how many answers."""
    told = {name: found for name in order(report) if (found := report["arms"][name].get("went_wrong"))}
    return [
        [name, *(share(found["shares"][kind] if found["n"] else None) for kind in KINDS), str(found["n"])] for name, found in told.items()
    ]


def slices_head(report: Json) -> list[str]:
    """Only arms that have a value in some slice."""
    return ["slice", "rows", *(label(report, arm) for arm in sliced(report)), "difference of the leading pair"]


def slices(report: Json) -> Rows:
    return [
        [f"{one['slice']}: {one['value']}{' (few rows)' if one['few'] else ''}", str(one["rows"]),
         *(measured(one["arms"].get(arm)) for arm in sliced(report)), _leading(report, one["difference"])]
        for one in report["slices"]
    ]  # fmt: skip


def sliced(report: Json) -> list[str]:
    """The arms that stand in some slice, in the report's order."""
    return [arm for arm in report["arms"] if any(arm in one["arms"] for one in report["slices"])]


def _leading(report: Json, found: Json | None) -> str:
    return NOT_MEASURED if found is None else f"{pair(report, found)}: {difference(found)}"


def criteria(report: Json) -> Rows:
    """Every constraint for every arm: passed, or why not."""
    return [
        [check["constraint"].replace("_", " "), label(report, check["arm"]), str(check["limit"]),
         "passed" if check["passed"] else f"failed: {check['reason']}"]
        for check in report["decision"]["constraints"]
    ]  # fmt: skip
