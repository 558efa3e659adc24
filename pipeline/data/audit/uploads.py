"""Which rows would be uploaded for fine-tuning at a service, before anything is."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.data.audit.finding import Finding, origins
from pipeline.data.audit.material import Material


def find(material: Material) -> Iterator[Finding]:
    """One for each endpoint that fine-tunes at its service."""
    for endpoint in material.experiment.endpoints:
        if endpoint.finetune is None:
            continue
        arms = ", ".join(f"{endpoint.name}_{arm}" for arm in endpoint.finetune.arms)
        passages = ", with retrieved passages of the documents" if "hybrid" in endpoint.finetune.arms else ""
        yield Finding(
            "uploaded", "info",
            f"the {len(material.train)} training and {len(material.dev)} dev rows{passages} are uploaded to {endpoint.training_address}, "
            f"to fine-tune {arms} there; test rows are sent one by one, as to any endpoint, without their answers",
            len(material.train), origins(material.train),
            "This needs `bakeoff run --upload-training-data`. Set data.mask_personal_data where the rows name people.",
        )  # fmt: skip
