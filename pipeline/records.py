"""The three things that flow through a comparison: an example, a document, a prediction. JSON Lines in and out; no logic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, TypeVar

import orjson

from pipeline.errors import Damaged
from pipeline.files import write_chunks


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation."""

    role: str
    """`system`, `user`, `assistant` or `tool`."""
    content: str


@dataclass(frozen=True)
class Example:
    """One row of the team's data: what is asked, and what counts as right."""

    id: str
    """Unique within the experiment."""
    input: str
    """The question, or the text to classify, to extract from or to rewrite; of a conversation the last thing the user said."""
    references: tuple[str, ...]
    """Accepted answers, the preferred one first; the labels of a classified text; empty where the row is unanswerable."""
    group: str = ""
    """Rows of one group (source document, customer, thread) stay on one side of the split. Empty: a group of its own."""
    gold_passages: tuple[str, ...] = ()
    """Ids of the documents that hold the answer, where the team knows them."""
    split: str = ""
    """The side the team gave it (`train`, `dev`, `test`), or after splitting the side it landed on."""
    choices: tuple[str, ...] = ()
    """The closed set of answers of this very row (multiple choice); empty elsewhere."""
    time: str = ""
    """ISO date or date-time, for a temporal split."""
    slices: dict[str, str] = field(default_factory=dict)
    """Names and values by which results may be broken down (language, product, ...)."""
    origin: str = ""
    """`file:line` it was read from, so that any number can be traced back to it."""
    history: tuple[Turn, ...] = ()
    """The conversation before the input; instructions of this very row (`system`) among it."""
    steps: tuple[Turn, ...] = ()
    """What stands between the input and the answer: calls of tools and their results."""
    draft: dict[str, str] = field(default_factory=dict)
    """Of a row that a model drafted from documents: its `state` (draft, accepted, edited), `rater`, `generator`, `passage`, `seed`."""

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        lists = {name: tuple(row.get(name) or ()) for name in ("references", "gold_passages", "choices")}
        turns = {name: tuple(Turn(**turn) for turn in row.get(name) or ()) for name in ("history", "steps")}
        return cls(**{**row, **lists, **turns})

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The conversation up to the answer, the input in its place."""
        return (*self.history, Turn("user", self.input), *self.steps)

    @property
    def asked(self) -> str:
        """All that is said before the answer, as one text by which rows are compared."""
        return "\n".join(turn.content for turn in self.turns)

    @property
    def query(self) -> str:
        """What is searched for: all that the user said, since a last question alone may point back ("and that one?")."""
        return "\n".join(turn.content for turn in self.turns if turn.role == "user")

    @property
    def unit(self) -> str:
        """What is resampled whole: the group, or the row itself."""
        return self.group or self.id


@dataclass(frozen=True)
class Heading:
    """A heading within a document's text."""

    start: int
    """Offset in characters of the line it stands on."""
    level: int
    """1 (widest) to 6."""
    text: str


@dataclass(frozen=True)
class Document:
    """A text that may be retrieved from."""

    id: str
    text: str
    title: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    """Where it came from (`origin`), and what else is known of it (`label`, ...)."""
    headings: tuple[Heading, ...] = ()
    """In the order of the text; empty where the format has none."""

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        return cls(**{**row, "headings": tuple(Heading(**heading) for heading in row.get("headings") or ())})


@dataclass(frozen=True)
class Hit:
    """A retrieved passage, as it stands in a prediction; its text is in `index/passages.jsonl`."""

    passage: str
    document: str
    score: float
    gold: bool | None = None
    """Whether it comes from a gold document; None where gold passages are not known."""
    text: str = ""
    """Of what a system of the team's own retrieved, which stands in no index of ours."""


