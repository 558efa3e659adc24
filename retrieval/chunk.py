"""Documents → passages with stable ids and exact offsets. Cleans nothing: a passage's text is the document's, letter for letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from langchain_text_splitters import RecursiveCharacterTextSplitter, TextSplitter

from retrieval.errors import SetupError

SEPARATORS = ["\n\n", "\n", ". ", "? ", "! ", "; ", ", ", " ", ""]
"""Where a text may be cut, the better places first."""


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


def token_splitter(count_tokens: Callable[[str], int], chunk_tokens: int, overlap_tokens: int) -> TextSplitter:
    """LangChain's recursive splitter, measuring in tokens of the embedder; SetupError where the overlap is no smaller than a chunk."""
    if overlap_tokens >= chunk_tokens:
        raise SetupError(f"retrieval.overlap_tokens ({overlap_tokens}) must be smaller than retrieval.chunk_tokens ({chunk_tokens})")
    return RecursiveCharacterTextSplitter(
        separators=SEPARATORS, chunk_size=chunk_tokens, chunk_overlap=overlap_tokens, length_function=count_tokens,
        keep_separator="end", strip_whitespace=True,
    )  # fmt: skip


def split(sources: Iterable[Source], splitter: TextSplitter) -> list[Passage]:
    """Passages in the order of the sources; a text of white space alone gives none."""
    return [passage for source in sources for passage in _passages(source, splitter)]


def _passages(source: Source, splitter: TextSplitter) -> list[Passage]:
    found: list[Passage] = []
    for text in splitter.split_text(source.text):
        start = _place(source.text, text, found[-1].end if found else 0)
        end = start + len(text)
        found.append(Passage(f"{source.id}:{start}-{end}", source.id, start, end, text, source.title, dict(source.metadata)))
    return found


def _place(whole: str, piece: str, covered: int) -> int:
    """Where a piece stands that follows what is covered so far: the last place that leaves no letter between them uncovered.

    Splitters give texts, not places, and a text that repeats itself has several; this one loses nothing whichever was meant.
    """
    gap = len(whole[covered:]) - len(whole[covered:].lstrip())
    return whole.rindex(piece, 0, covered + gap + len(piece))
