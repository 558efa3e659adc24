"""The section `systems` of the experiment: candidates that were not made here, each key with its type, default and meaning."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline.experiment.data_section import Section

REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
"""`package.module:attribute`."""


def reference_fault(value: str) -> str:
    """Why this names no Python object; empty where it does."""
    return "" if REFERENCE.fullmatch(value) else f"{value!r} is not of the form package.module:attribute (example: my_app.rag:chain)"


def are_variables(names: list[str]) -> None:
    """A ValueError where one of these is no name of an environment variable."""
    from finetune.inference.safe_http import variable_fault

    if fault := next((fault for name in names if (fault := variable_fault(name))), ""):
        raise ValueError(fault)


class System(Section):
    """A candidate of your own: its answers in a file, a Python object, or a service. It is given a row's id and input, never its gold."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    """How the candidate is called."""
    answers: str | None = None
    """A CSV or JSON Lines file of what it said, by row id. Relative to the experiment file."""
    call: str | None = None
    """`package.module:attribute`: a LangChain Runnable, or a function of the input. Found in the folder `own_code`."""
    url: str | None = None
    """An address that takes POST `{"id", "input"}` and gives JSON."""
    version: str | None = None
    """Names what stands behind `call` or `url`. Change it and all rows are asked again."""
    retrieves: bool | None = None
    """Whether it retrieves. If left out: not known."""
    trained: bool | None = None
    """Whether a model was trained for it. If left out: not known."""
    few_shots: str | None = None
    """A text file with the examples that stand in its prompt: test rows are looked for among them."""
    input_key: str | None = None
    """call: give the input as `{input_key: input}`, as many chains expect. If left out: the text alone."""
    environment: list[str] = []
    """call: environment variables with keys that it needs. No other key is passed on to it."""
    api_key_env: str | None = None
    """url: the environment variable with the key that is sent as `Authorization: Bearer`."""
    concurrency: int = Field(default=4, ge=1)
    """url: requests at the same time. `call` is asked one row after the other."""
    timeout_s: float = Field(default=120, gt=0)
    """Seconds for one answer, to its last byte."""
    retries: int = Field(default=2, ge=0)
    """url: further tries after one that failed by server or network."""
    price_per_million: dict[Literal["input", "output"], float] = {}
    """Price of a million of its tokens, `input` and `output`, where it tells its tokens and not its cost."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in ("answers", "call", "url") if getattr(self, name) is not None]
        if len(ways) != 1:
            raise ValueError(f"{self.name}: give one of answers, call and url{f', not {len(ways)}' if ways else ''}")
        if self.call and (fault := reference_fault(self.call)):
            raise ValueError(f"{self.name}: call {fault}")
        return self

    @field_validator("url", "api_key_env")
    @classmethod
    def _without_a_key(cls, value: str | None, info: ValidationInfo) -> str | None:
        from finetune.inference.safe_http import address_fault, variable_fault

        if value is not None and (fault := (address_fault if info.field_name == "url" else variable_fault)(value)):
            raise ValueError(fault)
        return value

    @field_validator("environment")
    @classmethod
    def _are_names(cls, values: list[str]) -> list[str]:
        are_variables(values)
        return values