@dataclass(frozen=True)
class Prediction:
    """What an arm said to one row. Holds no clock times: the same seed gives the same bytes."""

    row: str
    arm: str
    seed: int
    text: str
    """Word for word as the model wrote it, or the choice that scored highest."""
    answer: str
    """What the task read out of it; empty where nothing could be read."""
    abstained: bool = False
    well_formed: bool = True
    """Whether the form was as asked, apart from whether the content is right."""
    passages: tuple[Hit, ...] = ()
    """What stood in the prompt, best first."""
    dropped_passages: int = 0
    """How many retrieved passages did not fit the context and were left out."""
    prompt_tokens: int | None = 0
    """None: a system of the team's own did not say."""
    completion_tokens: int | None = 0
    choices: dict[str, float] | None = None
    """Mean log-likelihood per token of each choice, where the answers were scored instead of written."""
    failure: str = ""
    """Why there is no answer (endpoint refused, prompt does not fit); such a row is missing, never wrong."""
    cited: tuple[int, ...] = ()
    """Numbers, from 1, of the passages that the answer names as its source."""
    cut: bool = False
    """Whether it ended at the limit of its tokens instead of by itself."""
    told_passages: bool = False
    """Whether a system of the team's own said what it retrieved, perhaps nothing."""
    cost: float | None = None
    """Of this answer, as the system itself tells it."""

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        return cls(**{**row, "passages": tuple(Hit(**hit) for hit in row.get("passages") or ()), "cited": tuple(row.get("cited") or ())})


@dataclass(frozen=True)
class Timing:
    """How long one prediction took; kept beside the predictions, not in them."""

    row: str
    seconds: float
    batch: int
    """How many rows shared the batch; `seconds` is its share of the batch's time (`finetune.inference.generate.Generation`)."""


Kind = TypeVar("Kind")
Value = TypeVar("Value")
Record = Example | Document | Prediction | Timing | Hit


def to_line(record: Record) -> bytes:
    """One JSON object and a newline, keys in the order of the fields."""
    return orjson.dumps(asdict(record)) + b"\n"


def write_lines(path: Path, records: Iterable[Record]) -> int:
    """Replace `path` by these records; returns how many. The file is never seen half-written."""
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for record in records:
            count += 1
            yield to_line(record)

    write_chunks(path, lines())
    return count


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Each whole line of a JSON Lines file that this project wrote; a line cut off by a kill at the end is left out.

    A line that was damaged raises Damaged, which names it.
    """
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.endswith(b"\n"):
                try:
                    yield dict(orjson.loads(line))
                except (ValueError, TypeError) as error:
                    raise damaged(path, f"line {number}") from error


def damaged(path: Path, what: str = "its content") -> Damaged:
    """For a file of a run that does not hold what was written."""
    remedy = "`bakeoff verify RUN` names every damaged file; `bakeoff resume RUN` makes it anew."
    return Damaged(f"this file is damaged ({what} cannot be read).", where=str(path), remedy=remedy)


def read_examples(path: Path) -> list[Example]:
    return read_as(path, Example.from_json)


def read_documents(path: Path) -> list[Document]:
    return read_as(path, Document.from_json)


def read_predictions(path: Path) -> list[Prediction]:
    return read_as(path, Prediction.from_json)


def read_as(path: Path, of: Callable[[dict[str, Any]], Kind]) -> list[Kind]:
    """What `of` makes of each line; a UserError where one cannot be such a record."""
    try:
        return [of(row) for row in read_lines(path)]
    except (TypeError, KeyError, AttributeError) as error:
        raise damaged(path, "a record") from error


def kept(read: Callable[[Path], Value], path: Path) -> Value:
    """What `read` makes of this file, kept in memory until the file is another; nobody changes it."""
    if not path.exists():
        return read(path)
    found: Value = _kept(read, path, stamp(path))
    return found


def stamp(path: Path) -> tuple[int, int, int]:
    """What tells a file from the one that was there before."""
    there = path.stat()
    return there.st_ino, there.st_mtime_ns, there.st_size


@lru_cache(maxsize=64)
def _kept(read: Callable[[Path], Any], path: Path, _stamp: tuple[int, int, int]) -> Any:
    return read(path)
