"""The sections `endpoints` and `judge` of the experiment: models behind an API, each key with its type, default and meaning."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline.experiment.data_section import Section

PROVIDER = r"^[a-z][a-z0-9_]{1,40}$"


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
    """A model behind an API, OpenAI-compatible or of any provider that LangChain knows. Each adds arms."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """Its arms are called `<name>_<arm>`."""
    provider: str = Field(default="openai_compatible", pattern=PROVIDER)
    """openai_compatible: our own client. Else as LangChain's `init_chat_model` names it: anthropic, google_genai, bedrock_converse,
    azure_openai, mistralai, ollama, … (docs/providers.md)."""
    base_url: str | None = None
    """Needed for openai_compatible; else the provider's own address if left out."""
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key. The key itself is never written to a file."""
    arguments: dict[str, Any] = {}
    """Further arguments of the request, or of the provider's client (a region, an API version). Never a key."""
    reasoning_effort: str | None = None
    """low, medium, high, … as the provider takes it. Thoughts are counted with the tokens that are written."""
    thinking_tokens: int = Field(default=0, ge=0)
    """Tokens that the model may think beside the answer's own."""
    arms: list[Literal["base", "few_shot", "rag"]] = ["base", "rag"]
    price_per_million: dict[Literal["input", "output"], float] = {}
    """Price of a million tokens: `input`, `output`."""
    budget: dict[Literal["money", "tokens"], float] = {}
    """`money` and `tokens` that may be spent at most."""

    @field_validator("arguments")
    @classmethod
    def _hold_no_key(cls, values: dict[str, Any]) -> dict[str, Any]:
        if found := [name for name in values if re.search(r"key|secret|password|token(?!s)|credential", name.lower())]:
            raise ValueError(f"{found[0]}: a key belongs in an environment variable, named by api_key_env")
        return values

    @model_validator(mode="after")
    def _ours_needs_an_address(self) -> Self:
        if self.provider == "openai_compatible" and not self.base_url:
            raise ValueError("base_url is needed, unless a provider is named")
        return self

    @property
    def address(self) -> str:
        """Where its rows go."""
        return self.base_url or self.provider


class Judge(Asking):
    """A model that grades answers. It decides only if it agrees with people's labels."""

    provider: str = Field(default="openai_compatible", pattern=PROVIDER)
    """openai_compatible, anthropic, in_process: our own clients. Else as LangChain's `init_chat_model` names it (docs/providers.md)."""
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
