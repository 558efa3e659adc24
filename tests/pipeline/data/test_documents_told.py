"""What of documents is not read is told: slides, pages without text, links, empty files, what stands beside; and OCR where it is there."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pptx
import pytest
from pptx.util import Inches

from pipeline.data.ingest import load_documents
from pipeline.data.ingest.documents.endings import missing, offered
from pipeline.data.ingest.documents.ocr import check
from pipeline.errors import UserError
from pipeline.experiment.load import Data
from tests.pipeline.data.document_files import outline, packed, pdf, read, written

SCANNED = "#set page(width: 10cm, height: 5cm)\nFirst page.\n#pagebreak()\n#rect(width: 2cm)\n#pagebreak()\nThird page."


def notes(path: Path, **more: str) -> tuple[list[str], list[str]]:
    loaded = load_documents(Data(examples=["x"], documents=[str(path)], bad_rows=1.0, **more))
    return [document.text for document in loaded.records], [bad.reason for bad in loaded.quarantined]


def test_slides_give_titles_lists_tables_and_notes(tmp_path: Path) -> None:
    made, out = pptx.Presentation(), io.BytesIO()
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text, first.placeholders[1].text = "Leave", "There are 25 days a year.\nSixteen weeks for parents."
    first.notes_slide.notes_text_frame.text = "Mention the works council."
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Days"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for place, text in enumerate(["Years", "Days", "0-2", "25"]):
        table.cell(place // 2, place % 2).text = text
    made.save(out)
    found = read(written(tmp_path / "talk.pptx", out.getvalue())).records[0]
    assert (found.title, outline(found)) == ("Leave", [(1, "Leave"), (3, "Notes:"), (1, "Days")])
    assert "Sixteen weeks for parents." in found.text
    assert "| Years | Days |" in found.text
    assert "Mention the works council." in found.text
    assert "<!--" not in found.text
    _, told = notes(
        written(tmp_path / "a.zip", packed(tmp_path / "b.zip", {"old.ppt": b"x", "bad.pptx": b"x", "a.md": b"Text"}).read_bytes())
    )
    assert sorted(reason.split(";")[0] for reason in told) == [
        "documents ending in .ppt are not read",
        "this is not a PowerPoint file (.pptx)",
    ]


def test_pages_without_text_are_named(tmp_path: Path) -> None:
    texts, told = notes(written(tmp_path / "scan.pdf", pdf(SCANNED)))
    assert "First page." in texts[0]
    assert "Third page." in texts[0]
    assert told == ["no text was found on page 2; scanned pages can be read where tesseract is installed: data.ocr"]


def test_pages_without_text_are_read_from_their_picture_on_request(tmp_path: Path) -> None:
    if shutil.which("tesseract") is None:
        with pytest.raises(UserError, match="needs the program tesseract"):
            check("eng")
        return
    import pypdfium2

    with pypdfium2.PdfDocument(pdf("#set page(width: 12cm, height: 5cm)\n#set text(size: 20pt)\nThe harbour opens at six.")) as document:
        image = document[0].render(scale=3).to_pil().convert("RGB")
    image.save(tmp_path / "scan.pdf", "PDF")
    texts, told = notes(tmp_path / "scan.pdf", ocr="eng")
    assert texts == ["The harbour opens at six."]
    assert "page 1 hold no text of their own and were read from their picture" in told[0]
    with pytest.raises(UserError, match="no data for the language 'xyz'"):
        check("eng+xyz")
    with pytest.raises(UserError, match="names no languages"):
        check("eng; rm")


def test_empty_documents_never_stop_and_what_is_passed_over_is_told(tmp_path: Path) -> None:
    for name, content in {
        "a.md": "Text",
        "empty.txt": "",
        "blank.txt": " \n",
        "mark.txt": "\ufeff",
        "none": "x",
        "program.exe": "x",
        ".hidden.md": "x",
    }.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    loaded = load_documents(Data(examples=["x"], documents=[str(tmp_path)], bad_rows=0.0))
    assert [document.text for document in loaded.records] == ["Text"]
    assert sorted((bad.kind, Path(bad.file).name) for bad in loaded.quarantined) == [
        ("empty", "blank.txt"), ("empty", "empty.txt"), ("empty", "mark.txt"), ("note", tmp_path.name)]  # fmt: skip
    assert "no ending (1)" in loaded.quarantined[0].reason
    assert ".exe (1)" in loaded.quarantined[0].reason


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "secret.md", tmp_path / "folder"
    outside.write_text("Secret")
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text("Text")
    (folder / "out.md").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path)
    (folder / "sub" / "in.md").symlink_to(folder / "a.md")
    texts, told = notes(folder)
    assert texts == ["Text", "Text"]
    assert told == ["it is a link that leads out of the folder, and is not followed"]


def test_members_with_backslashes_stand_in_folders(tmp_path: Path) -> None:
    path = tmp_path / "w.zip"
    with zipfile.ZipFile(path, "w") as out:
        for name in ("docs\\leave.md", "docs\\pay\\leave.md", "..\\up.md", "C:\\x.md", "docs\\"):
            out.writestr(name.replace("\\", "/") if name.endswith("\\") else "x", "") if name.endswith("\\") else out.writestr(
                zipfile.ZipInfo(name), f"Text of {name}"
            )
    loaded = read(path)
    assert [document.id for document in loaded.records] == ["docs/leave", "docs/pay/leave"]
    assert [bad.reason for bad in loaded.quarantined] == ["its name leads out of the archive"] * 2


def test_a_kind_without_its_reader_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offered((".pptx", ".md", ".xlsx")) == [".pptx", ".md", ".xlsx"]
    monkeypatch.setitem(missing.__globals__["NEEDED"], ".pptx", ("markitdown", "no_such_package"))
    assert offered((".pptx", ".md", ".xlsx")) == [".md", ".xlsx"]
    assert missing(".pptx") == ["no_such_package"]
