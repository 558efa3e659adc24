"""A system that was shown the test rows is found out: in what it retrieved, or in the examples of its prompt."""

from __future__ import annotations

from pipeline.data.audit.systems import in_contexts, in_few_shots
from pipeline.records import Example

TEST = [Example(f"r{n}", f"How many days of leave does team number {n} have?", (f"{n} days",)) for n in range(10)]


def test_a_context_that_holds_question_and_answer_blocks_and_the_question_alone_is_told() -> None:
    leaked = [("r1", f"FAQ. {TEST[1].input} They have 1 days."), ("r1", "Leave is granted by the head of the team.")]
    (found,) = in_contexts("mine", TEST, leaked)
    assert (found.code, found.severity, found.count) == ("test_in_contexts", "blocks", 1)
    assert found.examples == ["r1 in what mine retrieved for r1"]
    (found,) = in_contexts("mine", TEST, [("r2", f"Asked often: {TEST[2].input}")])
    assert (found.code, found.severity) == ("test_input_in_contexts", "info")
    assert not list(in_contexts("mine", TEST, [("r2", "Leave is granted by the head of the team.")]))


def test_a_test_row_among_declared_few_shots_is_found() -> None:
    (found,) = in_few_shots("mine", TEST, f"Q: who?\nA: me\nQ: {TEST[3].input}\nA: 3 days\n", "shots.txt")
    assert (found.code, found.count, found.examples) == ("test_in_few_shots", 1, ["r3"])
    assert not list(in_few_shots("mine", TEST, "Q: who?\nA: me", "shots.txt"))
