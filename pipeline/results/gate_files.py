"""What the gate found, as a sentence, as Markdown for a pull request and as JUnit XML for a build server. Text of users stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from eval.statistics.power import RequiredRows
    from eval.verdict.gate import Compared
    from pipeline.results.gate import Held

HEADS = {"not_worse": "Not worse", "worse": "Worse", "open": "Cannot be shown with these rows"}
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def sentence(held: Held) -> str:
    """The outcome and its figures in a few sentences."""
    from eval.numerals import p_value

    gate, margin = held.gate, _points(held.terms.margin)
    said = f"{held.new.arm} of {held.new.name} against {held.old.arm} of {held.old.name}: {_difference(gate.all_rows)}."
    if gate.outcome == "not_worse":
        return f"{said} It is shown not to be worse by more than {margin} points of {held.terms.metric} (p {p_value(gate.p_not_worse)})."
    if gate.outcome == "worse":
        where = [one.name or "all rows" for one in (gate.all_rows, *gate.slices) if one.worse]
        return f"{said} It is shown to be worse on {', '.join(where)}."
    why = ""
    if gate.p_not_worse <= held.terms.alpha:
        why = f" {gate.missing} of its scores are missing, and were they all as bad as can be it would not be shown."
    return (
        f"{said} That it is not worse by more than {margin} points is not shown (p {p_value(gate.p_not_worse)}).{why} {_rows_needed(held)}"
    )


def _rows_needed(held: Held) -> str:
    gate, told = held.gate, []
    for needed, case in ((gate.rows_if_equal, "if the two are equally good"), (gate.rows_as_seen, "if the difference is what it is here")):
        if needed is not None:
            told.append(f"about {_rounded(needed)} rows {case}")
    return f"With 80 % chance it takes {' and '.join(told)}." if told else "No number of rows is likely to show it."


def _rounded(needed: RequiredRows) -> str:
    from eval.numerals import rounded_rows

    return rounded_rows(needed.rows)


def _points(value: float | None) -> str:
    from eval.numerals import points

    return "not measured" if value is None else points(value, whole=True)


def _difference(one: Compared) -> str:
    from eval.numerals import interval, points, signed

    apart = signed(points(one.difference, whole=True))
    between = f", 95 % CI {interval(one.low, one.high, whole=True)}" if one.low is not None and one.high is not None else ""
    return f"{_points(one.means[1])} against {_points(one.means[0])} ({apart}{between}, n = {one.n})"


def markdown(held: Held) -> str:
    """A heading, the sentence, a table of all rows and slices, and the rows that fell."""
    from eval.report.markdown import escape

    gate = held.gate
    lines = [
        f"### {HEADS[gate.outcome]}",
        "",
        escape(sentence(held)),
        "",
        f"| | baseline | new | {escape(held.terms.metric)} apart | rows | |",
    ]
    lines += ["|---|---:|---:|---:|---:|---|"]
    for one in (gate.all_rows, *gate.slices):
        cells = [one.name or "all rows", *(_points(mean) for mean in one.means), _points(one.difference), str(one.n)]
        lines.append(f"| {' | '.join(map(escape, cells))} | {'**worse**' if one.worse else ''} |")
    if held.left_out:
        lines += ["", escape(f"{held.left_out} rows are left out: the baseline does not have them, or asks them otherwise.")]
    if held.broken:
        lines += ["", "Rows that fell most:", "", *(f"- {escape(row)}" for row in held.broken)]
    return "\n".join(lines) + "\n"


def junit(held: Held) -> bytes:
    """One test case for all rows and one a slice. Worse is a failure; what cannot be shown is an error, so that no build is green by it."""
    cases = list(_cases(held))
    failures, errors = (sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error"))
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "bakeoff gate", **counts})
    suite.extend(cases)
    ElementTree.indent(suites)
    return bytes(ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _cases(held: Held) -> Iterator[ElementTree.Element]:
    for one in (held.gate.all_rows, *held.gate.slices):
        case = ElementTree.Element("testcase", {"classname": _xml(f"bakeoff.{held.terms.metric}"), "name": _xml(one.name or "all rows")})
        over_all = not one.name
        kind = "failure" if one.worse else "error" if over_all and held.gate.outcome == "open" else None
        if over_all and held.gate.outcome == "not_worse":
            kind = None
        if kind:
            told = sentence(held) if over_all else f"worse: {_difference(one)}"
            ElementTree.SubElement(case, kind, {"message": _xml(told), "type": held.gate.outcome})
        yield case


def _xml(text: str) -> str:
    return NO_XML.sub("\ufffd", text)
