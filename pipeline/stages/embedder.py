"""The experiment's embedder: a model on this machine or an embeddings endpoint, each with vectors kept from run to run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError
from pipeline.experiment.load import Experiment
from pipeline.experiment.retrieval_section import EmbeddingsEndpoint
from pipeline.own_code.source import hash_of_source

WHERE = "retrieval.embedder"

if TYPE_CHECKING:
    from finetune.pretrained import Weights
    from retrieval.cached import CachedEmbedder
    from retrieval.prefixes import Prefixes


def embedder_of(experiment: Experiment) -> Weights:
    """What is known of the experiment's embedder; UserError where it cannot be found."""
    from finetune.errors import SetupError
    from finetune.pretrained import Weights, locate_embedder

    named = experiment.retrieval.embedder
    if not isinstance(named, str):
        return Weights(named.model, Path(), _at(named), "not known", "endpoint")
    if experiment.retrieval.own_embedder:
        return Weights(named, Path(), _own_identity(experiment, named), "not known", "own code")
    try:
        return locate_embedder(named)
    except SetupError as error:
        raise UserError(str(error), where=WHERE) from error


def opened(experiment: Experiment, prepare: Callable[[Any], None]) -> CachedEmbedder:
    """Ready to be asked; `prepare` gets a local model once it is loaded. The library's vectors stand apart from the fast path's."""
    from finetune.peft_import import import_peft
    from finetune.pretrained import cache_folder

    import_peft()  # before sentence-transformers, which imports it too
    from retrieval.embed import Naming, SentenceEmbedder

    retrieval, model, vectors = experiment.retrieval, experiment.model, cache_folder() / "embeddings"
    if not isinstance(retrieval.embedder, str):
        return _endpoint(retrieval.embedder, vectors, _prefixes(experiment))
    if (target := retrieval.own_embedder) is not None:
        return _own(experiment, target, vectors)
    own = vectors if model.engine == "auto" else vectors.with_name(f"embeddings-{model.engine}")
    naming = Naming(retrieval.embedder, _prefixes(experiment))
    return SentenceEmbedder(str(embedder_of(experiment).path), own, model.device, prepare, naming)


def _endpoint(settings: EmbeddingsEndpoint, cache: Path, prefixes: Prefixes | None) -> CachedEmbedder:
    from finetune.errors import SetupError
    from finetune.inference.embeddings import BATCH, EmbeddingsEndpoint, EmbeddingsSettings
    from retrieval.foreign import ForeignEmbedder
    from retrieval.prefixes import known_prefixes

    try:
        source = EmbeddingsEndpoint(
            EmbeddingsSettings(
                settings.base_url, settings.model, settings.api_key_env, settings.dimensions, settings.concurrency, settings.timeout_s,
                settings.retries,
            )
        )  # fmt: skip
    except SetupError as error:
        raise UserError(str(error), where="retrieval.embedder") from error
    given = known_prefixes(settings.model) if prefixes is None else prefixes
    block = BATCH * settings.concurrency
    return ForeignEmbedder(source, _at(settings), cache, max_tokens=settings.max_tokens, prefixes=given, block=block)


def _own(experiment: Experiment, target: str, cache: Path) -> CachedEmbedder:
    from langchain_core.embeddings import Embeddings

    from pipeline.own_code.load import loaded
    from retrieval.foreign import ForeignEmbedder
    from retrieval.prefixes import NONE

    source = loaded(target, experiment.own_code, (Embeddings,), WHERE)
    return ForeignEmbedder(source, _own_identity(experiment, target), cache, prefixes=_prefixes(experiment) or NONE)


def _own_identity(experiment: Experiment, target: str) -> str:
    version = f", version {experiment.retrieval.version}" if experiment.retrieval.version else ""
    return f"{target} (source {hash_of_source(target, experiment.own_code, WHERE)}{version})"


def _at(endpoint: EmbeddingsEndpoint) -> str:
    """Model and address: all that is known of what makes the vectors."""
    dimensions = f" ({endpoint.dimensions} dimensions)" if endpoint.dimensions else ""
    return f"{endpoint.model}{dimensions} at {endpoint.base_url}"


def _prefixes(experiment: Experiment) -> Prefixes | None:
    from retrieval.prefixes import Prefixes

    own = experiment.retrieval.prefixes
    return Prefixes(own.query, own.passage) if own else None
