"""The report's evidence: certainty words, findings and slices counted by hand, charts in words, nothing fetched, and its order."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from eval.decision import Rules
from eval.explain.certainty import Basis, certainty
from eval.explain.findings import findings
from eval.explain.slices import by_slice
from eval.explain.two_runs import two_runs
from eval.metrics.diagnosis import KINDS
from eval.metrics.fabrication import COLUMNS
from eval.report import cells, charts, html
from eval.report.advice import main_caveat
from eval.report.figures import FIGURES, Figure
from eval.report.looks import LOOKS, looks
from eval.report.outline import outline
from tests.eval.verdict.situations import Situation, pair
from tests.tiny_run import TinyRun

SOLID = Basis(0.04, 0.12, 0.03, units=400, one_training=False, coverage=1.0, shown=True)


@pytest.mark.parametrize(
    ("change", "word", "why"),
    [
        ({}, "high", ()),
        ({"low": -0.02, "high": 0.02}, "high", ()),  # within the margin: precise, though it holds zero
        ({"low": -0.02}, "moderate", ("the interval holds zero",)),
        ({"low": -0.05}, "low", ("the interval reaches from clearly worse to clearly better",)),
        ({"shown": False}, "moderate", ("the test does not confirm it after Holm's correction",)),
        ({"units": 16}, "moderate", ("16 independent groups of rows only",)),
        ({"one_training": True, "coverage": 0.9}, "low", ("one training run only", "scores for 90 % of the rows only")),
        ({"low": None, "units": 1, "blocked": True}, "very low", None),
        ({"units": 0}, "not rated", ("no row was measured for both",)),
    ],
)
def test_certainty_loses_a_step_for_each_weakness(change: dict[str, Any], word: str, why: tuple[str, ...] | None) -> None:
    found = certainty(Basis(**{**SOLID.__dict__, **change}))
    assert found.word == word
    assert why is None or found.because == why


def situation() -> Situation:
    """200 rows: rag right on 120, base on 80; base says nothing on 40 of its wrong ones."""
    rows = pair(60, 60, 20, 60)
    made_up = {
        "rag": [1.0 - right for right in rows["rag"]],
        "base": [0.0 if right or i >= 160 else 1.0 for i, right in enumerate(rows["base"])],
    }
    return Situation("findings", rows, {}, more={"fabricated": made_up})


def test_findings_are_of_100_answers_and_the_decisions_own() -> None:
    case = situation()
    decision = case.decide()
    found = findings(case.frame(), decision, Rules(metric="accuracy"))
    assert [(f["outcome"], f["arm"], f["other"], f["per"]) for f in found] == [
        ("accuracy", "rag", "base", 100),
        ("fabricated", "rag", "base", 100),
    ]
    first, second = found
    assert (first["arm_value"], first["other_value"]) == pytest.approx((60, 40))
    compared = decision.comparisons[0]
    assert (first["difference"], first["low"], first["high"], first["n"]) == pytest.approx(
        (100 * (compared.difference or 0), 100 * (compared.low or 0), 100 * (compared.high or 0), 200)
    )
    assert first["certainty"] == "high"
    assert second["difference"] == pytest.approx(second["arm_value"] - second["other_value"])
    assert second["low"] < second["difference"] < second["high"]


def test_the_main_caveat_is_an_outcome_that_speaks_against_the_leader() -> None:
    decision = {"blocks": [], "caveats": ["one seed"], "not_tested": [], "metric": "token_f1"}
    found = {
        "decides": False,
        "outcome": "correct",
        "arm": "hybrid",
        "other": "classic",
        "difference": -19.4,
        "low": -30.5,
        "high": -6.2,
        "n": 98,
    }
    assert main_caveat(decision, [found]) == (
        "hybrid leads by Token F1 and has fewer correct answers than classic: −19.4 of 100 (−30.5 to −6.2; n = 98)."
    )
    assert main_caveat(decision, [{**found, "high": 1.0}]) == "one seed"
    assert main_caveat({**decision, "blocks": ["a leak"]}, [found]) == "a leak"


def test_slices_have_intervals_and_few_rows_are_marked() -> None:
    frame = situation().frame()
    slices = {f"r{i}": {"desk": "large" if i < 180 else "small", "one": "same"} for i in range(200)}
    found = by_slice(frame, "accuracy", slices, 0.95, ("rag", "base"))
    assert [(one["slice"], one["value"], one["rows"], one["few"]) for one in found] == [
        ("desk", "large", 180, False),
        ("desk", "small", 20, True),
    ]
    large = found[0]
    assert large["arms"]["rag"]["mean"] == pytest.approx(120 / 180)
    assert large["difference"]["difference"] == pytest.approx(40 / 180)
    assert large["difference"]["low"] < 40 / 180 < large["difference"]["high"]


def test_two_runs_differ_by_row_and_only_on_the_same_rows() -> None:
    one, other = situation().frame(), situation().frame()
    at = (other["arm"] == "base") & other["row"].isin([f"r{i}" for i in range(60, 120)]) & (other["metric"] == "accuracy")
    other.loc[at, "value"] = 1.0
    found = {row["arm"]: row for row in two_runs(one, other, "accuracy", comparable=True)}
    assert found["rag"]["difference"]["difference"] == 0
    assert found["base"]["difference"]["difference"] == pytest.approx(0.3)
    assert 0 < found["base"]["difference"]["low"] < 0.3 < found["base"]["difference"]["high"] < 1
    assert found["base"]["other"]["mean"] == pytest.approx(0.7)
    assert all(row["difference"] is None for row in two_runs(one, other, "accuracy", comparable=False))


def test_every_table_of_arms_keeps_the_order_of_the_candidates() -> None:
    means, parts = {"base": 0.2, "oracle": 0.9, "rag": 0.4, "lora": 0.3}, dict.fromkeys(("mean", "low", "high"), 0.1)
    arms = {
        arm: {"label": arm, "diagnostic": arm == "oracle", "metrics": {"right": {"mean": mean}, COLUMNS[0]: {**parts, "n": 10}},
              "went_wrong": {"shares": dict.fromkeys(KINDS, 0.1), "n": 10}} for arm, mean in means.items()
    }  # fmt: skip
    report = {"metric": "right", "arms": arms, "decision": {"arm": None, "leaders": ["rag", "lora"]}}
    for rows in (cells.fabrications(report), cells.went_wrong(report)):
        assert [row[0] for row in rows] == ["rag", "lora", "base", "oracle"]


def test_every_arm_has_a_look_of_its_own() -> None:
    arms = [*LOOKS, "big_rag", "big_base", "small_rag", "small_few_shot"]
    looked = looks(arms)
    assert len(set(looked.values())) == len(arms)
    assert looked["big_rag"].colour == LOOKS["rag"].colour
    assert looked["big_rag"].shape == looked["big_base"].shape != looked["small_rag"].shape


def stored(tiny_run: TinyRun) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((tiny_run.run.path / "report/report.json").read_text())
    return report


def full(report: dict[str, Any]) -> dict[str, Any]:
    """The same report with what a run of this size lacks: slices and a learning curve."""
    value = {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 50}
    pair_ = {"a": "rag", "b": "base", "difference": 0.25, "low": 0.125, "high": 0.375, "n": 50}
    slices = [
        {"slice": "desk", "value": name, "rows": rows, "few": rows < 30, "arms": {"rag": value, "base": value}, "difference": pair_}
        for name, rows in (("one", 50), ("two", 12))
    ]
    points = [{"arm": "lora", "share": rows / 100, "rows": rows, **value} for rows in (25, 50, 100)]
    ahead = [{"rows": rows, "mean": 0.55, "low": 0.4, "high": 0.7} for rows in (200, 400)]
    curve = {"schema": 1, "metric": report["metric"], "seed": 0, "points": points, "arms": {"lora": {"predicted": ahead}},
             "sentence": "Cannot tell.", "notes": []}  # fmt: skip
    return {**report, "slices": slices, "probes": {"learning_curve": curve}}


@pytest.mark.parametrize("name", FIGURES)
def test_each_chart_is_drawn_and_told_in_words(tiny_run: TinyRun, name: str) -> None:
    report = full(stored(tiny_run))
    drawn = FIGURES[name](report)
    assert isinstance(drawn, Figure)
    assert charts.svg(drawn.chart).startswith("<svg")
    assert len(drawn.alt) > 40
    if name in ("slices", "learning_curve"):
        assert re.search(r"\d to \S*\d", drawn.alt), "the interval stands in the words too"
    spec = json.dumps(drawn.chart.to_dict())
    if name == "trade_off":
        gate = {row["arm"]: row["passes"] for row in next(iter(drawn.chart.to_dict()["datasets"].values()))}
        assert {arm for arm, passes in gate.items() if passes} == set(report["decision"]["leaders"]) & set(gate)
        assert "oracle" not in gate
    if name == "learning_curve":
        assert '"area"' in spec


def test_the_page_asks_for_nothing_and_every_picture_speaks(tiny_run: TinyRun) -> None:
    page = html.render(full(stored(tiny_run)))
    assert not re.search(r"<(script|link|iframe|object|embed|base|form|img)\b", page, re.IGNORECASE)
    assert not re.search(r"\b(src|srcset|action|poster)\s*=", re.sub(r">[^<]*<", "><", page))
    assert all(
        target.startswith("#") for target in re.findall(r"""(?:href|url)\s*[=(]\s*["']?([^"')\s>]*)""", re.sub(r">[^<]*<", "><", page))
    )
    assert "default-src 'none'" in page
    told = re.findall(r'<div class="chart" tabindex="0" role="img" aria-label="([^"]*)">', page)
    assert len(told) == page.count("<svg ") == len(FIGURES)
    assert all(len(words) > 40 for words in told)


def test_page_one_comes_first_and_in_its_order(tiny_run: TinyRun) -> None:
    blocks = outline(stored(tiny_run))
    place = next(i for i, block in enumerate(blocks) if block.kind == "part")
    one, rest = blocks[:place], blocks[place:]
    decision = stored(tiny_run)["decision"]
    assert [block.kind for block in one[:4]] == ["badges", "heading", "text", "text"]
    assert [block.text for block in one[1:4]] == [decision["approach"]["heading"], decision["approach"]["counts"], decision["sentence"]]
    kinds = [block.kind for block in one]
    assert kinds.index("caveat") < kinds.index("figure") < kinds.index("table")
    assert kinds.count("figure") == kinds.count("table") == 1
    assert len(next(block for block in one if block.kind == "table").rows[0]) == 5
    today = ["Today"] if stored(tiny_run)["decision"]["today"] else []
    assert [block.text for block in one if block.level == 2] == [*today, "Next step", "Limits"]
    assert kinds.count("item") <= 3
    assert all(fact in one[-1].text for fact in (tiny_run.run.id, stored(tiny_run)["manifest"]["data"], "started 20"))
    titles = [block.text for block in rest if block.level == 3]
    assert titles[0].startswith("Findings")
    assert titles[1] == "Question and rules fixed beforehand"
    assert titles[-1] == "How to repeat it"
    order = ["Data, split and audit", "Candidates and settings", "Metrics", "Held against people", "Paired results, adjustment and power",
             "What became of 100 answers", "Slices", "Cost and latency", "Failures, against the leading arm too",
             "Sensitivity: seeds and probes",
             "Exclusions and missing scores", "Limits and intended use"]  # fmt: skip
    assert [title for title in titles if title in order] == order
