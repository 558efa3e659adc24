"""The technical part of the report, section by section in a fixed order, so that a reader knows where to look. Computes nothing."""

from __future__ import annotations

from typing import Any

import yaml

from eval.names import metric_name
from eval.report import cells
from eval.report.blocks import Block, clean, figure, items, notes, outcomes, section, table, texts
from eval.report.costs import lines
from eval.report.format import measured, number
from eval.report.probes import CURVE_TITLE, tables
from eval.report.ranked import candidates, order

Json = dict[str, Any]
USE = (
    "This report is for choosing between these arms for this task, with this base model and data like the test rows. It does not show "
    "that an arm is good enough for its use, or safe, or fair."
)
FAIRNESS = "All arms were asked the same test rows, which were held back from training, retrieval and every choice of a setting."
SETTLED = (("as_seen", "if the difference is as large as seen"), ("at_margin", "if it is only the margin"))
AGAIN = "`bakeoff run experiment.yaml` with these settings, this data and these versions ends in the same figures."


def evidence(report: Json) -> list[Block]:
    """All sections; one that has nothing to say says so."""
    sections = {
        clean(cells.findings_title(report)): [*figure("forest", report), *findings(report)],
        "Question and rules fixed beforehand": _rules(report), "Data, split and audit": _data(report),
        "Candidates and settings": _arms(report), "Metrics": _metrics(report), "Held against people": items(report["people"]) or texts(
            ["Nobody has labelled answers of this run."]), "Paired results, adjustment and power": _paired(report),
        "What became of 100 answers": _hallucination(report), "Slices": _slices(report), "Cost and latency": _costs(report),
        "Failures, against the leading arm too": [Block("examples")], "Sensitivity: seeds and probes": _sensitivity(report),
        **_probes(report), "Exclusions and missing scores": _missing(report), "Limits and intended use": _limits(report),
        "How to repeat it": _again(report),
    }  # fmt: skip
    return [block for title, blocks in sections.items() for block in section(title, blocks, 3)]


def findings(report: Json) -> list[Block]:
    """The leading arm beside the others, outcome by outcome."""
    rows = cells.findings(report)
    return [table(cells.findings_head(report), rows)] if rows else texts(["Nothing could be compared."])


def _rules(report: Json) -> list[Block]:
    decision, rules = report["decision"], report["experiment"]["decision"]
    limits = list(dict.fromkeys(f"{check['constraint'].replace('_', ' ')}: {check['limit']}" for check in decision["constraints"]))
    weights = [f"{name}: {weight:g}" for name, weight in (rules.get("weights") or {}).items()]
    return items([
        f"question: which arm to use for {report['task'].replace('_', ' ')} on this data, by {metric_name(report['metric'])}?",
        f"smallest difference that matters: {rules['margin']:g}; level of the tests: {decision.get('alpha', 0.05):g}; "
        f"least share of rows with a score: {decision.get('coverage_floor', 0.9):g}",
        f"constraints: {', '.join(limits) or 'none'}; weights among tied arms: {', '.join(weights) or 'none: the cheaper one is taken'}",
    ])  # fmt: skip


def _data(report: Json) -> list[Block]:
    counts = ", ".join(f"{value} {name}" for name, value in report["rows_used"].items())
    audit = [f"{f['severity']}: {f['message']}. {f['remedy']}" for f in report["audit"]]
    said = "What the audit found:" if audit else "The audit found nothing that would make the comparison unfair."
    split = f"split by seed {report['manifest']['seeds']['split']}. {FAIRNESS}"
    return [*items([f"rows: {counts}", split]), *texts([said]), *items(audit)]


def _arms(report: Json) -> list[Block]:
    rows = [
        [name, arm["label"], "yes, never chosen" if arm["diagnostic"] else "no", ", ".join(map(str, arm["seeds"]))]
        for name, arm in report["arms"].items()
    ]
    return [table(["candidate", "called", "for diagnosis", "seeds"], rows), *figure("dots", report), *figure("losses", report)]


def _metrics(report: Json) -> list[Block]:
    """The deciding metric with its interval; then every metric's mean, a row each, whatever their number."""
    arms, deciding = report["arms"], report["metric"]
    said = ["The deciding metric was fixed before the run; all others describe and do not decide.", *report["notes"]]
    first = [[arms[name]["label"], measured(arms[name]["metrics"].get(deciding))] for name in order(report)]
    others = [[metric_name(name), *(_mean(arms[arm], name) for arm in order(report))] for name in report["metrics"] if name != deciding]
    whole = [table(["mean", *(arms[name]["label"] for name in order(report))], others)] if others else []
    return [*notes(said), table(["candidate", f"{metric_name(deciding)}: mean (95 % interval; n)"], first), *whole]


def _mean(arm: Json, metric: str) -> str:
    """Of one arm; marked where some of its scores are missing."""
    value = arm["metrics"].get(metric) or {}
    return number(value.get("mean")) + (f" (n = {value['n']})" if value.get("missing") else "")


def _paired(report: Json) -> list[Block]:
    rows = cells.comparisons(report)
    if not rows:
        return texts(["Nothing could be compared."])
    decision = report["decision"]
    family = sum(c["p_holm"] is not None for c in report["findings"])
    tests = sorted({c["test"] for c in report["findings"]} - {"none"})
    said = [
        f"Tests: {', '.join(tests) or 'none'}, and a cluster-robust t with each: p is the larger, and the interval excludes zero exactly "
        f"where p is below the level. A winner has to beat every other arm by p; to name arms as shown to be worse takes p adjusted by "
        f"Holm over {family} pairs. A dash: not tested, it describes."
    ]
    settle, required = decision.get("settle"), decision.get("required")
    if settle:
        said += [_rows_to_settle(settle, key, when) for key, when in SETTLED if settle[key]]
    elif required:
        said.append(f"To settle it with 80 % power: {required['rows']:,} test rows ({required['low']:,} to {required['high']:,}).")
    today = [decision["today"]["sentence"]] if decision.get("today") else []
    return [*items([*decision["reasons"], *today]), table(cells.comparisons_head(report), rows), *notes(said)]


