"""What would make the comparison unfair or empty, before anything is spent. It trains nothing and changes nothing.

One module a check, each with `find(material)`; to add one: a module and its place in `CHECKS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.data.audit import (
    contradictions,
    declining,
    drafts,
    embedder,
    instructions,
    labels,
    languages,
    leaks,
    lengths,
    privacy,
    size,
    sources,
)  # fmt: skip
from pipeline.data.audit.finding import Finding
from pipeline.data.audit.headroom import headroom
from pipeline.data.audit.material import Material, Reader, Tokens
from pipeline.experiment.load import Experiment
from pipeline.records import Document, Example

__all__ = ["Audit", "Finding", "Reader", "Tokens", "audit", "headroom"]
CHECKS = (leaks, drafts, sources, contradictions, labels, declining, lengths, size, languages, embedder, privacy, instructions)
GRAVITY = {"blocks": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Audit:
    findings: list[Finding]

    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, "findings": [asdict(finding) for finding in self.findings]}


def audit(
    experiment: Experiment, train: Sequence[Example], dev: Sequence[Example], test: Sequence[Example], documents: Sequence[Document],
    tokens: Tokens | None = None, reader: Reader | None = None,
) -> Audit:  # fmt: skip
    """All findings, those that block a verdict first; without `tokens` and `reader`, what does not fit model and embedder is not known."""
    material = Material(experiment, train, dev, test, documents, tokens, reader)
    found = [finding for check in CHECKS for finding in check.find(material)]
    return Audit(sorted(found, key=lambda finding: GRAVITY[finding.severity]))
