"""Evidence beyond the average: subsets that are nested, probes inside one tiny run, and what the report shows of them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import scores
from eval.explain.before_after import Shift, shift
from eval.explain.more_rows import Sized, Standing, more_rows
from eval.metrics.answer import containment
from eval.scores import Score
from pipeline.arms import ARMS
from pipeline.experiment.load import load
from pipeline.probes import change, perturb, robustness
from pipeline.probes.curve import subset
from pipeline.probes.facts import applied, edits_of
from pipeline.probes.forgetting import questions
from pipeline.records import Document, Example, read_lines, read_predictions
from pipeline.run_folder import record
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder, find
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Prompter
from tests.tiny_run import Bakeoff, write_tiny

PROBES = {"learning_curve": True, "forgetting": True, "robustness": True}
LABELS = {"lora": "Fine-tuned", "rag": "RAG", "hybrid": "Hybrid"}


@given(st.integers(1, 60), st.floats(0.01, 1), st.floats(0.01, 1), st.integers(0, 5))
def test_subsets_are_nested_and_of_the_size_asked(count: int, one: float, other: float, seed: int) -> None:
    rows = [Example(f"r{i}", "q", ("a",)) for i in range(count)]
    small, large = (subset(rows, share, seed) for share in sorted((one, other)))
    assert {row.id for row in small} <= {row.id for row in large}
    assert len(large) == max(1, int(np.ceil(max(one, other) * count)))
    assert subset(rows, 1.0, seed) == rows
    assert [row.id for row in subset(rows[::-1], one, seed)[::-1]] == [row.id for row in subset(rows, one, seed)]


def learnt(means: dict[str, dict[int, float]], fixed: dict[str, float], rows: int = 2000) -> tuple[list[Score], list[Sized]]:
    """Right or wrong on the same rows; what stands under an arm's own name is what it scores with all rows."""
    hard = np.random.default_rng(0).random(rows)
    names = {f"{arm}@{size}": mean for arm, curve in means.items() for size, mean in curve.items()}
    whole = {arm: curve[max(curve)] for arm, curve in means.items()} | fixed
    made = [Score(f"r{i}", "", name, 0, "correct", float(hard[i] < mean)) for name, mean in (names | whole).items() for i in range(rows)]
    return made, [Sized(arm, size / max(curve), size, f"{arm}@{size}") for arm, curve in means.items() for size in curve]


CURVE = {250: 0.42, 500: 0.52, 1000: 0.61}


@pytest.mark.parametrize(
    ("rag", "said"),
    [(0.64, "More training rows are likely to change the verdict."), (0.99, "are not likely to change the verdict."),
     (0.70, "these runs cannot tell.")],
)  # fmt: skip
def test_whether_more_rows_would_flip_the_verdict(rag: float, said: str) -> None:
    found, sizes = learnt({"lora": CURVE}, {"rag": rag})
    told = more_rows(scores.table(found), "correct", sizes, Standing("rag", ("rag", "lora"), True, LABELS))
    assert said in told["sentence"]
    assert "Fine-tuned would score about" in told["sentence"]
    assert [point["rows"] for point in told["points"]] == [250, 500, 1000]
    assert told["arms"]["lora"]["exponent"]["low"] < told["arms"]["lora"]["exponent"]["high"]


def test_a_leader_without_a_curve_of_its_own_leaves_it_open() -> None:
    found, sizes = learnt({"lora": CURVE}, {"lora_rag": 0.99})
    told = more_rows(scores.table(found), "correct", sizes, Standing("lora_rag", ("lora_rag", "lora"), True, LABELS))
    assert "these runs cannot tell" in told["sentence"]
    assert "lora_rag was not measured with fewer rows." in told["sentence"]


