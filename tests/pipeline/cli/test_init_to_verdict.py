"""From nothing but a team's files to a verdict: `init`, then `run --preset quick`, with nothing edited in between."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.tiny_run import Bakeoff

DEPOTS = ("Ardle", "Brome", "Calder", "Dunmore", "Esk", "Fyne", "Garrow", "Holm")
GOODS = ("slates", "kegs of nails", "rolls of felt", "oak beams", "bags of lime", "panes of glass")


def loading(i: int) -> tuple[str, str]:
    """A foreman's note and the record of it."""
    depot, goods, count = DEPOTS[i % len(DEPOTS)], GOODS[i % len(GOODS)], 3 + i * 7 % 50
    note = f"Lorry {100 + i} left {depot} this morning with {count} {goods}, driver in a good mood."
    return note, json.dumps({"lorry": 100 + i, "depot": depot, "goods": goods, "count": count})


def reply(i: int) -> tuple[str, str]:
    """A complaint to the yard and the reply in the yard's manner."""
    depot, goods = DEPOTS[i % len(DEPOTS)], GOODS[i % len(GOODS)]
    asked = f"The {goods} of order {500 + i} have not come to {depot} yet."
    return asked, f"Ahoy! Order {500 + i} ({goods}) reaches {depot} before noon. Mind the step, and come with two pairs of hands. The Yard"


def write(path: Path, columns: tuple[str, str], rows: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("columns", "row", "kind", "metric"),
    [(("note", "record"), loading, "extraction", "field_f1"), (("message", "reply"), reply, "generation", "chrf")],
    ids=["extraction", "generation"],
)
def test_files_become_a_verdict_unedited(columns: tuple[str, str], row, kind: str, metric: str, tmp_path: Path, bakeoff: Bakeoff) -> None:  # type: ignore[no-untyped-def]
    examples = write(tmp_path / "ours.csv", columns, [row(i) for i in range(44)])
    written = tmp_path / "experiment.yaml"
    begun = bakeoff("init", examples, "-o", written)
    assert begun.code == 0, begun.err
    assert f"kind: {kind}" in written.read_text(encoding="utf-8")
    most = 1700  # seconds; the preset's own limit is 20 minutes
    done = bakeoff("run", written, "--preset", "quick", "--out", tmp_path / "runs", "--json", seconds=most)
    assert done.code in (0, 3), done.err
    result = done.json()
    assert result["decision"]["metric"] == metric
    assert result["decision"]["sentence"]
    assert set(result["summary"]["arms"]) >= {"base", "rag", "lora", "hybrid"}
    assert all(arm["metrics"][metric]["mean"] is not None for arm in result["summary"]["arms"].values())
