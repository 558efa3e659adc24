"""The section `retrieval` of the experiment: what is searched and how, each key with its type, default and meaning."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from pipeline.experiment.data_section import Section
from pipeline.experiment.endpoint_section import Asking

REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def reference_fault(value: str) -> str:
    """Why this names no Python object; empty where it does."""
    return "" if REFERENCE.fullmatch(value) else f"{value!r} is not of the form package.module:attribute (example: my_app.rag:store)"


class Prefixes(Section):
    """What the embedder expects before a text."""

    query: str = ""
    passage: str = ""


class EmbeddingsEndpoint(Asking):
    """An OpenAI-compatible embeddings API as the embedder. All that is embedded goes there: passages, inputs, answers, references."""

    base_url: str
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key. The key itself is never written to a file."""
    dimensions: int | None = Field(default=None, ge=1)
    """Numbers in a vector, for models that offer a choice. If left out: the model's own."""
    max_tokens: int = Field(default=512, ge=32)
    """Tokens that the model reads of a text, three bytes taken as one. What is longer is cut before it is sent."""


def _kind(value: Any) -> str:
    return "name" if isinstance(value, str) else "endpoint"


Embedder = Annotated[Annotated[str, Tag("name")] | Annotated[EmbeddingsEndpoint, Tag("endpoint")], Discriminator(_kind)]


class Retrieval(Section):
    source: Literal["documents", "examples", "both"] | None = None
    """What is retrieved. If left out: documents if there are any, else the training examples."""
    embedder: Embedder = "all-minilm-l6-v2"
    """A sentence-transformers model: a packaged one, a folder, or an id of the hub. Or an embeddings endpoint: `base_url`, `model`, … Or
    `package.module:attribute`: LangChain `Embeddings` of your own, found in `own_code`."""
    store: str | None = None
    """`package.module:attribute`: a LangChain `VectorStore` or `BaseRetriever` of your own, found in `own_code`. Then nothing is indexed
    here, and what it returns is used."""
    version: str | None = None
    """Names what stands behind an embedder or store of your own. Change it and what it gave before is not used again."""
    environment: list[str] = []
    """Environment variables with keys that an embedder or store of your own reads, for the page Try it, which passes on no others."""
    prefixes: Prefixes | None = None
    """What is put before each query and passage. If left out: what the model's folder says, else what is known of its id, else nothing."""
    chunk_tokens: int = Field(default=256, ge=16)
    """Tokens of a passage, at most; never more than the embedder reads."""
    overlap_tokens: int = Field(default=32, ge=0)
    """Tokens that two neighbouring passages share."""
    search: Literal["dense", "lexical", "hybrid"] = "dense"
    """By embeddings, by words (BM25), or both."""
    index: Literal["auto", "flat", "hnsw", "ivfpq"] = "auto"
    """auto: exact (flat) up to a size, then approximate."""
    reranker: str | None = None
    """A cross-encoder that sorts the found passages. If left out: none."""
    mmr: float | None = Field(default=None, ge=0, le=1)
    """Maximal marginal relevance: the weight of relevance against novelty. If left out: off."""
    parent: bool = False
    """Show the whole document of a found passage, if it fits."""
    query: Literal["plain", "rewrite", "hyde", "multi", "auto"] = "plain"
    """What is searched for. plain: the question as it is. rewrite: a model's query. hyde: the question and an answer that a model
    imagines. multi: the question and three other wordings, fused. auto: chosen by recall of gold passages on training and dev questions.
    Every arm that retrieves pays for the model's tokens and seconds."""
    query_by: str | None = None
    """The endpoint that words the search, by its name in `endpoints`. If left out: the base model."""
    k: int = Field(default=3, ge=1, le=50)
    """Passages in a prompt."""
    tune: bool | None = None
    """Choose search and chunk size by recall of gold passages on training and dev questions, then k by the base model's answers to them.
    If left out: the preset's."""

    @model_validator(mode="after")
    def _own_store_searches_by_itself(self) -> Self:
        """What we would do while indexing has no meaning for a store that is there already."""
        if self.store is None:
            return self
        if fault := reference_fault(self.store):
            raise ValueError(f"store: {fault}")
        asked = {"search": self.search != "dense", "index": self.index != "auto", "mmr": self.mmr is not None,
                 "parent": self.parent, "source": self.source is not None}  # fmt: skip
        if set_too := [name for name, wanted in asked.items() if wanted]:
            raise ValueError(f"store: a store of your own searches in its own way; leave out {', '.join(set_too)}")
        return self

    @field_validator("environment")
    @classmethod
    def _are_names(cls, values: list[str]) -> list[str]:
        from finetune.inference.safe_http import variable_fault

        if fault := next((fault for value in values if (fault := variable_fault(value))), ""):
            raise ValueError(fault)
        return values

    @property
    def key_variables(self) -> list[str]:
        """The environment variables that retrieval reads its keys from."""
        endpoint = [] if isinstance(self.embedder, str) or not self.embedder.api_key_env else [self.embedder.api_key_env]
        return [*self.environment, *endpoint]

    @property
    def own_embedder(self) -> str | None:
        """`package.module:attribute`, where the embedder is named so."""
        return self.embedder if isinstance(self.embedder, str) and not reference_fault(self.embedder) else None

    @property
    def embedder_name(self) -> str:
        """As messages name it."""
        return self.embedder if isinstance(self.embedder, str) else self.embedder.model
