"""ragas' metrics over our own way of asking: each question of theirs goes through the asker. Imports ragas when first used."""

from __future__ import annotations

import asyncio
import inspect
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel

from eval.judge.fence import END, MARKER, split
from eval.judge.providers.faults import Fault
from eval.judge.verdict import Answer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class Asks(Protocol):
    """Whoever answers a prompt: the asker, or what stands in for it when costs are estimated."""

    async def ask(self, prompt: str, model: type[Answer]) -> tuple[Answer, str]: ...


@dataclass
class Trace:
    """What was asked for one value, in order."""

    keys: list[str] = field(default_factory=list)
    answers: list[BaseModel] = field(default_factory=list)
    fault: Fault | None = None
    """The last question that got no answer."""

    @property
    def lists(self) -> list[list[Any]]:
        """The lists the judge took texts apart into (statements, claims, entities), empty ones too."""
        found = [getattr(answer, name) for answer in self.answers for name in ("statements", "claims", "entities") if hasattr(answer, name)]
        return [entries for entries in found if not entries or isinstance(entries[0], str)]


TRACE: ContextVar[Trace] = ContextVar("trace")
"""The value at hand; each worker of the loop has its own."""


class Ragas:
    """The metrics, each made at its first use."""

    def __init__(self, asks: Asks, embed: Embed | None, rubric: str = "") -> None:
        self._asks, self._embed, self._rubric = asks, embed, rubric
        self._made: dict[str, Any] = {}

    def metric(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _quick(self._makers[name]())
        return self._made[name]

    def made(self, one: type, arguments: Mapping[str, Any]) -> Any:
        """A metric of this class, with the judge and the embedder where it takes them."""
        takes = inspect.signature(one).parameters
        given = {"llm": lambda: self.llm, "embeddings": self._embeddings}
        return _quick(one(**{name: make() for name, make in given.items() if name in takes}, **arguments))

    @cached_property
    def llm(self) -> Any:
        """ragas' interface to a model, over the asker."""
        base = _ragas()["llm"]
        asks = self._asks

        class Judge(base):  # type: ignore[misc, valid-type]
            """Notes every answer in the trace of the value at hand."""

            def generate(self, prompt: str, response_model: type[Answer]) -> Answer:
                raise RuntimeError("judges are asked asynchronously")

            async def agenerate(self, prompt: str, response_model: type[Answer]) -> Answer:
                try:
                    answer, key = await asks.ask(prompt, response_model)
                except Fault as fault:
                    if (there := TRACE.get(None)) is not None:
                        there.fault = fault
                    raise
                trace = TRACE.get()
                trace.keys.append(key)
                trace.answers.append(answer)
                return answer

        return Judge()

    @cached_property
    def _makers(self) -> dict[str, Callable[[], Any]]:
        found = _ragas()
        return {
            "faithfulness": lambda: found["Faithfulness"](llm=self.llm),
            # Greedy answers repeat themselves: ragas' three questions would be one question, paid three times.
            "answer_relevancy": lambda: found["AnswerRelevancy"](llm=self.llm, embeddings=self._embeddings(), strictness=1),
            "context_precision": lambda: found["ContextPrecisionWithReference"](llm=self.llm),
            "context_recall": lambda: found["ContextRecall"](llm=self.llm),
            "context_entity_recall": lambda: found["ContextEntityRecall"](llm=self.llm),
            "factual_correctness": lambda: found["FactualCorrectness"](llm=self.llm),
            "answer_correctness": lambda: found["AnswerCorrectness"](llm=self.llm, embeddings=self._embeddings()),
            "noise_sensitivity": lambda: found["NoiseSensitivity"](llm=self.llm),
            "rubric": lambda: found["DomainSpecificRubrics"](llm=self.llm, rubrics={"rubric": self._rubric}),
        }

    def _embeddings(self) -> Any:
        if self._embed is None:
            raise RuntimeError("answer_relevancy and answer_correctness need embeddings")
        known: dict[str, list[float]] = {}
        embed: Embed = self._embed

        base = _ragas()["embedding"]

        class Embeddings(base):  # type: ignore[misc, valid-type]
            """Each text once."""

            def embed_text(self, text: str, **_: Any) -> list[float]:
                if text not in known:
                    known[text] = embed([text])[0].tolist()
                return known[text]

            async def aembed_text(self, text: str, **_: Any) -> list[float]:
                return await asyncio.to_thread(self.embed_text, text)

        return Embeddings()


def _quick(metric: Any) -> Any:
    """The metric with prompts that write their task (schema, instruction, examples: always the same) once instead of for every answer."""
    plain = _ragas()["prompt"].to_string
    for prompt in vars(metric).values():
        if getattr(type(prompt), "to_string", None) is plain:
            prompt.to_string = _written_once(prompt)
    return metric


def _written_once(prompt: Any) -> Callable[[BaseModel], str]:
    write, task = prompt.to_string, ""

    def to_string(data: BaseModel) -> str:
        nonlocal task
        task = task or split(write(data)).task
        return f"{task}{MARKER}{data.model_dump_json(indent=4, exclude_none=True)}{END}"

    return to_string


def prepared() -> dict[str, Any]:
    """ragas' classes of metrics. Its import warns of its own dependencies, and would report usage to its makers."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ragas.metrics import DiscreteMetric, NumericMetric, collections
    return {"collections": collections, "DiscreteMetric": DiscreteMetric, "NumericMetric": NumericMetric}


def _ragas() -> dict[str, Any]:
    """What else is used of ragas."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ragas.embeddings.base import BaseRagasEmbedding
        from ragas.llms.base import InstructorBaseRagasLLM
        from ragas.metrics import collections
        from ragas.prompt.metrics.base_prompt import BasePrompt
    names = (
        "Faithfulness", "AnswerRelevancy", "ContextPrecisionWithReference", "ContextRecall", "ContextEntityRecall", "FactualCorrectness",
        "AnswerCorrectness", "NoiseSensitivity", "DomainSpecificRubrics",
    )  # fmt: skip
    made = {"llm": InstructorBaseRagasLLM, "embedding": BaseRagasEmbedding, "prompt": BasePrompt}
    return made | {name: getattr(collections, name) for name in names}
