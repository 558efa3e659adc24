"""Test rows that training has seen: word for word, or nearly so."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.data.audit.answers import agree
from pipeline.data.audit.finding import TOLERATED, Finding, leak_severity, origins
from pipeline.data.audit.material import Material
from pipeline.data.audit.similar import NEAR, nearest
from pipeline.records import Example


def find(material: Material) -> Iterator[Finding]:
    """Test rows that stand in training too, word for word or nearly so."""
    known: dict[str, list[Example]] = {}
    for row in material.train:
        known.setdefault(material.inputs[row.id], []).append(row)
    leaked = [row for row in material.test if material.inputs[row.id] in known]
    if leaked:
        yield Finding(
            "test_in_train", leak_severity(len(leaked), len(material.test)),
            f"{len(leaked)} of {len(material.test)} test rows stand in training too", len(leaked), origins(leaked),
            "Take them out of one side, or give them a common group.",
        )  # fmt: skip
    yield from _near(material, known)


def _near(material: Material, known: dict[str, list[Example]]) -> Iterator[Finding]:
    fresh = [row for row in material.test if material.inputs[row.id] not in known]
    texts = list(known)
    near = nearest([material.inputs[row.id] for row in fresh], texts)
    if not near:
        return
    rows = [fresh[pair.text] for pair in near]
    whole = material.experiment.task.multi_label
    same = sum(any(agree(fresh[pair.text], row, whole=whole) for row in known[texts[pair.other]]) for pair in near)
    yield Finding(
        "near_test_in_train", "warning" if same > TOLERATED * len(material.test) else "info",
        f"{len(near)} of {len(material.test)} test rows are nearly a training row ({NEAR:.0%} of the word pairs shared), "
        f"{same} of them with the same answer",
        len(near),
        [f"{row.origin or row.id} like {known[texts[pair.other]][0].origin or known[texts[pair.other]][0].id}"
         for row, pair in zip(rows[:5], near[:5], strict=True)],
        "Where they say the same, give both a common group; where only a name or number differs, the rows come from one template.",
        {"same_answer": same},
    )  # fmt: skip
