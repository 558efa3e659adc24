"""Laws of every metric: bounds, a perfect answer is 1, the order of references is irrelevant, symmetry where it holds.

Values worked by hand are tested elsewhere: here in test_answer, test_ranking, test_grounding and test_fabrication; in tests/eval/judge
(test_offline, test_asking, test_preference) and tests/pipeline/tasks. A metric that is in no list here fails the last test.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.judge.grounded import grounded, unsupported_claims
from eval.judge.metrics import METRICS as JUDGED
from eval.judge.offline import AnswerRow, offline_scores
from eval.judge.panel import judge
from eval.metrics import answer, ranking
from eval.metrics.fabrication import COLUMNS
from eval.metrics.figures import figure_f1, unsupported_share
from eval.metrics.hallucination import OUTCOMES
from eval.metrics.label_sets import label_f1
from eval.names import METRIC_NAMES
from pipeline.arms import table
from pipeline.experiment.load import Experiment, Task
from pipeline.records import Example, Hit, Prediction
from pipeline.stages.evaluation.score import cites_gold
from pipeline.tasks import task_for
from pipeline.tasks.base import TaskKind
from tests.eval.judge.judging import ROW, TOOLS, Server, letters

WORD = st.sampled_from(["red", "blue", "Paris", "the", "a", "19", "1,250.50", "HW-408", "no", "東京", "été", "don't", "know"])
TEXT = st.lists(WORD, max_size=6).map(" ".join)
SAID = st.lists(WORD, min_size=1, max_size=6).map(" ".join).filter(lambda text: answer.normalise(text) not in ("", "a", "the", "a the"))
VALUE = (
    st.none()
    | st.booleans()
    | st.integers(-3, 1300)
    | st.sampled_from(["", "1,5", "12.50", "Ada", "2025-07-09"])
    | st.lists(WORD, max_size=2)
)
RECORD = st.dictionaries(st.sampled_from(["name", "total", "tags"]), VALUE, max_size=3).map(json.dumps)
LABELS = st.lists(st.sampled_from(["red", "dark red", "blue"]), unique=True, min_size=1, max_size=3)
SHORT = settings(max_examples=40)


def task(kind: str, **more: Any) -> TaskKind:
    train = [Example(str(n), "x", (label,)) for n, label in enumerate(("red", "dark red", "blue"))]
    return task_for(Task(kind=kind, **more), train)  # type: ignore[arg-type]


def scored(kind: TaskKind, text: str, references: Sequence[str], asked: str = "What?") -> dict[str, float | None]:
    row = Example("r", asked, tuple(references))
    read = kind.read(text, row)
    said = Prediction("r", "rag", 0, text, read.content, read.abstained, read.well_formed)
    return {name: measured.value for name, measured in kind.score(said, row).items()}


KINDS: dict[str, tuple[TaskKind, st.SearchStrategy[str]]] = {
    "question_answering": (task("question_answering"), TEXT),
    "classification": (task("classification"), st.sampled_from(["red", "dark red", "blue"])),
    "generation": (task("generation"), TEXT),
    "extraction": (task("extraction", schema={"type": "object", "properties": {"name": {}, "total": {}, "tags": {}}}), RECORD),
}
SEVERAL = task("classification", multi_label=True)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@SHORT
def test_a_tasks_metrics_are_bounded_and_do_not_care_for_the_order_of_references(kind: str, data: st.DataObject) -> None:
    one, texts = KINDS[kind]
    references = data.draw(st.lists(texts, min_size=1, max_size=3))
    text = data.draw(texts | TEXT)
    values = scored(one, text, references)
    assert set(values) == set(one.metrics)
    assert all(value is None or 0.0 <= value <= 1.0 for value in values.values())
    assert scored(one, text, references[::-1]) == values
    assert sum(values[name] or 0.0 for name in OUTCOMES) in (0.0, 1.0)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@SHORT
def test_a_perfect_answer_has_one_everywhere(kind: str, data: st.DataObject) -> None:
    one, texts = KINDS[kind]
    said = data.draw(SAID if texts is TEXT else texts)
    values = scored(one, said, [data.draw(texts), said])
    wrong = {"abstained", "fabricated"}
    if "know" in said or (kind == "generation" and values["figure_f1"] is None):
        return  # it may be taken for an abstention; without a figure nothing is called right or wrong
    assert {name: value for name, value in values.items() if value != 1.0 and name not in wrong} == {}
    assert {values[name] for name in wrong} == {0.0}


@given(LABELS, LABELS)
@SHORT
def test_several_labels(said: list[str], true: list[str]) -> None:
    values = scored(SEVERAL, "; ".join(said), true)
    assert values["label_f1"] == label_f1(said, true) == label_f1(true, said[::-1])
    assert values["exact_labels"] == float(values["label_f1"] == 1.0) == float(set(said) == set(true))
    assert scored(SEVERAL, "; ".join(said), true[::-1]) == values


def test_label_f1_by_hand() -> None:
    assert label_f1(["red", "blue"], ["red"]) == pytest.approx(2 / 3)
    assert (label_f1([], []), label_f1(["red"], []), label_f1([], ["red"])) == (1.0, 0.0, 0.0)


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=12)


@given(ROWS, st.randoms())
@SHORT
def test_macro_f1(rows: list[tuple[str, str]], chance: Any) -> None:
    said, true = zip(*rows, strict=True)
    value = answer.macro_f1(said, true)
    mixed = sorted(rows, key=lambda _: chance.random())
    assert 0.0 <= value <= 1.0
    assert answer.macro_f1(true, true) == 1.0
    assert answer.macro_f1(*zip(*mixed, strict=True)) == pytest.approx(value)
    assert (value == 1.0) == (said == true)


@given(TEXT, st.lists(TEXT, min_size=1, max_size=3))
@SHORT
def test_figures(text: str, sources: list[str]) -> None:
    found, share = figure_f1(text, sources), unsupported_share(text, sources)
    assert found is None or 0.0 <= found <= 1.0
    assert figure_f1(text, sources[::-1]) == found
    assert figure_f1(text, [*sources, text]) in (None, 1.0)
    assert share is None or 0.0 <= share <= 1.0
    assert unsupported_share(text, sources[::-1]) == share
    assert unsupported_share(text, [*sources, text]) in (None, 0.0)


IDS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True)


@given(IDS, IDS, st.integers(1, 7))
@SHORT
def test_ranking(ranked: list[str], gold: list[str], k: int) -> None:
    for measure in (lambda r, g: ranking.recall_at(k, r, g), ranking.mrr, lambda r, g: ranking.ndcg_at(k, r, g)):
        assert 0.0 <= measure(ranked, gold) <= 1.0
        assert measure(ranked, gold[::-1]) == measure(ranked, gold)
    assert ranking.mrr(gold, gold) == ranking.ndcg_at(k, gold, gold) == 1.0
    assert ranking.recall_at(len(gold), gold, gold) == 1.0


OFFLINE = ("string_similarity", "chrf", "rouge_l", "semantic_similarity", "context_precision", "context_recall")
SYMMETRIC = ("string_similarity", "rouge_l", "semantic_similarity")
PASSAGES = st.lists(SAID, min_size=1, max_size=3)


def made(text: str, references: Sequence[str], contexts: Sequence[str] = (), gold: Sequence[str] = ()) -> AnswerRow:
    return AnswerRow("r", "rag", 0, "g", "What?", text, tuple(references), tuple(contexts), tuple(gold), False, True)


def offline(*rows: AnswerRow) -> list[dict[str, float]]:
    """The values of each, in one go: ragas' metrics are slow to make."""
    found = offline_scores(rows, letters, OFFLINE)
    parts = [found[place : place + len(OFFLINE)] for place in range(0, len(found), len(OFFLINE))]
    return [{value.metric: value.value for value in part if value.value is not None} for part in parts]


