"""The sections `endpoints` and `judge` of the experiment: models behind an API, each key with its type, default and meaning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from pipeline.experiment.data_section import Section


class Asking(Section):
    """Where and how servers are asked, endpoints and judges alike."""

    concurrency: int = Field(default=4, ge=1)
    """Requests at the same time."""
    timeout_s: float = Field(default=120, gt=0)
    """Seconds for one try, from sending it to the last byte of the answer."""
    retries: int = Field(default=4, ge=0)
    """Further tries after one that failed by server or network."""

    @field_validator("base_url", "api_key_env", check_fields=False)
    @classmethod
    def _without_a_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Refuses what cannot be an address or a variable's name, or holds a key, and does not repeat it."""
        from finetune.inference.safe_http import address_fault, variable_fault

        if value is not None and (fault := (address_fault if info.field_name == "base_url" else variable_fault)(value)):
            raise ValueError(fault)
        return value


class Endpoint(Asking):
    """Models behind an OpenAI-compatible API. Each adds arms."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Its arms are called `<name>_<arm>`."""
    base_url: str
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key. The key itself is never written to a file."""
    arms: list[Literal["base", "few_shot", "rag"]] = ["base", "rag"]
    price_per_million: dict[Literal["input", "output"], float] = {}
    """Price of a million tokens: `input`, `output`."""
    budget: dict[Literal["money", "tokens"], float] = {}
    """`money` and `tokens` that may be spent at most."""


class Judge(Asking):
    """A model that grades answers. It decides only if it agrees with people's labels."""

    provider: Literal["openai_compatible", "anthropic", "in_process"] = "openai_compatible"
    base_url: str | None = None
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key."""
    metrics: list[str] = ["faithfulness", "context_recall", "factual_correctness"]
    rubric: str = ""
    """For the metric `rubric`: your own criteria."""
    max_tokens: int = Field(default=2048, ge=16)
    """Tokens of a judge's reply, at most."""
    budget: dict[Literal["money", "tokens"], float] = {}
    """`money` and `tokens` that may be spent at most."""
    price_per_million: dict[Literal["input", "output"], float] = {}
    """Price of a million tokens: `input`, `output`."""
    min_kappa: float = Field(default=0.6, ge=-1, le=1)
    """Cohen's κ with people's labels that a judge needs to decide."""
