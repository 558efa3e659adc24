"""Documents with one fault each, drawn by a seed; the sound document beside each must be read whatever happens to the other."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pptx

from tests.pipeline.data.document_files import PAGE, hand_made, pdf, word
from tests.pipeline.data.hostile_tables import Case, as_jsonl, rows

DRAWS = 5


def slides() -> bytes:
    made, out = pptx.Presentation(), io.BytesIO()
    for number in range(3):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number}"
        slide.placeholders[1].text = "There are 25 days a year."
    made.save(out)
    return out.getvalue()


def documents(seed: int) -> Iterator[Case]:
    draw = random.Random(seed)
    whole = {"html": PAGE.encode(), "pdf": pdf(), "docx": word(), "pptx": slides(), "md": b"# Leave\n\nThere are 25 days a year.\n" * 20}
    whole["zip"] = _packed({f"a/{name}.{name}": content for name, content in whole.items()})
    for reader, content in whole.items():
        for fault, made in _faults(content, draw):
            yield _folder(reader, fault, {f"odd.{reader}": made})
    yield from _names()
    yield from _bombs(whole["docx"], whole["pptx"])


def _faults(content: bytes, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    for _ in range(DRAWS):
        place = draw.randrange(1, len(content))
        yield "cut", content[:place]
        yield "garbage in the middle", content[:place] + draw.randbytes(40) + content[place:]
        for count in (3, 60):
            flipped = bytearray(content)
            for _ in range(count):
                flipped[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
            yield f"{count} flipped bits", bytes(flipped)
    yield from {"empty": b"", "blanks": b" \n ", "random": content[:8] + draw.randbytes(3000), "zeros": content + b"\0" * 4096}.items()


def _folder(reader: str, fault: str, files: dict[str, bytes]) -> Case:
    def write(folder: Path) -> list[Path]:
        (folder / "rows.jsonl").write_bytes(as_jsonl(rows()))
        there = folder / "documents"
        there.mkdir()
        (there / "sound.md").write_bytes(b"A sound document.")
        for name, content in files.items():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            (there / name).write_bytes(content)
        return [folder / "rows.jsonl", there]

    return Case(reader, fault, write, rows())


def _packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return out.getvalue()


def _names() -> Iterator[Case]:
    text = b"Text of this member."
    for name in (
        "/etc/passwd.md",
        "../up.md",
        "a\\b\\c.md",
        "C:\\x.md",
        "a\nb.md",
        "a\x1b[31m.md",
        "x" * 250 + ".md",
        "inner.zip",
        ".hidden.md",
        "a/../b.md",
        "con.md",
        "\u202edm.exe",
    ):
        yield _folder("zip", f"a member called {name[:20]!r}", {"odd.zip": _packed({name: text, "good.md": text})})
    for name in ("leer zeichen.md", "ünï 文件.md", "no_ending", "UPPER.MD", ".hidden.md", "a.b.c.txt", "x.exe", "deep/" * 20 + "a.md"):
        yield _folder("folder", f"a file called {name[:20]!r}", {name: text})

    def linked(folder: Path) -> list[Path]:
        made = _folder("folder", "", {}).write(folder)
        (made[1] / "out.md").symlink_to("/etc/passwd")
        (made[1] / "loop").symlink_to(made[1])
        (made[1] / "gone.md").symlink_to("nowhere.md")
        return made

    yield Case("folder", "links", linked, rows())


def _bombs(book: bytes, talk: bytes) -> Iterator[Case]:
    large = b" " * 200 * 2**20
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    for reader, content, part in (("docx", book, "word/document.xml"), ("pptx", talk, "ppt/presentation.xml")):
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            members = {name: source.read(name) for name in source.namelist()}
        yield _folder(reader, "a bomb", {f"odd.{reader}": _packed({**members, "word/x.xml": large})})
        yield _folder(reader, "entities", {f"odd.{reader}": _packed({**members, part: entity})})
    yield _folder("zip", "a bomb", {"odd.zip": _packed({"a.md": large})})
    yield _folder("zip", "a zip in a zip", {"odd.zip": _packed({"a.zip": _packed({"a.md": large})})})
    yield _folder("html", "deep", {"odd.html": b"<div>" * 50_000 + b"x"})
    yield _folder("html", "wide", {"odd.html": b"<table>" + b"<tr><td>x</td></tr>" * 50_000})
    loop = hand_made([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"])
    yield _folder("pdf", "its pages hold themselves", {"odd.pdf": loop})
