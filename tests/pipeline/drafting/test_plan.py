"""What is drafted: in turn over documents and kinds, by the seed, and at most once."""

from __future__ import annotations

from collections import Counter

import numpy as np

from pipeline.drafting.plan import Material, Wanted, tasks
from pipeline.drafting.record import KINDS
from retrieval.chunk import Passage
from tests.pipeline.drafting.scripted import Words


def material(documents: int, each: int, seed: int = 1) -> Material:
    found = [
        Passage(f"d{d}:{p}", f"d{d}", 0, 1, f"Passage {p} of document {d} tells of things that matter to those who read it.")
        for d in range(documents) for p in range(each)
    ]  # fmt: skip
    return Material(found, np.array(Words().embed_documents([p.text for p in found]), dtype=np.float32), seed)


def test_documents_and_kinds_come_in_turn_and_nothing_comes_twice() -> None:
    found = tasks(material(6, 4), Wanted(seed=1), 70)
    by_document = Counter(task.passages[0].document for task in found)
    assert max(by_document.values()) - min(by_document.values()) <= 1
    kinds = Counter(task.kind for task in found)
    assert kinds["fact"] == 30
    assert all(kinds[kind] == 10 for kind in KINDS if kind != "fact")
    assert len({task.id for task in found}) == len(found) == 70
    assert [task.id for task in tasks(material(6, 4), Wanted(seed=1), 20)] == [task.id for task in found[:20]]
    assert [task.id for task in tasks(material(6, 4, 2), Wanted(seed=2), 20)] != [task.id for task in found[:20]]


def test_passages_run_out() -> None:
    found = tasks(material(2, 1), Wanted(kinds=("fact", "yes_no"), users=("a guest",)), 99)
    assert len({task.id for task in found}) == len(found) == 4


def test_one_passage_alone_allows_no_question_over_two() -> None:
    found = tasks(material(1, 1), Wanted(kinds=("linked", "fact")), 99)
    assert {task.kind for task in found} == {"fact"}
    assert tasks(material(1, 1), Wanted(kinds=("comparison",)), 99) == []


def test_documents_that_are_compared_stay_pairs() -> None:
    found = tasks(material(7, 2), Wanted(kinds=("comparison",), users=("a guest",)), 99)
    partners: dict[str, set[str]] = {}
    for task in found:
        one, other = (place.document for place in task.passages)
        partners.setdefault(one, set()).add(other)
    assert all(len(others) == 1 for others in partners.values())
