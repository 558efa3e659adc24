"""Questions to the drafting model: concurrent, within a budget, retried, each reply stored before it is used. Knows no drafts.

The asking itself is the judge's (`eval.judge.asker`): the same limits, faults, prices and keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from pipeline.drafting.wording import frame
from pipeline.errors import UserError

if TYPE_CHECKING:
    from eval.judge.budget import Spent
    from eval.judge.providers.provider import Generate
    from eval.judge.settings import JudgeSettings

LOCAL = "in_process"
OPTIONS = {
    "judge.base_url": "--base-url", "judge.api_key_env": "--api-key-env", "judge.provider": "--provider", "judge.model": "--model",
    "judge.price_per_million": "--price-input and --price-output", "judge: ": "", "verdict": "reply", "the judge": "the model",
}  # fmt: skip
"""How the judge's own words are said here."""
Progress = Callable[[str, int, int, "Spent"], None]
"""(what is done, how many of it, of how many, what was spent so far)."""


@dataclass(frozen=True)
class Model:
    """Who drafts, and how it is asked; as the options of `bakeoff draft-questions`."""

    name: str
    provider: str = "openai_compatible"
    base_url: str | None = None
    api_key_env: str | None = None
    concurrency: int = 4
    timeout_s: float = 120.0
    retries: int = 4
    max_tokens: int = 600
    budget: Mapping[str, float] = field(default_factory=dict)
    """`money`, `tokens`."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """Of a million `input` and `output` tokens."""

    def settings(self) -> JudgeSettings:
        """UserError where something is missing or makes no sense."""
        from eval.errors import SetupError
        from eval.judge.settings import JudgeSettings

        try:
            return JudgeSettings(
                model=self.name, provider=self.provider, base_url=self.base_url, api_key_env=self.api_key_env, metrics=(),
                concurrency=self.concurrency, timeout_s=self.timeout_s, retries=self.retries, max_tokens=self.max_tokens,
                budget=self.budget, price_per_million=self.prices,
            )  # fmt: skip
        except SetupError as error:
            raise UserError(in_options(str(error))) from error


class Question(NamedTuple):
    """One prompt, and the form of its reply."""

    prompt: str
    form: type[BaseModel]


class Reply(NamedTuple):
    """What came of it."""

    said: BaseModel | None
    why: str = ""
    """Why there is none."""
    lasting: bool = True
    """Whether asking again would bring nothing else; not so where the endpoint, the network or the budget was to blame."""


class Interviewer:
    """Asks many questions at once. The same question is asked once, whatever kills the process in between."""

    def __init__(self, model: Model, store: Path, generate: Generate | None = None, on_progress: Progress | None = None) -> None:
        """`generate`: of a model in this process. `store`: a file that is made where it is not there."""
        self._model, self._store, self._generate = model, store, generate
        self._told = on_progress or (lambda what, done, total, spent: None)
        self.spent: Spent | None = None
        """By all calls on the same store, of this and of earlier processes."""

    def ask(self, what: str, questions: Sequence[Question]) -> list[Reply]:
        """A reply for each, in their order. UserError where the endpoint refuses the key, the model or everything."""
        import asyncio

        from eval.errors import SetupError
        from eval.judge.store import Store

        try:
            with Store(self._store) as store:
                return asyncio.run(self._ask(what, questions, store))
        except SetupError as error:
            raise UserError(in_options(str(error)), where=self._model.base_url or self._model.name) from error

    async def _ask(self, what: str, questions: Sequence[Question], store: object) -> list[Reply]:
        from eval.judge.asker import Asker
        from eval.judge.loop import each
        from eval.judge.providers.provider import provider_for

        settings = self._model.settings()
        provider = provider_for(settings, self._generate)
        asker = Asker(provider, settings, store, frame)  # type: ignore[arg-type]
        found: list[Reply] = [Reply(None)] * len(questions)
        done = 0

        async def work(place: int) -> None:
            nonlocal done
            found[place] = await _one(asker, questions[place])
            done += 1
            self._told(what, done, len(questions), asker.budget.spent)

        self._told(what, 0, len(questions), asker.budget.spent)
        try:
            await each(range(len(questions)), work, settings.concurrency, lambda: False)
        finally:
            self.spent = asker.budget.spent
            await provider.close()
        return found


async def _one(asker: object, question: Question) -> Reply:
    from eval.judge.providers.faults import Fault

    try:
        said, _ = await asker.ask(question.prompt, question.form)  # type: ignore[attr-defined]
    except Fault as fault:
        return Reply(None, in_options(fault.reason), fault.lasting)
    return Reply(said)


def in_options(text: str) -> str:
    """The judge's words with the names of the options of `bakeoff draft-questions`."""
    for name, said in OPTIONS.items():
        text = text.replace(name, said)
    return text
