"""HTML, PDF and Word, written by real writers: text, headings and places, or one reason a file; never a traceback, never a hang."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.data.ingest.documents.collect import documents_of
from pipeline.data.ingest.documents.convert import Converter
from pipeline.data.ingest.documents.endings import DOCUMENTS
from pipeline.data.ingest.documents.headings import BETWEEN, Outline, headings
from pipeline.data.ingest.rows.quarantine import Unreadable
from pipeline.data.ingest.rows.tables import FORMATS
from pipeline.errors import UserError
from pipeline.experiment.load import Data
from pipeline.records import Document, Heading, read_documents, write_lines
from pipeline.run_folder import keys
from tests.pipeline.data.document_files import PAGE, PARAGRAPH, hand_made, one, outline, packed, pdf, read, reason, word, written


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    with Converter() as shared:
        yield shared


def test_html_keeps_content_and_leaves_the_frame_out(tmp_path: Path, converter: Converter) -> None:
    page = one(written(tmp_path / "leave.html", PAGE.encode("utf-8")), converter)
    assert isinstance(page, Document)
    assert (page.id, page.title, page.metadata) == ("leave", "Staff handbook", {"origin": "leave.html"})
    assert outline(page) == [(1, "Staff handbook"), (2, "Leave"), (3, "Parental leave")]
    for kept in (
        "There are 25 days a year.",
        "* one\n* two",
        "| Years | Weeks |\n| --- | --- |\n| 0-2 | 16 |",
        "```\n# no heading\nx = 1\n```",
    ):
        assert kept in page.text
    for frame in ("Acme", "Careers", "cookies", "Search", "Send", "Advertisement", "Imprint", "alert", "red", "elsewhere"):
        assert frame not in page.text
    whole = f"<body><form id='aspnet'><p>{PARAGRAPH}</p></form></body>"
    kept_page = one(written(tmp_path / "form.htm", whole.encode("utf-16")), converter)
    assert isinstance(kept_page, Document)
    assert kept_page.text == PARAGRAPH


def test_a_pdf_is_read_column_by_column_with_its_table_and_headings(tmp_path: Path, converter: Converter) -> None:
    found = one(written(tmp_path / "two.pdf", pdf()), converter)
    assert isinstance(found, Document)
    assert outline(found) == [(1, "Leave"), (2, "Parental leave"), (1, "Travel")]
    assert "| Years | Days | Notice |\n| --- | --- | --- |\n| 0 to 2 | 25 | four weeks |\n| 6 or more | 30 | two months |" in found.text
    places = [found.text.index(word) for word in ("Alpha begins the left column.", "| Years", "Omega stands after", "Delta is said")]
    assert places == sorted(places)
    numbers = [int(word[4:]) for word in found.text.split() if word.startswith("Word")]
    assert numbers == [*range(600)]  # every word once, in order, none parted by a hyphen or a column


def test_word_gives_headings_lists_and_tables(tmp_path: Path, converter: Converter) -> None:
    found = one(written(tmp_path / "book.docx", word()), converter)
    assert isinstance(found, Document)
    assert found.title == "Handbook"
    assert outline(found) == [(1, "Handbook"), (1, "Leave"), (2, "Parental leave")]
    assert "* Sixteen weeks.\n\n| Years | Days |\n| --- | --- |\n| 0-2 | 25 |" in found.text


def test_headings_stand_where_they_say_and_not_in_code() -> None:
    text = (
        "---\ntitle: x\n---\n# One #\n```sh\n# not\n```\nText\n# not#one\n\nTwo\n---\n\n- item\n---\n    # code\n### [Three](#t) **x**\r\n"
    )
    found = headings(text)
    assert [(h.level, h.text) for h in found] == [(1, "One"), (1, "not#one"), (2, "Two"), (3, "Three x")]
    assert [text[h.start :].partition("\n")[0].strip("\r") for h in found] == ["# One #", "# not#one", "Two", "### [Three](#t) **x**"]
    assert [Outline(found).at(place) for place in (0, text.index("One"), text.index("Two"), len(text))] == [
        "", "One", f"not#one{BETWEEN}Two", f"not#one{BETWEEN}Two{BETWEEN}Three x"]  # fmt: skip


def test_headings_reach_the_passages(tmp_path: Path) -> None:
    from langchain_text_splitters import CharacterTextSplitter

    from pipeline.stages.index import _under_headings
    from retrieval.chunk import Source, split

    (tmp_path / "a.md").write_text("# Leave\n\nTake 25 days.\n\n## Parental leave\n\nSixteen weeks.")
    (tmp_path / "b.txt").write_text("# Plain text has no headings.")
    write_lines(tmp_path / "documents.jsonl", read(tmp_path).records)
    documents = read_documents(tmp_path / "documents.jsonl")
    assert documents[0].headings == (Heading(0, 1, "Leave"), Heading(24, 2, "Parental leave"))
    cut = split([Source(d.id, d.text, d.title, d.metadata) for d in documents], CharacterTextSplitter(chunk_size=10, chunk_overlap=0))
    passages = _under_headings(cut, documents)
    assert [(p.document, documents[0].text[p.start : p.end] == p.text, p.metadata.get("heading")) for p in passages] == [
        ("a", True, "Leave"), ("a", True, "Leave"), ("a", True, "Leave > Parental leave"), ("a", True, "Leave > Parental leave"),
        ("b", False, None)]  # fmt: skip


def test_damaged_and_disguised_files_give_their_reason(tmp_path: Path, converter: Converter) -> None:
    whole, book = pdf(), word()
    locked = pypdf.PdfWriter(clone_from=io.BytesIO(whole))
    locked.encrypt("secret", algorithm="RC4-128")
    secret = io.BytesIO()
    locked.write(secret)
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    parts_with = {**parts, "word/document.xml": entity + parts["word/document.xml"].split(b"?>", 1)[1]}
    loop = hand_made([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"])
    cases = {
        "cut.pdf": (whole[: len(whole) // 2], "cut off"), "secret.pdf": (secret.getvalue(), "password"),
        "loop.pdf": (loop, "0 of its 1 pages"), "text.pdf": (b"Just text", "not a PDF"),
        "scan.pdf": (pdf("#rect()"), "no text (a scan?)"), "cut.docx": (book[:3000], "damaged"), "zip.docx": (b"PK\x03\x04", "damaged"),
        "entity.docx": (packed(tmp_path / "e", parts_with).read_bytes(), "declares entities"),
        "bomb.docx": (packed(tmp_path / "b", {**parts, "word/x.xml": b" " * 17 * 2**20}).read_bytes(), "100 times"),
        "other.docx": (packed(tmp_path / "o", {"a.txt": b"x"}).read_bytes(), "no Word file"),
        "old.docx": (b"\xd0\xcf\x11\xe0...", "encrypted"), "frame.html": (b"<nav>Home</nav><script>x</script>", "no text"),
        "pdf.html": (whole, "a PDF"), "binary.html": (b"<p>\0\1", "binary"),
        "picture.md": (b"\x89PNG\r\n\x1a\n", "a PNG picture"), "blank.txt": (b" \n", "empty"), "empty.pdf": (b"", "empty"),
    }  # fmt: skip
    for name, (content, mention) in cases.items():
        assert mention in reason(written(tmp_path / name, content), converter), name
    line = one(written(tmp_path / "line.html", b"<p>" + b"word " * 200_000), converter)
    assert isinstance(line, Document)
    assert len(line.text) == 999_999
    deep = one(written(tmp_path / "deep.html", b"<div>" * 3000 + b"deep down"), converter)
    assert isinstance(deep, Document)
    assert deep.text == "deep down"


@pytest.mark.alone
def test_a_document_that_would_never_end_is_stopped_and_the_next_one_read(tmp_path: Path) -> None:
    stream = zlib.compress(b"0 0 m 1 1 l S " * 3_000_000)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/MediaBox[0 0 9 9]/Contents 4 0 R>>",
               b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(stream), stream)]  # fmt: skip
    hostile = hand_made(objects)
    with Converter(lambda ending, size: 1.5) as converter:
        began = time.monotonic()
        with pytest.raises(Unreadable, match="more than 2 processor seconds"):
            converter.convert(".pdf", hostile, "hostile.pdf")
        assert time.monotonic() - began < 15
        assert converter.convert(".html", b"<p>Next", "next.html").text == "Next"


def test_a_missing_library_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = written(tmp_path / "page.html", b"<p>Text")
    program = (
        "import sys; sys.modules['markitdown'] = None\n"
        "from pipeline.experiment.load import Data; from pipeline.data.ingest import load_documents\n"
        f"load_documents(Data(examples=['x'], documents=[{str(path)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.rstrip().endswith("need markitdown. pip install markitdown")


def test_every_file_counts_in_the_content_hash(tmp_path: Path) -> None:
    for folder, content in (("one", b"PDF"), ("two", b"another")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.pdf").write_bytes(content)
    both = keys.of_inputs([str(tmp_path / "one"), str(tmp_path / "two")])
    (tmp_path / "one" / "a.pdf").write_bytes(b"changed")
    changed = keys.of_inputs([str(tmp_path / "one"), str(tmp_path / "two")])
    assert len(both) == 2
    assert sum(both[name] != changed[name] for name in both) == 1


MARKS = [
    b"",
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R>> startxref ",
    b"PK\x03\x04",
    b"<html><p>",
    b"{",
    b"PAR1",
    b"# A\n",
]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), mark=st.sampled_from(MARKS), ending=st.sampled_from([*DOCUMENTS, *FORMATS]))
def test_random_bytes_are_a_document_or_a_reason(tmp_path: Path, converter: Converter, content: bytes, mark: bytes, ending: str) -> None:
    path = written(tmp_path / f"file{ending}", mark + content)
    try:
        found = list(documents_of(path, Data(examples=["x"]), converter))
    except UserError:
        found = []
    documents = [item for item in found if isinstance(item, Document)]
    assert all(document.text.strip() for document in documents)
    write_lines(tmp_path / "documents.jsonl", documents)
    assert read_documents(tmp_path / "documents.jsonl") == documents
