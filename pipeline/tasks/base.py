"""The one shape of a task: how it asks, what training teaches, how an answer is read and scored. Calls no model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from eval.metrics.fabrication import Kind, kind_of
from eval.metrics.grading.grade import Grade
from eval.metrics.grading.reading import only_thought
from eval.metrics.hallucination import OUTCOMES, outcome
from eval.scores import NOT_APPLICABLE
from pipeline.experiment.load import Task
from pipeline.records import Example, Prediction
from pipeline.tasks.prompts import NO_ANSWER

QUOTE_TOKENS = 64
"""Room for a quoted sentence."""


@dataclass(frozen=True)
class Answer:
    """What was read out of a response."""

    content: str
    abstained: bool = False
    well_formed: bool = True
    cited: tuple[int, ...] = ()
    """Numbers, from 1, of the passages that are named as sources."""


@dataclass(frozen=True)
class Measured:
    """A value, or the reason why there is none."""

    value: float | None
    reason: str = ""


class TaskKind(ABC):
    """One kind of task over one experiment's settings and training rows."""

    primary: ClassVar[str]
    """The metric a verdict is decided by unless the experiment names another."""
    metrics: ClassVar[tuple[str, ...]]
    """What `score` gives for every row."""
    offline_metrics: ClassVar[tuple[str, ...]] = ()
    """ragas' metrics without a judge that make sense here."""
    default_new_tokens: ClassVar[int] = 32
    styled: ClassVar[bool] = False
    """Whether answers are asked how near they come to the team's style."""

    def __init__(self, settings: Task, train: Sequence[Example], quoting: bool = False) -> None:
        """`quoting`: whether some targets quote a passage before they answer, which takes room in every arm's answers alike."""
        self.settings, self.train, self.quoting = settings, train, quoting

    @property
    def system(self) -> str:
        """The system message, the same for every arm."""
        return self.settings.instructions or self.instructions()

    @abstractmethod
    def instructions(self) -> str:
        """The task's own words, where the team gives none."""

    @abstractmethod
    def ask(self, example: Example) -> str:
        """The input as the last thing of the prompt."""

    def target(self, example: Example) -> str:
        """What training teaches to answer."""
        return example.references[0] if example.references else NO_ANSWER

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema that every arm is held to while it writes; None: it writes freely."""
        return None

    def target_from(self, example: Example, gold: Sequence[bool]) -> str:
        """The same where passages stand in the prompt; `gold[i]`: whether passage i + 1 holds the evidence."""
        return self.target(example)

    def quoted(self, example: Example, target: str, texts: Sequence[str]) -> str:
        """The target behind a quotation of the evidence among `texts`; the target alone where a task knows none."""
        return target

    def choices(self, example: Example) -> tuple[str, ...]:
        """The closed set of answers; empty: any answer will do."""
        return ()

    def scored(self, example: Example) -> tuple[str, ...]:
        """The closed set where it is scored by likelihood; empty: the answer is written."""
        return () if self.settings.answers == "written" else self.choices(example)

    @abstractmethod
    def read(self, text: str, example: Example) -> Answer:
        """Content first, form apart: leniently, and to nothing rather than to a guess."""

    def heard(self, text: str, example: Example) -> Answer:
        """What was read; a thought without an answer, as where a model is cut off while it thinks, is no refusal."""
        return Answer("", well_formed=False) if only_thought(text) else self.read(text, example)

    @abstractmethod
    def measure(self, answer: str, example: Example) -> dict[str, float]:
        """The task's own metrics of a read answer, each in [0, 1]."""

    @abstractmethod
    def is_correct(self, measured: dict[str, float]) -> bool:
        """Whether the content is right, by the task's own metrics."""

    def graded(self, prediction: Prediction, example: Example, measured: dict[str, float]) -> Grade:
        """What became of a response: the one yardstick, the same for every arm. `measured`: the task's own metrics of it."""
        found = outcome(prediction.answer, self.is_correct(measured), prediction.abstained, bool(example.references))
        return Grade({"correct": "right", "abstained": "abstained", "fabricated": "wrong"}[found], "")  # type: ignore[arg-type]

    def wrong(self, answer: str, example: Example, passages: Sequence[str]) -> Kind:
        """How an answer that is fabricated stands to the gold evidence: its references and `passages`."""
        return kind_of(answer, example.references, passages, example.input)

    def check(self, rows: Sequence[Example]) -> None:  # noqa: B027  (most tasks have nothing to refuse)
        """A UserError where rows of dev or test cannot be answered with what training knows."""

    @property
    def max_new_tokens(self) -> int:
        """The longest answer that is written, in tokens, with room to spare: three Latin characters a token, half a letter of others."""
        if self.settings.max_new_tokens:
            return self.settings.max_new_tokens
        longest = max((_thirds(self.target(row)) for row in self.train), default=0)
        return max(self.default_new_tokens, longest // 3 + 8) + (QUOTE_TOKENS if self.quoting else 0)

    def score(self, prediction: Prediction, example: Example) -> dict[str, Measured]:
        """Every metric of one response, the yardstick's and its form among them. A row that cannot be graded is missing for all arms."""
        measured = self.measure(prediction.answer, example) if example.references else {}
        found, why = self.graded(prediction, example, measured), self.ungradable(example)
        if not example.references:
            # Where nothing can be answered, abstaining is right and everything else wrong (as in SQuAD 2.0, Rajpurkar et al. 2018).
            measured = dict.fromkeys(self.metrics, float(found.outcome == "abstained"))
        values = {**measured, "well_formed": float(prediction.well_formed)}
        if not why and found.outcome != "missing":
            values["right"] = float(found.outcome == ("right" if example.references else "abstained"))
            named = {"right": "correct", "abstained": "abstained", "wrong": "fabricated"}[found.outcome]
            values |= {name: float(name == named) for name in OUTCOMES}
        reason = f"{NOT_APPLICABLE}: {why or found.why}"
        return {name: Measured(values[name]) if name in values else Measured(None, reason) for name in self.metrics}

    def is_right(self, text: str, example: Example) -> bool:
        """Whether a response is right by the yardstick."""
        read = self.heard(text, example)
        prediction = Prediction(example.id, "", 0, text, read.content, read.abstained, read.well_formed)
        return self.graded(prediction, example, self.measure(read.content, example)).outcome == "right"

    def ungradable(self, example: Example) -> str:
        """Why no answer to this row can be graded by its references; empty: it can. The same for every arm."""
        return ""


def _thirds(text: str) -> int:
    """Thirds of a token: one a Latin letter, digit or mark; six a letter of another script, often two tokens and more."""
    return sum(6 if sign.isalpha() and ord(sign) >= 0x370 else 1 for sign in text)
