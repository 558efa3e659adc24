"""Rows that a model drafted from documents: which of them people accepted, and whether the model that drafted them is compared too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.judge.people.correction import shared_base
from pipeline.arms import built
from pipeline.data.audit.finding import Finding, origins
from pipeline.data.audit.material import Material
from pipeline.data.split import VOUCHED, unreviewed
from pipeline.records import Example

EASIER = "it may find its own questions easier than others would"
ACCEPT = f"Accept at least {VOUCHED} of them on the page Questions, and export them again (docs/drafting.md)."


def find(material: Material) -> Iterator[Finding]:
    """Drafts in the test that people have not looked at forbid a verdict; elsewhere they are told."""
    yield from _test(material.test, sum(not unreviewed(row) for row in material.rows))
    if trained := [row for row in material.train if unreviewed(row)]:
        yield Finding(
            "drafts_in_training", "info",
            f"{len(trained)} of {len(material.train)} training rows are drafts of {_generators(trained)} that nobody has looked at",
            len(trained), origins(trained), "What they teach may be wrong; the test rows are not among them.",
        )  # fmt: skip
    yield from _compared(material)


def _test(test: Sequence[Example], vouched: int) -> Iterator[Finding]:
    loose, drafted = [row for row in test if unreviewed(row)], [row for row in test if row.draft]
    if loose:
        yield Finding(
            "drafts_in_test", "blocks",
            f"{len(loose)} of {len(test)} test rows are drafts that nobody has accepted: such a test describes, it does not decide",
            len(loose), origins(loose), ACCEPT, {"written or accepted by people": vouched},
        )  # fmt: skip
    elif drafted and vouched < VOUCHED:
        yield Finding(
            "few_accepted", "blocks",
            f"only {vouched} rows were written or accepted by people, of {VOUCHED} that a test of drafts needs: it describes, it does not "
            "decide", len(drafted), origins(drafted), ACCEPT,
        )  # fmt: skip


def _compared(material: Material) -> Iterator[Finding]:
    """A model finds its own questions easier than others do, and a judge may prefer what it would have said itself."""
    experiment, drafted = material.experiment, [row for row in material.test if row.draft]
    names = {
        **({experiment.model.name: "the base model of the candidates"} if built(experiment) else {}),
        **{endpoint.model: f"the model of the endpoint {endpoint.name}" for endpoint in experiment.endpoints},
        **({experiment.judge.model: "the judge"} if experiment.judge else {}),
    }
    for generator in sorted({row.draft.get("generator", "") for row in drafted} - {""}):
        own = [row for row in drafted if row.draft.get("generator") == generator]
        for name, what in names.items():
            if shared_base(generator, name):
                message = f"{len(own)} of {len(material.test)} test questions were drafted by {generator}, which is {what} too: " + EASIER
                remedy = "Draft the questions with another model."
                yield Finding("drafted_by_what_is_compared", "warning", message, len(own), origins(own), remedy)


def _generators(rows: Sequence[Example]) -> str:
    return ", ".join(sorted({row.draft.get("generator", "") or "an unnamed model" for row in rows}))