def _rows_to_settle(settle: Json, key: str, when: str) -> str:
    found = settle[key]
    return (
        f"To settle it with a chance of {settle['chance']:.0%} {when}: {found['rows']:,} test rows ({found['low']:,} to {found['high']:,})."
    )


def _hallucination(report: Json) -> list[Block]:
    wrong = cells.went_wrong(report)
    named = [[cells.label(report, row[0]), *row[1:]] for row in wrong]
    why = [*texts(["Where it went wrong; each answer counts once, under the first that explains it:"]),
           table(["candidate", *cells.WRONG_HEAD], named)] if wrong else []  # fmt: skip
    parts = cells.fabrications(report)
    split = [table(["candidate", *cells.FABRICATION_HEAD], parts)] if parts else []
    return [outcomes(report), *split, *why]


def _slices(report: Json) -> list[Block]:
    if not report["slices"]:
        return texts(["No slices: none were named in the data (data.columns.slices)."])
    return [*figure("slices", report), table(cells.slices_head(report), cells.slices(report))]


def _costs(report: Json) -> list[Block]:
    rows = [[arm["label"], *cells.costs(arm)] for arm in report["arms"].values()]
    upkeep = [[cells.label(report, name), cells.effort(report, name)] for name in candidates(report)]
    return [
        *figure("trade_off", report), table(["candidate", *cells.COST_HEAD], rows), table(["candidate", cells.EFFORT], upkeep),
        *items(lines(report)),
    ]  # fmt: skip


def _sensitivity(report: Json) -> list[Block]:
    seeds = report["manifest"]["seeds"]["training"]
    trained = f"Trained with {len(seeds)} seed{'s' * (len(seeds) != 1)}: {', '.join(map(str, seeds))}."
    made = [] if any(report["probes"].values()) else ["No probe was made."]
    return [*texts([trained, *made]), *items(report["decision"]["changes"])]


def _probes(report: Json) -> dict[str, list[Block]]:
    drawn = {CURVE_TITLE: figure("learning_curve", report)}
    return {
        probe.title: [*texts([probe.sentence]), *drawn.get(probe.title, []), table(probe.head, probe.rows), *notes(probe.notes)]
        for probe in tables(report)
    }


def _missing(report: Json) -> list[Block]:
    excluded = [f"{cells.label(report, arm)} could not be chosen: {why}" for arm, why in report["decision"]["excluded"].items()]
    missing = [
        f"{arm['label']}, {metric_name(name)}: {count} scores are missing: {reason}"
        for arm in report["arms"].values()
        for name, value in arm["metrics"].items()
        for reason, count in value["missing"].items()
    ]
    checks = cells.criteria(report)
    held = [table(["constraint", "candidate", "limit", "result"], checks)] if checks else []
    return [*held, *items([*excluded, *missing]), *([] if missing else texts(["No score is missing."]))]


def _limits(report: Json) -> list[Block]:
    decision = report["decision"]
    return [*texts([USE]), *items([*decision["caveats"], *(f"Not tested: {line}" for line in decision["not_tested"])])]


def _again(report: Json) -> list[Block]:
    manifest, commit = report["manifest"], report["manifest"].get("commit")
    hardware = manifest["hardware"]
    facts = [
        f"data {manifest['data']}; sources {manifest['code'][:12]}; bakeoff {manifest['bakeoff']}"
        + (f", commit {commit['id'][:12]}{' with changes' if commit['changed'] else ''}" if commit else ""),
        *_weights(manifest),
        "versions: " + ", ".join(f"{name} {version}" for name, version in manifest["versions"].items()),
        f"machine: {hardware['cores']} cores, {hardware['memory_gib']} GiB, {hardware['machine']}",
        "left this machine: " + (", ".join(manifest["sent_elsewhere"]) or "nothing"),
        "stages: " + (", ".join(f"{stage['name']} {stage['seconds']:.0f} s" for stage in report["stages"]) or "none"),
    ]
    settings = clean(yaml.safe_dump(report["experiment"], sort_keys=False, allow_unicode=True), 20_000)
    return [*texts([AGAIN]), *items(facts), Block("code", settings)]


def _weights(manifest: Json) -> list[str]:
    """Model and embedder, where there were any, and what the team's own systems are known by."""
    found = [(what, manifest[what]) for what in ("model", "embedder") if manifest[what]]
    systems = manifest.get("systems", {}).items()
    return [
        *("{what} {name}, {revision}, licence {licence}".format(what=what, **told) for what, told in found),
        *(f"system {name}: {', '.join(f'{key} {value}' for key, value in told.items() if value)}" for name, told in systems),
    ]


def examples(report: Json) -> list[Block]:
    """The rows on which the leading pair differs, for formats that show them as plain text."""
    rows, blocks = {row["row"]: row for row in report["rows"]}, []
    for example in report["examples"]:
        row = rows[example["row"]]
        right = " / ".join(row["references"]) or "nothing to know"
        blocks.append(Block("text", f"{clean(row['input'])} (right: {clean(right)})"))
        for arm in (example["a"], example["b"]):
            said = row["arms"].get(arm)
            if said:
                blocks += items([f"{arm}, {said['outcome'] or 'not measured'}: {said['text'] or 'said nothing'}"])
    return blocks or texts(["There is no row on which the leading arms differ, or the rows were left out."])
