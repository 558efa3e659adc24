"""What commands print: states, lists, decisions, in plain text. Formats what is stored; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.names import metric_name
from eval.numerals import duration
from eval.report.format import difference, measured, plain
from pipeline.jobs import JobState

if TYPE_CHECKING:
    from pipeline.planning.estimate import Estimate


def estimate_text(found: Estimate) -> str:
    """Time, memory and what is sent elsewhere, stage by stage."""
    lines = [f"About {duration(found.seconds)}, at most {found.peak_gib:.1f} GiB of memory.", ""]
    lines += [f"{name:30} {seconds:>7.0f} s" for name, seconds in found.stages.items()]
    if found.kept:
        lines.append(
            f"A run keeps {found.kept.minutes:g} minutes (run.minutes): for every arm {found.kept.left}, about "
            f"{duration(found.kept.seconds)}. The table above is all of it, as with run.minutes: 0."
        )
    if found.sent_tokens:
        lines.append(f"To endpoints: about {found.sent_tokens:,} tokens, {found.money:.2f} at the given prices.")
    return "\n".join([*lines, *(f"Note: {note}." for note in found.notes)])


def status_line(state: JobState) -> str:
    """State, stage, progress, time left and error, in one line."""
    parts: list[str] = [state.state]
    if state.stage and state.state in ("running", "stalled"):
        parts.append(f"{state.stage}, {state.done} of {state.total}" if state.total else state.stage)
        if state.eta_s is not None:
            parts.append(f"about {duration(state.eta_s)} left in this stage")
    if state.plan:
        parts.append(f"{len(state.finished)} of {len(state.plan)} stages done")
    if state.error:
        parts.append(state.error)
    return "; ".join(parts)


def overview_table(rows: list[dict[str, Any]], deleted: list[dict[str, str]], runs: Path) -> str:
    """A line a run; names and tags that people gave stand before the sentence."""
    gone = [f"Deleted, back until {one['until'][:16].replace('T', ' ')} UTC: bakeoff restore {one['run']}" for one in deleted]
    if not rows:
        return "\n".join([f"No runs in {runs} yet. `bakeoff demo` starts one.", *gone])
    lines = [f"{row['run']:36} {row['state']:10} {_called(row)}{row['sentence'] or ''}".rstrip() for row in rows]
    return "\n".join([f"{len(rows)} runs, {sum(r['state'] in ('queued', 'running') for r in rows)} active.", *lines, *gone])


def _called(row: dict[str, Any]) -> str:
    named = plain(row["name"]) if row["name"] != row["run"].rpartition("-")[0] else ""
    told = " ".join([*([named] if named else []), *(f"[{plain(tag)}]" for tag in row["tags"])])
    return f"{told}: " if told else ""


def decision_text(decision: dict[str, Any]) -> str:
    """The sentence, the reasons, what blocks the verdict, the choice for today, all comparisons, what would change it, and the caveats."""
    lines = [decision["sentence"], *(f"  - {reason}" for reason in decision["reasons"])]
    lines += [f"  ! {block}" for block in decision.get("blocks", []) if block not in decision["reasons"]]
    if today := decision.get("today"):
        lines += ["", today["sentence"]]
    if decision["comparisons"]:
        lines.append("")
        lines.append(f"{'comparison':28} {'difference':>10} {'95 % interval':>20} {'p':>7} {'p (Holm)':>9} {'n':>6}")
    for c in decision["comparisons"]:
        interval = "" if c["low"] is None else f"{c['low']:+.3f} to {c['high']:+.3f}"
        alone, adjusted = ("" if c["p_holm"] is None else f"{c[name]:.4f}" for name in ("p", "p_holm"))
        gap = "" if c["difference"] is None else f"{c['difference']:+.3f}"
        lines.append(f"{c['a'] + ' − ' + c['b']:28} {gap:>10} {interval:>20} {alone:>7} {adjusted:>9} {c['n']:>6}")
    for title, told in (("What would change it:", decision.get("changes")), ("Keep in mind:", decision.get("caveats"))):
        lines += ["", title, *(f"  - {line}" for line in told)] if told else []
    return "\n".join(lines)


def calibration_text(figures: dict[str, Any], decision: dict[str, Any] | None) -> str:
    """Who has labelled, each metric's agreement with people, and the verdict."""
    said = ", ".join(f"{rater} {count}" for rater, count in figures["raters"].items())
    lines = [f"{figures['cards']} answers to label. Labelled so far: {said or 'none'}."]
    if figures["stale"]:
        lines.append(f"{figures['stale']} labels belong to answers that have changed since. They do not count.")
    for pair in figures["between"]:
        lines.append(f"{pair['one']} and {pair['other']}: κ {_of(pair['kappa'])}, {pair['n']} answers labelled by both.")
    for found in figures["metrics"].values():
        lines += ["", found["sentence"], f"  AUROC {_of(found['auroc'])}; an answer counts as right from {found['threshold']:g} on"]
        lines += [f"  people {said} | judged right {row['right']}, wrong {row['wrong']}" for said, row in found["confusion"].items()]
        lines += [
            f"  {b['part']:18} judge says right more often than people: {_of(b['difference'], '+')}, n = {b['n']}"
            for b in found["by_arm"] + found["by_length"]
        ]
        lines += [f"  {arm:18} mean {c['judged']:.3f}, corrected {_of(c)}" for arm, c in found["corrected"].items()]
        if left := found["disputed"] + found["silent"]:
            lines.append(f"  {left} labelled answers do not count: label unsure, no score, or raters evenly split")
    return "\n".join([*lines, *(["", decision["sentence"]] if decision else [])])


