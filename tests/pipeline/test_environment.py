"""What reads other people's files finds no key in its environment, and a worker not the app's own."""

from __future__ import annotations

import os

import psutil
import pytest

from pipeline.data.ingest.documents.convert import Converter
from pipeline.environment import for_work
from pipeline.password import VARIABLE

KEYS = {
    "OPENAI_API_KEY": "sk-1",
    "MY_JUDGE": "secret",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "DATABASE_URL": "postgres://a:b@c/d",
    "HF_TOKEN": "hf_1",
}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEYS, VARIABLE: "scrypt$00$00"}.items():
        monkeypatch.setenv(name, value)


def test_a_reader_of_documents_has_no_key() -> None:
    with Converter() as converter:
        assert converter.convert(".html", b"<p>wild thyme</p>", "a.html").text == "wild thyme"
        assert converter._process is not None
        found = psutil.Process(converter._process.pid).environ()
    assert found["PATH"] == os.environ["PATH"]
    assert not {*KEYS, VARIABLE} & set(found)


def test_a_worker_has_the_keys_of_endpoints_alone() -> None:
    found = for_work()
    assert KEYS.items() <= found.items()
    assert VARIABLE not in found
