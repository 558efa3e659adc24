"""How a bundle's candidate answers what waits: written in one batch that questions join, chosen or fitted at once, or by a model elsewhere.

Whoever calls is one thread; a question's answer goes to its future.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import UserError
from pipeline.results.ask import room_for_weights
from pipeline.serving import upstream
from pipeline.serving.candidate import Candidate, Put
from pipeline.serving.upstream import Upstream
from pipeline.stages.prediction import likelihood, remote

if TYPE_CHECKING:
    from finetune.inference.continuous import Ongoing
    from finetune.inference.generate import Generation, Generator, Prompt
    from pipeline.stages.prediction.classic import Answering

ROWS = 32
"""Questions that are answered together at most, as in a run."""
JOIN_TOKENS = 1024
"""Tokens of prompts that are read between two tokens of those who wait for theirs."""


class Answers(Protocol):
    """Takes questions as they come."""

    @property
    def room(self) -> int:
        """How many more it takes now."""

    @property
    def busy(self) -> bool:
        """Whether `step` has something to do."""

    def begin(self, puts: Sequence[Put]) -> None:
        """Their answers are under way."""

    def step(self) -> None:
        """A little of the work."""

    def abandon(self, error: BaseException) -> None:
        """All that is under way fails."""

    def close(self) -> None:
        """Nothing more will come."""


def answers_of(candidate: Candidate, server: Upstream | None = None) -> Answers:
    """How this candidate answers; `server`: what writes in the place of its own model."""
    arm = candidate.arm
    if server is not None:
        upstream.check(candidate)
        return Elsewhere(candidate, lambda put: upstream.write(candidate, server, put), ROWS)
    if arm.endpoint:
        return Elsewhere(candidate, lambda put: remote.answered(candidate.context, arm, put.asked), _concurrency(candidate))
    return Written(candidate) if arm.language_model else Fitted(candidate)


def _concurrency(candidate: Candidate) -> int:
    return next(one.concurrency for one in candidate.context.experiment.endpoints if one.name == candidate.arm.endpoint)


class Written:
    """Answers of the model in this process. Choices by likelihood are answered at once, the others join the batch that is written."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._waiting: deque[tuple[Put, Prompt, list[int]]] = deque()
        self._under_way: dict[str, Put] = {}

    @cached_property
    def _generator(self) -> Generator:
        self._candidate.context.held = room_for_weights(self._candidate.context)
        return self._candidate.context.answering(self._candidate.arm, self._candidate.seed)

    @cached_property
    def _batch(self) -> Ongoing:
        from finetune.inference.continuous import Ongoing

        task = self._candidate.context.task
        return Ongoing(self._generator, task.max_new_tokens, task.schema)

    @property
    def room(self) -> int:
        return ROWS - len(self._under_way) - len(self._waiting)

    @property
    def busy(self) -> bool:
        return bool(self._under_way or self._waiting)

    def begin(self, puts: Sequence[Put]) -> None:
        """Choices are answered here; what is written waits for `step`."""
        from finetune.inference.generate import Prompt

        task = self._candidate.context.task
        shares, at_once = self._generator.engine.shares, list[tuple[Put, Prompt]]()
        for put in puts:
            prompt = Prompt(put.asked.row.id, put.asked.messages, task.scored(put.asked.row))
            if prompt.choices or not shares:
                at_once.append((put, prompt))
            else:
                self._waiting.append((put, prompt, self._batch.ids(prompt)))
        if at_once:
            self._at_once([put for put, _ in at_once], [prompt for _, prompt in at_once])

    def step(self) -> None:
        """One token for all who are written, once those who wait have joined as far as there is room."""
        gone = {name for name, put in self._under_way.items() if put.question.over}
        self._batch.drop(gone)
        self._under_way = {name: put for name, put in self._under_way.items() if name not in gone}
        self._join()
        for done in self._batch.step():
            put = self._under_way.pop(done.id)
            put.question.answered(self._candidate.said(put, done))

    def _join(self) -> None:
        """Those who wait, as far as the batch and one reading have room; one in any case where nobody is there."""
        from finetune.inference.continuous import Joining
        from finetune.inference.generate import BATCH_TOKENS

        joining: list[Joining] = []
        read, limit, longest = 0, self._candidate.context.task.max_new_tokens, self._batch.longest
        while self._waiting:
            put, prompt, ids = self._waiting[0]
            rows, longest = len(self._batch) + len(joining) + 1, max(longest, len(ids))
            if rows > 1 and (rows * (longest + limit) > BATCH_TOKENS + rows * limit or (joining and read + len(ids) > JOIN_TOKENS)):
                break
            self._waiting.popleft()
            if not put.question.over:
                joining.append(Joining(prompt, ids, put.question.listen if put.question.hear else None))
                self._under_way[prompt.id] = put
                read += len(ids)
        if joining:
            self._batch.join(joining)

    def _at_once(self, puts: Sequence[Put], prompts: Sequence[Prompt]) -> None:
        """Batch by batch."""
        from finetune.inference.halving import answered

        candidate, generator, task = self._candidate, self._generator, self._candidate.context.task
        by_name = {put.question.name: put for put in puts}
        settle: Callable[[Generation], Generation] = likelihood.settler(
            candidate.context, candidate.arm, candidate.seed, generator, puts[0].lookup.prompter, [put.asked for put in puts]
        )
        for batch in generator.plan(prompts):
            for done in answered(generator, batch, task.max_new_tokens, task.schema):
                put = by_name[done.id]
                if not put.question.over:
                    put.question.listen(done.text)
                    put.question.answered(candidate.said(put, settle(done)))

    def abandon(self, error: BaseException) -> None:
        for put in [*self._under_way.values(), *(put for put, _, _ in self._waiting)]:
            put.question.fail(error)
        self._batch.drop(set(self._under_way))
        self._under_way.clear()
        self._waiting.clear()

    def close(self) -> None:
        """Its weights go with it."""


