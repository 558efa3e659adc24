"""The sections `endpoints` and `judge` of the experiment: models behind an API, each key with its type, default and meaning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.experiment.data_section import Section


class Endpoint(Section):
    """Models behind an OpenAI-compatible API. Each adds arms."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Its arms are called `<name>_<arm>`."""
    base_url: str
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key. The key itself is never written to a file."""
    arms: list[Literal["base", "few_shot", "rag"]] = ["base", "rag"]
    concurrency: int = Field(default=4, ge=1)
    """Requests at the same time."""
    timeout_s: float = Field(default=60, gt=0)
    retries: int = Field(default=4, ge=0)
    price_per_million: dict[Literal["input", "output"], float] = {}
    """Price of a million tokens: `input`, `output`."""
    budget: dict[Literal["money", "tokens"], float] = {}
    """`money` and `tokens` that may be spent at most."""


class Judge(Section):
    """A model that grades answers. It decides only if it agrees with people's labels."""

    provider: Literal["openai_compatible", "anthropic", "in_process"] = "openai_compatible"
    base_url: str | None = None
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key."""
    metrics: list[str] = ["faithfulness", "context_recall", "factual_correctness"]
    rubric: str = ""
    """For the metric `rubric`: your own criteria."""
    concurrency: int = Field(default=8, ge=1)
    """Requests at the same time."""
    timeout_s: float = Field(default=120, gt=0)
    retries: int = Field(default=3, ge=0)
    max_tokens: int = Field(default=2048, ge=16)
    """Tokens of a judge's reply, at most."""
    budget: dict[Literal["money", "tokens"], float] = {}
    """`money` and `tokens` that may be spent at most."""
    price_per_million: dict[Literal["input", "output"], float] = {}
    """Price of a million tokens: `input`, `output`."""
    min_kappa: float = Field(default=0.6, ge=-1, le=1)
    """Cohen's κ with people's labels that a judge needs to decide."""