def test_a_leader_that_learns_as_fast_is_not_overtaken() -> None:
    faster = {size: mean + 0.2 for size, mean in CURVE.items()}
    found, sizes = learnt({"lora": CURVE, "hybrid": faster}, {})
    told = more_rows(scores.table(found), "correct", sizes, Standing("hybrid", ("hybrid", "lora"), True, LABELS))
    assert told["arms"]["hybrid"]["rival"] == "Fine-tuned"
    assert "are likely to change" not in told["sentence"]


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory, bakeoff: Bakeoff) -> RunFolder:
    """One finished run with probes: two arms, a few rows."""
    folder = tmp_path_factory.mktemp("probed")
    experiment = write_tiny(folder, arms=["rag", "lora"], probes=PROBES)
    smaller = [f"--set={key}" for key in ("data.split.test=4", "data.split.train=4", "retrieval.k=1", "retrieval.chunk_tokens=96")]
    done = bakeoff("run", experiment, "--out", folder / "runs", "--json", *smaller)
    assert done.code in (0, 3), done.err
    return find(folder / "runs", "tiny")


@pytest.mark.slow
def test_the_curve_has_a_point_a_share_and_ends_in_the_runs_own_score(probed: RunFolder) -> None:
    curve = probed.read_json("curve.json")
    assert curve is not None
    assert [(point["rows"], point["share"]) for point in curve["points"]] == [(1, 0.25), (2, 0.5), (4, 1.0)]
    summary = probed.read_json("summary.json") or {}
    assert curve["points"][-1]["mean"] == pytest.approx(summary["arms"]["lora"]["metrics"]["token_f1"]["mean"])
    assert curve["sentence"].startswith("Too few rows for a learning curve")  # four test rows bear no extrapolation
    assert curve["arms"] == {}
    trained = probed.read_json("curve/lora/share-050/adapter/trained.json") or {}
    assert trained["steps"] == 1  # two rows are one batch of two


@pytest.mark.slow
def test_general_questions_are_asked_before_and_after(probed: RunFolder) -> None:
    found = probed.read_json("forgetting.json") or {}
    assert found["questions"] == {"general": 40, "refuse": 20}
    assert [(one["what"], one["n"]) for one in found["trainings"]] == [
        ("general right", 40), ("refused, as it should", 20), ("refused without need", 40),
    ]  # fmt: skip
    right = found["trainings"][0]
    assert right["before"] >= 0.25, "a small model knows some of these: else nothing could be forgotten"
    assert right["difference"] == pytest.approx(right["after"] - right["before"])
    assert right["low"] <= right["difference"] <= right["high"]
    said = read_predictions(probed.path / "forgetting/base/seed-0.jsonl")
    assert len(said) == 60


def test_general_questions_have_answers_and_the_others_have_none() -> None:
    known, unknown = questions("general"), questions("refuse")
    assert all(row.references for row in known)
    assert not any(row.references for row in unknown)
    assert len({row.id for row in (*known, *unknown)}) == len({row.input for row in (*known, *unknown)}) == 60


def moved(after: list[float], before: list[float]) -> Shift:
    said = {"base": before, "lora": after}
    return shift(scores.table(Score(f"r{i}", "", arm, 0, "correct", v) for arm, vs in said.items() for i, v in enumerate(vs)), "correct",
                 "base", "lora")  # fmt: skip


def test_a_shift_has_the_sign_of_what_happened() -> None:
    worse = moved([0.0] * 20 + [1.0] * 10, [1.0] * 30)
    better = moved([1.0] * 30, [0.0] * 20 + [1.0] * 10)
    assert worse.difference == pytest.approx(-2 / 3)
    assert worse.shown
    assert worse.high is not None
    assert worse.high < 0
    assert (better.low, better.high) == pytest.approx((-(worse.high or 0), -(worse.low or 0)), abs=0.02)
    same = moved([1.0] * 15 + [0.0] * 15, [1.0] * 15 + [0.0] * 15)
    assert same.difference == 0
    assert not same.shown


TEXT = st.text("abcdefghij ABCXYZ éß 0123456789.,?!", max_size=80)