class Fitted:
    """The candidate without a language model: it answers at once."""

    room, busy = ROWS, False

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self._fitted: dict[int, Answering] = {}

    def begin(self, puts: Sequence[Put]) -> None:
        """All of it."""
        from pipeline.stages.prediction.classic import prepare

        candidate, lookup = self._candidate, puts[0].lookup
        chooses = any(one.choices for one in candidate.context.test)
        for put in [one for one in puts if chooses and not one.asked.row.choices]:
            put.question.answered(candidate.told(put, "", "this candidate chooses among a row's own choices; send them as `choices`."))
        left = [put for put in puts if not put.question.over]
        if id(lookup) not in self._fitted:
            self._fitted = {id(lookup): prepare(candidate.context, candidate.arm, lookup.prompter)}
        if left:
            said = self._fitted[id(lookup)]([put.asked.row for put in left], {put.asked.row.id: list(put.hits) for put in left})
            for put, one in zip(left, said, strict=True):
                put.question.listen(one.text)
                put.question.answered(candidate.told(put, one.text))

    def step(self) -> None:
        """All is answered already."""

    def abandon(self, error: BaseException) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing to let go."""


class Elsewhere:
    """Answers of a server, several at once, each in a thread that waits for it."""

    busy = False

    def __init__(self, candidate: Candidate, answer: Callable[[Put], Generation], at_once: int) -> None:
        """`answer`: to one prompt; it may tell the question what is written so far."""
        self._candidate, self._answer, self._at_once = candidate, answer, at_once
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="elsewhere")
        self._under_way: dict[str, Put] = {}

    @property
    def room(self) -> int:
        return max(0, self._at_once - len(self._under_way))

    def begin(self, puts: Sequence[Put]) -> None:
        """Each in a thread."""
        for put in puts:
            self._under_way[put.question.name] = put
            self._pool.submit(self._one, put)

    def _one(self, put: Put) -> None:
        try:
            if not put.question.over:
                put.question.answered(self._candidate.said(put, self._answer(put)))
        except UserError as error:
            put.question.answered(self._candidate.told(put, "", str(error)))
        except Exception as error:
            put.question.fail(error)
        finally:
            self._under_way.pop(put.question.name, None)

    def step(self) -> None:
        """The threads do it."""

    def abandon(self, error: BaseException) -> None:
        for put in list(self._under_way.values()):
            put.question.fail(error)

    def close(self) -> None:
        self._pool.shutdown(wait=True)
