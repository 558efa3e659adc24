"""What became of answers, counted by hand."""

from __future__ import annotations

from eval.explain.outcomes import outcomes
from eval.scores import Score, table


def score(row: str, right: float | None, abstained: float, metric: str = "right") -> list[Score]:
    return [
        Score(row, "", "rag", 0, metric, right, "" if right is not None else "nobody graded it"),
        Score(row, "", "rag", 0, "abstained", abstained),
    ]


def test_every_answer_lands_in_one_place_and_both_kinds_of_rows_stand_apart() -> None:
    rows = [*score("a", 1, 0), *score("b", 0, 0), *score("c", 0, 1), *score("d", 1, 1), *score("e", 0, 0), *score("f", None, 0)]
    found = outcomes(table(rows), "rag", ["d", "e"])
    assert found == {
        "all": {"rows": 5, "right": 1, "declined_rightly": 1, "declined_wrongly": 1, "wrong": 2},
        "answerable": {"rows": 3, "right": 1, "declined_rightly": 0, "declined_wrongly": 1, "wrong": 1},
        "unanswerable": {"rows": 2, "right": 0, "declined_rightly": 1, "declined_wrongly": 0, "wrong": 1},
    }


def test_one_kind_of_rows_stands_alone_and_without_right_answers_there_is_nothing() -> None:
    assert set(outcomes(table(score("a", 1, 0, "correct")), "rag", []) or {}) == {"all"}
    assert outcomes(table([Score("a", "", "rag", 0, "chrf", 0.5)]), "rag", []) is None
