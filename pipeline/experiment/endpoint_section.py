"""The sections `endpoints` and `judge` of the experiment: models behind an API, each key with its type, default and meaning."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline.experiment.data_section import Section

PROVIDER = r"^[a-z][a-z0-9_]{1,40}$"


def _checked_address(value: str | None) -> str | None:
    from finetune.inference.safe_http import address_fault

    if value is not None and (fault := address_fault(value)):
        raise ValueError(fault)
    return value


def _without_keys(values: dict[str, Any]) -> dict[str, Any]:
    if found := [name for name in values if re.search(r"key|secret|password|token(?!s)|credential", name.lower())]:
        raise ValueError(f"{found[0]}: a key belongs in an environment variable, named by api_key_env")
    return values


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
        from finetune.inference.safe_http import variable_fault

        if info.field_name == "base_url":
            return _checked_address(value)
        if value is not None and (fault := variable_fault(value)):
            raise ValueError(fault)
        return value


class HostedTraining(Section):
    """Fine-tuning by the endpoint's own service (docs/hosted.md). Training rows are uploaded, once `--upload-training-data` allows it."""

    arms: list[Literal["lora", "lora_rag", "hybrid"]] = Field(default=["lora", "lora_rag", "hybrid"], min_length=1)
    """lora and lora_rag share one training; hybrid is another, with retrieved passages."""
    epochs: int = Field(default=3, ge=1, le=50)
    suffix: str = Field(default="bakeoff", pattern=r"^[a-z][a-z0-9-]{0,19}$")
    """Part of the trained model's name, beside a hash of what it was trained on."""
    service: Literal["openai", "together", "mistral", "fireworks"] | None = None
    """Whose form the requests have. If left out: by the address; openai where that says nothing."""
    base_url: str | None = None
    """Where files and jobs are, if not at the endpoint's base_url (fireworks: https://api.fireworks.ai/v1/accounts/NAME)."""
    arguments: dict[str, Any] = {}
    """Further keys of the request for a job, as the service names them. Never a key."""
    price_per_million: dict[Literal["training", "input", "output"], float]
    """Price of a million tokens: `training` must be stated (0 if it is free). `input` and `output` of the trained model, if other than
    the endpoint's."""
    hours: float = Field(default=24, gt=0)
    """A job that takes longer is cancelled."""
    poll_s: float = Field(default=30, gt=0)
    """Seconds between two looks at a job."""

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        return _checked_address(value)

    @field_validator("arguments")
    @classmethod
    def _hold_no_key(cls, values: dict[str, Any]) -> dict[str, Any]:
        return _without_keys(values)

    @field_validator("price_per_million")
    @classmethod
    def _prices_the_training(cls, values: dict[str, float]) -> dict[str, float]:
        if "training" not in values or any(price < 0 for price in values.values()):
            raise ValueError("state `training`, the price of a million trained tokens (0 if it is free)")
        return values


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
    """`money` and `tokens` that may be spent at most, a training there included."""
    finetune: HostedTraining | None = None
    """Also fine-tune this model at its service: adds the arms `<name>_lora`, `<name>_lora_rag` and `<name>_hybrid`."""

    @field_validator("arguments")
    @classmethod
    def _hold_no_key(cls, values: dict[str, Any]) -> dict[str, Any]:
        return _without_keys(values)

    @model_validator(mode="after")
    def _fine_tunes_by_our_client(self) -> Self:
        if self.finetune and self.provider != "openai_compatible":
            raise ValueError("finetune needs provider: openai_compatible, since files and jobs are sent to the endpoint's base_url")
        return self

    @model_validator(mode="after")
    def _ours_needs_an_address(self) -> Self:
        if self.provider == "openai_compatible" and not self.base_url:
            raise ValueError("base_url is needed, unless a provider is named")
        return self

    @property
    def all_arms(self) -> list[str]:
        """What it adds, fine-tuned arms last."""
        return [*self.arms, *(self.finetune.arms if self.finetune else [])]

    @property
    def training_address(self) -> str:
        """Where its training rows go."""
        return (self.finetune.base_url if self.finetune else None) or self.address

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
    reasoning_effort: str | None = None
    """low, medium, high, … as the provider takes it. Thoughts are counted with the tokens that are written."""
    thinking_tokens: int = Field(default=0, ge=0)
    """Tokens that the judge may think beside its reply; reserved in the budget with it."""
    budget: dict[Literal["money", "tokens"], float] = {}
    """`money` and `tokens` that may be spent at most."""
    price_per_million: dict[Literal["input", "output"], float] = {}
    """Price of a million tokens: `input`, `output`."""
    min_kappa: float = Field(default=0.6, ge=-1, le=1)
    """Cohen's κ with people's labels that a judge needs to decide."""