@given(SAID, st.lists(SAID, min_size=1, max_size=2), PASSAGES, PASSAGES)
@settings(max_examples=8)
def test_ragas_metrics_without_a_judge(text: str, references: list[str], contexts: list[str], gold: list[str]) -> None:
    perfect = made(text, ["nothing alike", text], gold, gold)
    values, turned, one, other, best = offline(
        made(text, references, contexts, gold), made(text, references[::-1], contexts, gold[::-1]), made(text, references[:1]),
        made(references[0], [text]), perfect,
    )  # fmt: skip
    assert set(values) == set(OFFLINE)
    assert all(-1e-6 <= value <= 1.0 + 1e-6 for value in values.values())
    assert turned == pytest.approx(values, abs=1e-6)
    assert {name: one[name] for name in SYMMETRIC} == pytest.approx({name: other[name] for name in SYMMETRIC}, abs=1e-6)
    # ragas' ROUGE reads ASCII alone, so that an answer in another script is not even like itself.
    blind = {"rouge_l"} if not text.isascii() else set()
    assert {name: best[name] for name in OFFLINE if name not in blind} == pytest.approx(
        dict.fromkeys([name for name in OFFLINE if name not in blind], 1.0), abs=1e-5
    )


CLAIMS = st.lists(
    st.sampled_from(["The bridge opened in 1932.", "Bicycles are not allowed.", "Its towers are granite."]), min_size=1, unique=True
)


