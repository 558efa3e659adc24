"""Personal data by its form: each kind is found and masked, and numbers that look alike stay."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
import pytest

from pipeline.data.masking import masked_reference
from pipeline.data.personal import find, hint, mask
from pipeline.experiment.load import load
from pipeline.records import read_documents, read_examples
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages import data
from pipeline.stages.base import Context
from tests.tiny_run import write_tiny

PERSONAL = {
    "Write to jo.doe+x@mail.example.co.uk.": "Write to [EMAIL].",
    "müller@bücher.example": "[EMAIL]",
    "call +44 20 7946 0958 now": "call [PHONE] now",
    "+49 (0)30 1234567": "[PHONE]",
    "+4915112345678": "[PHONE]",
    "Tel. 0171-1234567, daily": "Tel. [PHONE], daily",
    "Tel no. 0171 1234567": "Tel no. [PHONE]",
    "My phone number: 5550100224": "My phone number: [PHONE]",
    "(212) 555-0187": "[PHONE]",
    "020 7946 0958": "[PHONE]",
    "4111 1111 1111 1111": "[CARD]",
    "card no 5555555555554444": "card no [CARD]",
    "3782-822463-10005": "[CARD]",
    "DE89 3704 0044 0532 0130 00 BIC COBADEFF": "[IBAN] BIC COBADEFF",
    "is99 then gb82west12345698765432": "is99 then [IBAN]",
    "sk-proj-abc123DEF456ghi789JKL012": "[KEY]",
    "AKIAIOSFODNN7EXAMPLE": "[KEY]",
    "ghp_" + "a1B2" * 9: "[KEY]",
    "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb": "a\n[KEY]\nb",
}
HARMLESS = [
    "Order no. 0123 456789", "order 4111111111111111", "#250-345-7788", "TICKET-20240105-123456", "1234567890", "id 1234567890",
    "2024-01-05 10:00", "05.06.2024 12:30", "Tel. 12.05.2024 10:00", "1700000000000", "version 10.15.7.2000", "v1.2.3-rc.4",
    "react@18.2.0-rc.next", "logo@2x.png", "git@github.com:a/b.git", "4111111111111112", "DE89 3704 0044 0532 0130 01", "100 000 000 000",
    "1,000,000,000", "+3.14159265358", "+12.5 %", "ISBN 978-3-16-148410-0", "192.168.100.200", "sk-lazy-loading-skeleton-component2",
    "550e8400-e29b-41d4-a716-446655440000", "[EMAIL] and [PHONE]", "@app.route", "C++ 2024",
]  # fmt: skip


@pytest.mark.parametrize(("text", "masked"), PERSONAL.items())
def test_what_has_the_form_is_masked_and_nothing_beside_it(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_that_look_alike_stay(text: str) -> None:
    assert mask(text) == text


def test_a_hint_holds_the_first_character_and_the_length_alone() -> None:
    text = "to jo@example.org"
    assert hint(text, find(text)[0]) == "j… (14 characters)"


def test_a_json_target_stays_json() -> None:
    masked = orjson.loads(masked_reference('{"mail": "jo@example.org", "card": 4111111111111111, "n": 3, "ok": true}'))
    assert masked == {"mail": "[EMAIL]", "card": "[CARD]", "n": 3, "ok": True}


@pytest.mark.parametrize("unit", ["0", "+1 ", "a@", "a.", "AB12", "sk-", "4111 ", "tel ", "-----BEGIN PRIVATE KEY-----"])
def test_no_text_takes_long(unit: str) -> None:
    began = time.process_time()
    mask(unit * 20_000)
    assert time.process_time() - began < 2


def test_the_setting_masks_rows_and_documents_before_they_are_written(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "case")
    questions, document = path.parent / "questions.jsonl", next((path.parent / "documents").iterdir())
    rows = [orjson.loads(line) for line in questions.read_bytes().splitlines()]
    rows[0] |= {"question": "Who is jo@example.org?", "answers": ["Call +44 20 7946 0958"]}
    questions.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    document.write_text(document.read_text() + "\nJo: jo@example.org", encoding="utf-8")
    for wanted in (True, False):
        experiment = load(path, [f"data.mask_personal_data={str(wanted).lower()}"])
        run = RunFolder(tmp_path / str(wanted))
        data.work(Context(run, experiment, Progress(run)))
        row = next(row for row in read_examples(run.path / "data/train.jsonl") if row.id == rows[0]["id"])
        assert (row.input == "Who is [EMAIL]?", row.references == ("Call [PHONE]",)) == (wanted, wanted)
        text = next(d.text for d in read_documents(run.path / "data/documents.jsonl") if d.id == document.stem)
        assert text.endswith("Jo: [EMAIL]" if wanted else "Jo: jo@example.org")
