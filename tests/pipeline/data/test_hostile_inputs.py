"""Hundreds of faulty inputs through every reader: each ends in rows or in words, soon, within bounds; no row is lost or changed unsaid."""

from __future__ import annotations

import resource
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.data.ingest.rows.propose import propose, write_experiment
from pipeline.errors import UserError
from pipeline.planning.first_rows import FirstRows, first_rows
from tests.pipeline.data.hostile_documents import documents
from tests.pipeline.data.hostile_tables import Case, tables

SEED = 20261128
SLOWEST = 120.0
"""Seconds of the processor for one input, read twice as `init` does."""
MEMORY = 3 * 2**20
"""KiB that the process, or any that reads for it, may have held at most."""


def outcome(case: Case, folder: Path) -> str:
    """`read`, `told` (refused, or rows left out by name), or what went wrong."""
    began = _spent()
    try:
        named = case.write(folder)
        text = write_experiment(propose(named), "hostile", folder)
        found = first_rows(text, folder)
    except UserError as error:
        return "told" if error.message.strip() else "refused without a word"
    except Exception:
        return f"traceback: {traceback.format_exc(limit=-3)}"
    if _spent() - began > SLOWEST:
        return f"took {_spent() - began:.0f} s"
    return _judged(case, found)


def _spent() -> float:
    """Processor seconds of this process and of those that read for it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _judged(case: Case, found: FirstRows) -> str:
    left_out = [bad for bad in found.quarantined if bad.kind != "note"]
    there = Counter((row.input, row.references[0] if row.references else "") for row in found.rows)
    lost = [row for row in case.untouched if not there[row]]
    if lost and len(left_out) < len(lost):
        return (
            f"{len(lost)} rows lost or changed, {len(left_out)} told: {lost[:2]} {list(there)[:2]} {[bad.reason for bad in left_out[:3]]}"
        )
    if lost and not case.reader.endswith("x"):
        return f"untouched rows left out: {lost[:2]} {[bad.reason for bad in left_out[:3]]}"
    if case.reader in DOCUMENTS and not any(document.text == "A sound document." for document in found.documents):
        return f"the sound document was lost: {[bad.reason for bad in found.quarantined[:3]]}"
    return "told" if found.quarantined else "read"


DOCUMENTS = ("html", "pdf", "docx", "pptx", "md", "zip", "folder")


def cases() -> Iterator[Case]:
    yield from tables(SEED)
    yield from documents(SEED)


@pytest.mark.slow
@pytest.mark.hostile
@pytest.mark.timeout(3600)
def test_every_input_ends_in_rows_or_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    for number, case in enumerate(cases()):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = outcome(case, folder)
        counts.setdefault(case.reader, Counter())[found if found in ("read", "told") else "wrong"] += 1
        if found not in ("read", "told"):
            wrong.append(f"{case.reader}, {case.fault}: {found}")
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    with capsys.disabled():
        sys.stdout.write(
            f"\n| reader | inputs | read | told | wrong |\n|---|---|---|---|---|\n{_table(counts)}\npeak {peak / 2**20:.2f} GiB\n"
        )
    assert sum(sum(row.values()) for row in counts.values()) >= 400
    assert not wrong, "\n".join(wrong)
    assert peak < MEMORY


def _table(counts: dict[str, Counter[str]]) -> str:
    total = sum(counts.values(), Counter())
    lines = [(reader, row) for reader, row in sorted(counts.items())] + [("all", total)]
    return "\n".join(f"| {name} | {sum(row.values())} | {row['read']} | {row['told']} | {row['wrong']} |" for name, row in lines)