@given(CLAIMS, CLAIMS)
@settings(max_examples=20)
def test_support_is_a_share_that_no_order_changes(said: list[str], evidence: list[str]) -> None:
    row = made(" ".join(said), evidence, evidence, evidence)
    for measure in (grounded, unsupported_claims):
        (value,), (turned,) = measure([row], letters), measure([replace(row, references=tuple(evidence[::-1]))], letters)
        assert value.value is not None
        assert 0.0 <= value.value <= 1.0
        assert turned.value == pytest.approx(value.value)
    if set(said) <= set(evidence):
        assert unsupported_claims([row], letters)[0].value == 0.0


def test_unsupported_claims_by_hand() -> None:
    evidence = ["The bridge opened in 1932. Bicycles are not allowed."]
    row = made("The bridge opened in 1932. Elephants built seventeen purple castles.", evidence)
    assert unsupported_claims([row], letters)[0].value == 0.5
    without = [{"failure": "refused"}, {"references": ()}, {"abstained": True}, {"answer": " "}, {"answer": "?"}]
    reasons = [unsupported_claims([replace(row, **change)], letters)[0].reason for change in without]  # type: ignore[arg-type]
    assert all(reasons)
    assert [reason.startswith("not applicable") for reason in reasons] == [False, True, True, True, False]


PERFECT = replace(
    ROW, question="The leave is 30 days.", answer="The leave is 30 days.", contexts=("At Corvid The leave is 30 days.",),
)  # fmt: skip


def test_a_perfect_answer_is_one_for_every_metric_of_an_honest_judge(server: Server, tmp_path: Path) -> None:
    names = tuple(JUDGED)
    rows = [replace(PERFECT, arm="base", answer="It is blue."), PERFECT]
    given_settings = server.settings(metrics=names, rubric="Says what is asked.")
    found = {v.metric: v.value for v in judge(rows, given_settings, tmp_path / "v.sqlite", tools=TOOLS).values if v.arm == "rag"}
    zero = dict.fromkeys(("judge_abstained", "judge_fabricated"), 0.0)
    assert found == pytest.approx({name: 1.0 for metric in JUDGED.values() for name in metric.columns} | zero, abs=1e-4)


def test_a_judges_values_are_bounded_and_references_have_no_order(server: Server, tmp_path: Path) -> None:
    references = ("The leave is 30 days.", "It is a month. It is paid.")
    rows = [replace(ROW, row=str(n), arm=arm, answer=said, references=order) for n, order in enumerate((references, references[::-1]))
            for arm, said in (("base", "Forty. The leave is long."), ("rag", ROW.answer))]  # fmt: skip
    found = judge(rows, server.settings(metrics=tuple(JUDGED), rubric="Right?"), tmp_path / "v.sqlite", tools=TOOLS).values
    by_row = [[(v.arm, v.metric, v.value, v.reason) for v in found if v.row == row] for row in ("0", "1")]
    assert by_row[0] == by_row[1]
    assert all(value is None or 0.0 <= value <= 1.0 for _, _, value, _ in by_row[0])


@pytest.mark.parametrize(
    ("cited", "abstained", "value"), [((2,), False, 1.0), ((1, 2), False, 1.0), ((1,), False, 0.0), ((), False, 0.0), ((2,), True, None)]
)
def test_cites_gold_by_hand(cited: tuple[int, ...], abstained: bool, value: float | None) -> None:
    hits = (Hit("p1", "d1", 0.9, gold=False), Hit("p2", "d2", 0.8, gold=True))
    said = Prediction("r", "rag", 0, "Ada", "Ada", abstained=abstained, passages=hits, cited=cited)
    row = Example("r", "Who?", ("Ada",), gold_passages=("d2",))
    arm = table(Experiment(name="x", task=Task(kind="question_answering"), data={"examples": "x"}))["rag"]  # type: ignore[arg-type]
    assert cites_gold(arm, row, said)[0] == value
    for without in (cites_gold(arm, replace(row, gold_passages=()), said), cites_gold(replace(arm, passages="none"), row, said)):
        assert without[0] is None
        assert without[1].startswith("not applicable")


def test_every_metric_is_in_a_list_here() -> None:
    of_tasks = {name for kind, _ in KINDS.values() for name in kind.metrics} | set(SEVERAL.metrics)
    judged = {name for metric in JUDGED.values() for name in metric.columns}
    ranked, supported = {"mrr", "recall_at_k", "ndcg_at_k"}, {"grounded", "unsupported_claims", "unsupported_figures"}
    elsewhere = {"cites_gold", "style_match"}  # worked by hand above and in tests/pipeline/tasks/test_generation; they look at no reference
    known = of_tasks | judged | ranked | supported | elsewhere | set(OFFLINE) | set(COLUMNS) | {"macro_f1"}
    assert set(METRIC_NAMES) <= known
    assert all(name in known for kind, _ in KINDS.values() for name in kind.offline_metrics)
