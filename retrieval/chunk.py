"""Documents → passages with stable ids and exact offsets. Cleans nothing: a passage's text is the document's, letter for letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from langchain_text_splitters import RecursiveCharacterTextSplitter, TextSplitter

from retrieval.errors import SetupError

SEPARATORS = ["\n\n", "\n", "。", ". ", "? ", "! ", "; ", ", ", " ", ""]
"""Where a text may be cut, the better places first."""
BLANK = re.compile(r"\s*")


@dataclass(frozen=True)
class Source:
    """A text to be cut."""

    id: str
    text: str
    title: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Passage:
    """`source.text[start:end]`, with what is known of its source."""

    id: str
    """`<document>:<start>-<end>`, the same whenever the same text is cut in the same way."""
    document: str
    start: int
    end: int
    text: str
    title: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


class TokenSplitter(RecursiveCharacterTextSplitter):
    """LangChain's recursive splitter, measuring in tokens of the embedder, with room for its special ones.

    The splitter adds up the lengths of pieces. A tokenizer's special tokens ([CLS], [SEP]) come once a passage and not once a
    piece, so they are taken off each piece and off the room of the whole.
    """

    def __init__(self, count_tokens: Callable[[str], int], chunk_tokens: int, overlap_tokens: int, title: str = "") -> None:
        special = count_tokens("")
        measure = lru_cache(maxsize=100_000)(lambda text: count_tokens(text) - special)
        room = max(chunk_tokens - special, 1)
        room = max(room - (measure(title) if title else 0), (room + 1) // 2)
        super().__init__(
            separators=SEPARATORS, chunk_size=room, chunk_overlap=min(overlap_tokens, room // 2), length_function=measure,
            keep_separator="end", strip_whitespace=True,
        )  # fmt: skip
        self._asked = (count_tokens, chunk_tokens, overlap_tokens)

    def beside(self, title: str) -> TokenSplitter:
        """The same, for passages that are embedded behind this title; it takes half of a passage at most."""
        return TokenSplitter(*self._asked, title) if title else self


def token_splitter(count_tokens: Callable[[str], int], chunk_tokens: int, overlap_tokens: int) -> TextSplitter:
    """Passages of at most `chunk_tokens`, special tokens and title included; SetupError where the overlap is no smaller than a passage."""
    if overlap_tokens >= chunk_tokens:
        raise SetupError(f"retrieval.overlap_tokens ({overlap_tokens}) must be smaller than retrieval.chunk_tokens ({chunk_tokens})")
    return TokenSplitter(count_tokens, chunk_tokens, overlap_tokens)


class Measures(Protocol):
    """An embedder, as far as the size of its passages goes."""

    @property
    def room(self) -> int: ...

    def count_tokens(self, text: str) -> int: ...


def fitting_splitter(embedder: Measures, chunk_tokens: int, overlap_tokens: int) -> TextSplitter:
    """As `token_splitter`, with passages no longer than the embedder reads: what is behind that would never be found."""
    token_splitter(embedder.count_tokens, chunk_tokens, overlap_tokens)  # what was asked for is refused where it makes no sense
    room = min(chunk_tokens, embedder.room)
    return token_splitter(embedder.count_tokens, room, min(overlap_tokens, room - 1))


def split(sources: Iterable[Source], splitter: TextSplitter) -> list[Passage]:
    """Passages in the order of the sources; a text of white space alone gives none. SetupError where two sources have one id."""
    seen: set[str] = set()
    found: list[Passage] = []
    for source in sources:
        if source.id in seen:
            raise SetupError(f"two documents have the id {source.id!r}; give each an id of its own")
        seen.add(source.id)
        found += _passages(source, splitter)
    return found


def whole(source: Source) -> Passage:
    """The document as one passage."""
    start, end = 0, len(source.text)
    return Passage(f"{source.id}:{start}-{end}", source.id, start, end, source.text, source.title, dict(source.metadata))


def searchable(passage: Passage) -> str:
    """What is embedded and searched of a passage: its title before its text, unless the text begins with it anyway.

    A paragraph from the middle of an article often does not name what it is about; docs/log.md has what the title is worth.
    """
    if not _names(passage.title, passage.text):
        return passage.text
    return f"{passage.title}\n{passage.text}"


def _names(title: str, text: str) -> bool:
    return bool(title) and title.lower() not in text[: len(title) + 8].lower()


def _passages(source: Source, splitter: TextSplitter) -> list[Passage]:
    if isinstance(splitter, TokenSplitter) and _names(source.title, source.text):
        splitter = splitter.beside(source.title)
    found: list[Passage] = []
    for text in splitter.split_text(source.text):
        start = _place(source.text, text, found[-1].end if found else 0)
        end = start + len(text)
        found.append(Passage(f"{source.id}:{start}-{end}", source.id, start, end, text, source.title, dict(source.metadata)))
    return found


def _place(text: str, piece: str, covered: int) -> int:
    """Where a piece stands that follows what is covered so far: the last place that leaves no letter between them uncovered.

    Splitters give texts, not places, and a text that repeats itself has several; this one loses nothing whichever was meant.
    """
    blank = BLANK.match(text, covered)
    return text.rindex(piece, 0, (blank.end() if blank else covered) + len(piece))
