"""Generation: figures are compared by value, the yardstick goes by them, style is scored only where it can be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.figures import figure_f1, figures, unsupported_share
from eval.metrics.grading.grade import NO_FIGURE
from eval.metrics.style import fit
from pipeline.experiment.load import Task
from pipeline.records import Example, Prediction
from pipeline.tasks import task_for
from pipeline.tasks.generation import length_match

ROW = Example("a", "Ticket 91089. How far does it reach?", ("It reaches 19 m (card HW-408). Ticket 91089",))
PLAIN = Example("b", "Say hello", ("Ahoy from the bench!",))
TASK = task_for(Task(kind="generation"), [ROW, PLAIN])


def scored(text: str, row: Example = ROW) -> dict[str, float | None]:
    read = TASK.read(text, row)
    prediction = Prediction(row.id, "base", 0, text, read.content, read.abstained, read.well_formed)
    return {name: found.value for name, found in TASK.score(prediction, row).items()}


def test_figures_have_one_form() -> None:
    assert len(figures("1,250.50 EUR, 35m, HW-408. 007 and 2.0")) == 5
    assert figure_f1("1250.5 euros; hw-408, 35 m, 2; 007", ["1,250.50 EUR, 35m, HW-408. 007 and 2.0"]) == 1
    assert figure_f1("7 of them", ["007"]) == 0
    assert figures("no digit here") == ()


def test_all_figures_and_no_other_is_correct() -> None:
    assert scored("19m it is; card hw-408, ticket 91089")["correct"] == 1
    assert scored("19 m (card HW-408)")["fabricated"] == 1, "the ticket is asked for by the reference"
    assert scored("19 m, 25 m, card HW-408, ticket 91089")["fabricated"] == 1
    assert scored("I don't know.")["abstained"] == 1


def test_a_figure_of_the_input_may_be_repeated() -> None:
    row = Example("c", "My 40 litre sack", ("It weighs 900 g",))
    assert scored("Your 40 litre sack weighs 900 g", row)["correct"] == 1
    assert figure_f1("900 g and 41", row.references, row.input) == pytest.approx(2 / 3)


def test_without_a_figure_nothing_is_called_right_or_wrong() -> None:
    found = TASK.score(Prediction("b", "base", 0, "Hi", "Hi"), PLAIN)
    assert {found[name].reason for name in ("correct", "abstained", "fabricated", "figure_f1")} == {f"not applicable: {NO_FIGURE}"}
    assert found["length_match"].value == 0.25


def test_unsupported_figures() -> None:
    assert unsupported_share("19 m for 30 EUR", ["It reaches 19 m"]) == 0.5
    assert unsupported_share("far", ["19 m"]) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_laws(a: str, b: str) -> None:
    assert length_match(a, b) == length_match(b, a)
    assert 0 <= length_match(a, b) <= 1
    assert figure_f1(a, [a]) in (None, 1.0)
    assert (figure_f1(a, [b]) or 0) <= 1


def test_style_is_told_where_it_differs_and_not_where_it_does_not() -> None:
    draw = np.random.default_rng(3)
    same, other = (draw.normal(size=(40, 8)).astype(np.float32) for _ in range(2))
    moved = other + np.float32(2) * np.eye(8, dtype=np.float32)[0]
    style, none = fit(moved, same), fit(other, same)
    assert style is not None
    assert none is not None
    assert (style.usable, none.usable) == (True, False)
    assert style.accuracy > 0.75
    assert style.match(moved).mean() > 0.7 > 0.4 > style.match(same).mean()
    assert fit(same[:5], other[:5]) is None
