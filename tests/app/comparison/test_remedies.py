"""What the app says of a file or a finding names a control of the page, whatever the message was written for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.ui.comparison.from_hub import rows_of
from pipeline.ui.comparison.remedies import CONTROLS, KEY, KEYS, in_app_words
from tests.tiny_run import ROOT

SAID_IN = sorted([*(ROOT / "pipeline/data").rglob("*.py"), *(ROOT / "pipeline/tasks").glob("*.py"), ROOT / "pipeline/stages/fits.py"])


SAID = {
    "Start it with `bakeoff run --upload-training-data`, or leave endpoints[].finetune out.":
        "Start it with a tick at “Upload the training rows there and fine-tune it”.",
    "Which column is the answer? Name it as data.columns.references.": "Which column is the answer? Choose it as “Right answer”.",
    "Set data.mask_personal_data, or make sure of it.": "Turn on “Mask personal data”, or make sure of it.",
    "Raise decision.margin; else expect `undecided` unless the arms lie far apart.":
        "Raise “Smallest improvement worth acting on, of 100”; else expect an open verdict unless the candidates lie far apart.",
    "98 test rows can show a difference of about 0.14, not the 0.03 that matters (two arms); arms.csv":
        "98 test rows can show a difference of about 14 of 100, not the 3 that matter (two candidates); arms.csv",
    "Mend them, or raise data.bad_rows.": "Mend them, or raise “Unreadable rows to leave out, of 100”.",
    "What is it? Name it as data.encoding.": "What is it? Save it as UTF-8.",
    "Set retrieval.chunk_tokens to 200 or less": "Set “chunk tokens” (only in an experiment file) to 200 or less",
    "data.columns.input names 'frage'": "“Question or text” names 'frage'",
    "data.csv:3, train/data.jsonl, my.data.split, data": "data.csv:3, train/data.jsonl, my.data.split, data",
}  # fmt: skip


@pytest.mark.parametrize("written", SAID)
def test_keys_go_by_the_name_of_their_control(written: str) -> None:
    assert in_app_words(written) == SAID[written]


def test_no_message_of_the_import_or_the_audit_keeps_a_key() -> None:
    found = [key for path in SAID_IN for key in KEY.findall(path.read_text(encoding="utf-8"))]
    assert len(found) > 20
    assert [key for key in found if key in in_app_words(f"Set {key}.")] == []


def test_every_control_that_is_named_stands_on_the_page() -> None:
    page = "".join(path.read_text(encoding="utf-8") for path in Path(ROOT / "pipeline/ui/comparison").glob("*.py"))
    for name in ("TEST_ROWS", "TRAIN_ROWS", "LEFT_OUT", "SEVERAL", "MASK", "MARGIN", "INSTRUCTIONS", "TASK", "UPLOAD"):
        assert re.search(rf"\((?:\s*){name}, ", page), name
    assert set(CONTROLS) <= set(KEYS)


@pytest.mark.parametrize("name", ["pipeline", "docs/cases", "../x", "/etc", "a/b/c", "squad; rm", "http://x", "squ ad", "", "~root/x", "-"])
def test_only_what_is_written_like_the_id_of_a_dataset_is_fetched(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would read a folder of the server as gladly as one of the hub."""
    monkeypatch.chdir(ROOT)
    with pytest.raises(UserError, match="no id of a dataset"):
        rows_of(name, "train" if name != "-" else "../train")