def _of(measure: dict[str, Any], sign: str = "") -> str:
    value = measure.get("value", measure.get("mean"))
    return "not known" if value is None else f"{value:{sign}.2f} ({measure['low']:{sign}.2f} to {measure['high']:{sign}.2f})"


def arms_text(summary: dict[str, Any]) -> str:
    """Every arm's primary metric and outcomes as a table."""
    metric = summary["metric"]
    lines = [f"{'arm':12} {metric:>12} {'95 % interval':>18} {'share: right':>13} {'declined rightly':>17} {'wrongly':>8} {'wrong':>6}"]
    for name, arm in summary["arms"].items():
        value = arm["metrics"].get(metric)
        if not value or value["mean"] is None:
            lines.append(f"{name:12} {'not measured':>12}")
            continue
        interval = "" if value["low"] is None else f"{value['low']:.3f} to {value['high']:.3f}"
        lines.append(f"{name:12} {value['mean']:>12.3f} {interval:>18} {_outcomes(arm)}")
    return "\n".join([*lines, *_answers(summary)])


def _outcomes(arm: dict[str, Any]) -> str:
    """Shares of all rows; declining is right where a row has no answer."""
    parts, declined = arm.get("answers") or {}, arm["outcomes"].get("abstained")
    without, rows = parts.get("unanswerable") or {}, sum(part["rows"] for part in parts.values())
    rightly = without["declined_rightly"] / rows if without and rows else 0.0
    wrongly = None if declined is None else max(0.0, declined - rightly)
    shares = (arm["outcomes"].get("correct"), 13), (rightly, 17), (wrongly, 8), (arm["outcomes"].get("fabricated"), 6)
    return " ".join(f"{_share(share):>{width}}" for share, width in shares)


def _answers(summary: dict[str, Any]) -> list[str]:
    """Where some rows have no answer: what became of both kinds of rows, by arm."""
    both = {name: arm["answers"] for name, arm in summary["arms"].items() if "unanswerable" in (arm.get("answers") or {})}
    if not both:
        return []
    head = f"{'arm':12} {'rows with an answer: right':>27} {'declined':>9} {'wrong':>6} {'without: declined':>18} {'wrong':>6}"
    lines = ["", head]
    for name, parts in both.items():
        known, other = parts["answerable"], parts["unanswerable"]
        told = f"{known['right']} of {known['rows']}"
        declined = f"{other['declined_rightly']} of {other['rows']}"
        lines.append(f"{name:12} {told:>27} {known['declined_wrongly']:>9} {known['wrong']:>6} {declined:>18} {other['wrong']:>6}")
    return lines


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def result_text(result: dict[str, Any]) -> str:
    return "\n".join([
        "", decision_text(result["decision"]), "", arms_text(result["summary"]), "",
        f"Report: {result['report']}", f"Run:    {result['run']}",
    ])  # fmt: skip


def audit_text(found: dict[str, Any]) -> str:
    """Findings, the most serious first, each with a remedy."""
    rows = found["rows"]
    lines = [f"{rows['train']} train, {rows['dev']} dev and {rows['test']} test rows; {rows['documents']} documents."]
    for finding in found["findings"]:
        lines += [f"{finding['severity']}: {finding['message']}", f"    {finding['remedy']}"]
        if finding["examples"]:
            lines.append(f"    For example: {'; '.join(plain(example, 200) for example in finding['examples'][:3])}")
    return "\n".join(lines if found["findings"] else [*lines, "No problems found."])


def comparison_text(found: dict[str, Any]) -> str:
    """Two runs beside each other."""
    lines = [f"{run['run']}: {run['sentence']}" for run in found["runs"]]
    lines += [f"{metric_name(found['metric'])}. {found['note']}"]
    lines += [f"{row['arm']:14} {_in_both(row)}" for row in found["arms"]]
    flips = {arm: rows for arm, rows in (found["flips"] or {}).items() if rows["mended"] or rows["broken"]}
    lines += ["Rows that flipped:"] if flips else []
    lines += [f"{arm:14} {len(rows['mended'])} mended, {len(rows['broken'])} broken" for arm, rows in flips.items()]
    lines += ["Set otherwise:"] if found["settings"] else ["Nothing was set otherwise."]
    lines += [f"  {one['setting']}: {one['one']} → {one['other']}" for one in found["settings"]]
    return "\n".join(lines)


def _in_both(row: dict[str, Any]) -> str:
    told = f"{measured(row['one'])} → {measured(row['other'])}"
    return told if row["difference"] is None else f"{told}; {difference(row['difference'])}"


def probe_text(found: Mapping[str, Any]) -> str:
    """What a probe found, and its notes."""
    if not found:
        return "Nothing to probe: this run has no trained arm."
    return "\n".join([found["sentence"], *(f"  {note}" for note in found["notes"])])