@given(TEXT, st.integers(0, 20))
def test_typos_change_words_and_nothing_else(text: str, seed: int) -> None:
    made = perturb.typos(text, random.Random(seed))
    assert made == perturb.typos(text, random.Random(seed))
    assert re.findall(r"[\d.,?!]", made) == re.findall(r"[\d.,?!]", text)
    assert len(made.split()) == len(text.split())
    same = perturb.typos(text, random.Random(seed), {word.lower() for word in perturb.WORD.findall(text)})
    assert same == text, "words of the answer are never mistyped"


def test_about_one_longer_word_in_seven_is_mistyped() -> None:
    text = " ".join(["warehouse"] * 2000)
    changed = sum(word != "warehouse" for word in perturb.typos(text, random.Random(0)).split())
    assert changed / 2000 == pytest.approx(perturb.TYPO_RATE, abs=0.03)
    assert perturb.typos("How tall is Ben?", random.Random(1)) not in ("How tall is Ben?", "")


@given(TEXT, st.integers(0, 20))
def test_other_numbers_are_other_and_of_the_same_length(text: str, seed: int) -> None:
    made = perturb.other_numbers(text, random.Random(seed))
    before, after = perturb.NUMBER.findall(text), perturb.NUMBER.findall(made)
    assert len(made) == len(text)
    assert all(one != other and len(one) == len(other) for one, other in zip(before, after, strict=True))
    assert len(set(zip(before, after, strict=True))) == len(set(before)), "a number is the same one wherever it stands"


def test_a_year_stays_a_year_and_words_stay() -> None:
    made = perturb.other_numbers("Founded in 1987, 2,500 staff, 27 days. In 1987!", random.Random(3))
    assert re.fullmatch(r"Founded in (198\d), \d,500 staff, 2\d days\. In \1!", made)
    asked = perturb.reworded("How many days off?", random.Random(0))
    assert "how many days off" in asked
    assert asked != "How many days off?"


@pytest.mark.slow
def test_each_arm_is_held_against_itself(probed: RunFolder) -> None:
    found = probed.read_json("robustness.json") or {}
    assert [(one["arm"], one["change"]) for one in found["arms"]] == [
        *(("rag", change) for change in robustness.CHANGES), ("lora", "typos"), ("lora", "reworded"),
    ]  # fmt: skip
    summary = probed.read_json("summary.json") or {}
    for one in found["arms"]:
        assert one["n"] == 4 or one["change"] == "conflict"
        if one["n"] == 4:
            assert one["before"] == pytest.approx(summary["arms"][one["arm"]]["metrics"]["token_f1"]["mean"])


@pytest.mark.slow
def test_distracting_and_conflicting_passages(probed: RunFolder) -> None:
    context = Context(probed, load(probed.path / "experiment.yaml"), Progress(probed))
    prompter, rows = Prompter(context), {row.id: row for row in context.test}
    k = context.experiment.retrieval.k
    distracted = robustness.RULES["distractors"](context, prompter, ARMS["rag"], context.test)
    for one in distracted:
        added = one.hits[: len(one.hits) - k]
        assert one.hits[len(added) :] == prompter.found(one.row)
        assert 1 <= len(added) <= robustness.DISTRACTORS
        assert not {hit.document for hit in added} & {*one.row.gold_passages, *(hit.document for hit in prompter.found(one.row))}
    contradicted = robustness.RULES["conflict"](context, prompter, ARMS["rag"], context.test)
    assert len(distracted) == len(rows)
    assert contradicted, "a question of this case is answered by a number"
    for one in contradicted:
        place = next(place for place, hit in enumerate(one.hits) if hit.passage.endswith(":contradicted"))
        assert not containment(prompter.text(one.hits[place].passage).text, one.row.references)
        assert any(hit.passage == one.hits[place].passage.removesuffix(":contradicted") for hit in one.hits[max(0, place - 1) : place + 2])


