"""A path named by the user → the files behind it: one file, a folder's, or a ZIP's. Reads none of them before it is asked to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from pipeline.data.ingest.documents.archive import Archive
from pipeline.data.ingest.documents.endings import ARCHIVES, DOCUMENTS, UNREAD
from pipeline.data.ingest.rows.quarantine import BadRow, note
from pipeline.data.ingest.rows.tables import FORMATS
from pipeline.data.ingest.text import read_bytes
from pipeline.errors import UserError

KNOWN = (*DOCUMENTS, *FORMATS)


@dataclass(frozen=True)
class Found:
    """A file that may hold documents."""

    label: str
    """As messages and the quarantine name it: a path, or `archive.zip!member`."""
    ending: str
    """Lower case, one of `KNOWN`."""
    name: str
    """The id of its document: the file's name without ending, with its folders where that alone is not unique."""
    origin: str
    content: Callable[[], bytes]
    """Reads it; UserError or Unreadable where that fails."""
    path: Path | None
    """Where it lies; None inside an archive."""
    named: bool = False
    """Whether the user named it, rather than a folder or an archive it is in."""


def sources(path: Path) -> Iterator[Found | BadRow]:
    """The files behind `path` in order of their names; a UserError where there are none that can be read."""
    ending = path.suffix.lower()
    if path.is_dir():
        yield from _folder(path)
    elif ending in ARCHIVES:
        yield from _archive(path, "")
    elif ending in KNOWN:
        yield Found(str(path), ending, path.stem, path.name, partial(read_bytes, path), path, named=True)
    else:
        remedy = f"Known: {', '.join(KNOWN)}." if ending not in UNREAD else f"Please {UNREAD[ending]}."
        raise UserError(f"documents ending in {path.suffix!r} are not read.", where=str(path), remedy=remedy)


def _folder(folder: Path) -> Iterator[Found | BadRow]:
    there = sorted(file for file in folder.rglob("*") if file.is_file() and not _hidden(file.relative_to(folder)))
    outside = [file for file in there if not file.resolve().is_relative_to(folder.resolve())]
    yield from (BadRow(str(file), 1, "", "it is a link that leads out of the folder, and is not followed") for file in outside)
    there = [file for file in there if file not in set(outside)]
    yield from _passed_over(folder, [file.suffix.lower() for file in there if file.suffix.lower() not in (*KNOWN, *UNREAD)])
    files = [file for file in there if file.suffix.lower() in (*KNOWN, *UNREAD)]
    known = [file for file in files if file.suffix.lower() in KNOWN]
    if not known:
        raise UserError("this folder holds no documents that can be read.", where=str(folder), remedy=f"Known: {', '.join(KNOWN)}.")
    places = [file.relative_to(folder).as_posix() for file in known]
    names = dict(zip(known, _names(places), strict=True))
    for file in files:
        ending = file.suffix.lower()
        if ending in UNREAD:
            yield _unread(str(file), ending)
        elif ending in ARCHIVES:
            yield from _archive_in_folder(file, "" if len(known) == 1 else f"{names[file]}/")
        else:
            yield Found(str(file), ending, names[file], file.name, partial(read_bytes, file), file)


def _hidden(place: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in place.parts)


def _passed_over(folder: Path, endings: Sequence[str]) -> Iterator[BadRow]:
    """A remark on files that are no documents, by their endings."""
    if endings:
        counts = Counter(endings).most_common(10)
        told = ", ".join(f"{ending or 'no ending'} ({count})" for ending, count in counts)
        yield note(str(folder), 1, f"files that are no documents of a known kind are passed over: {told}")


def _archive_in_folder(path: Path, prefix: str) -> Iterator[Found | BadRow]:
    """The same for one among others, where an archive that is refused as a whole is one bad row."""
    try:
        yield from _archive(path, prefix)
    except UserError as error:
        yield BadRow(str(path), 1, "", error.message.rstrip("."))


def _archive(path: Path, prefix: str) -> Iterator[Found | BadRow]:
    """The members; those beside other files have the archive's name before their own."""
    with Archive(path) as archive:
        yield from archive.refused
        endings = {name: PurePosixPath(name).suffix.lower() for name in archive.names}
        yield from (_unread(f"{path}!{name}", ending) for name, ending in endings.items() if ending in UNREAD)
        known = [name for name, ending in endings.items() if ending in KNOWN]
        if not known and not archive.refused:
            raise UserError("this archive holds no documents that can be read.", where=str(path), remedy=f"Known: {', '.join(KNOWN)}.")
        for name, short in zip(known, _names(known), strict=True):
            yield Found(f"{path}!{name}", endings[name], prefix + short, f"{path.name}!{name}", partial(archive.read, name), None)


def _unread(label: str, ending: str) -> BadRow:
    return BadRow(label, 1, "", f"documents ending in {ending} are not read; {UNREAD[ending]}")


def _names(places: Sequence[str]) -> list[str]:
    """For each place its file's name without ending, where that is not unique with its folders, and else with its ending too."""
    paths = [PurePosixPath(place) for place in places]
    short, long = Counter(path.stem for path in paths), Counter(str(path.with_suffix("")) for path in paths)
    return [
        path.stem if short[path.stem] == 1 else str(path.with_suffix("")) if long[str(path.with_suffix(""))] == 1 else str(path)
        for path in paths
    ]