@pytest.mark.slow
def test_probes_never_mix_with_the_arms_own_answers(probed: RunFolder) -> None:
    assert probed.predicted() == [("lora", 0), ("rag", 0)]
    assert sorted(path.name for path in (probed.path / "adapters").iterdir()) == ["lora"]
    assert set(scores.read(probed.path / "scores.parquet")["arm"]) == {"rag", "lora"}


@pytest.mark.slow
def test_every_probe_stands_in_the_report(probed: RunFolder) -> None:
    report = probed.read_json("report/report.json") or {}
    assert set(report["probes"]) == set(PROBES)
    page = (probed.path / "report/report.html").read_text(encoding="utf-8")
    text = (probed.path / "report/report.md").read_text(encoding="utf-8")
    for title in ("With more training rows", "What training made it forget", "When the input or the passages change"):
        assert f"<h3>{title}</h3>" in page
        assert f"## {title}" in text


@pytest.mark.slow
def test_facts_change_in_copies_and_in_their_index(probed: RunFolder, bakeoff: Bakeoff) -> None:
    before = record.entries(probed)
    index, answers = ((probed.path / name).read_bytes() for name in ("index/passages.jsonl", "predictions/rag/seed-0.jsonl"))
    done = bakeoff("probe", "change", probed.id, "--out", probed.path.parent, "--json")
    assert done.code == 0, done.err
    found, edits = done.json(), list(read_lines(probed.path / change.EDITS))
    assert 1 <= found["facts"] == len(edits)
    assert found["rows"] >= 1
    new, old = ((probed.path / name / "passages.jsonl").read_text() for name in (change.INDEX, "index"))
    diff = (probed.path / change.DIFF).read_text().splitlines()
    for edit in edits:
        assert edit["new"] in new
        assert any(line.startswith("+") and edit["new"] in line for line in diff)
    assert new != old
    assert [(one["arm"], one["n"]) for one in found["arms"] if one["what"] == change.NEW] == [
        ("rag", found["rows"]),
        ("lora", found["rows"]),
    ]
    after = record.entries(probed)
    assert {name for name in after if after[name] != before.get(name)} == {"change documents", "change rag", "change", "report"}
    assert index == (probed.path / "index/passages.jsonl").read_bytes()
    assert answers == (probed.path / "predictions/rag/seed-0.jsonl").read_bytes()
    assert "## When facts change" in (probed.path / "report/report.md").read_text(encoding="utf-8")


def test_an_unknown_probe_is_refused(bakeoff: Bakeoff, tmp_path: Path) -> None:
    done = bakeoff("probe", "weather", "x", "--out", tmp_path)
    assert done.code == 2
    assert "available: learning_curve, forgetting, robustness, change" in done.err


LEAVE = Document("leave", "Anna Quill decides. 27 days in 2019; after 27 days of leave, 12 more. Ben Marr paid 27,5.", "Leave in 2019")


def test_a_fact_changes_wherever_it_stands_and_nothing_else_does() -> None:
    rows = [
        Example("a", "How many days?", ("27 days", "twenty-seven"), gold_passages=("leave",)),
        Example("b", "Who decides?", ("Anna Quill",), gold_passages=("leave",)),
        Example("c", "Who pays elsewhere?", ("Cleo Varn",), gold_passages=("other",)),
        Example("d", "What happened in 2019?", ("2019",), gold_passages=("leave",)),
    ]
    made = {edit.row: edit for edit in edits_of(rows, [LEAVE], 0)}
    assert set(made) == {"a", "b"}, "no document, or a value that the question itself holds"
    assert (made["a"].old, made["b"].old, made["b"].new) == ("27", "Anna Quill", "Cleo Varn")
    days = made["a"].new
    assert applied(LEAVE.text, list(made.values())) == (
        f"Cleo Varn decides. {days} days in 2019; after {days} days of leave, 12 more. Ben Marr paid 27,5."
    )
    assert applied("27 days", [made["a"]]) == f"{days} days"
