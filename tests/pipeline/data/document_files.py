"""HTML, PDF, Word and ZIP files to read, written by real writers; and how tests read them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import typst

from pipeline.data.ingest import BadRow, Loaded, load_documents
from pipeline.data.ingest.documents.collect import documents_of
from pipeline.data.ingest.documents.convert import Converter
from pipeline.experiment.load import Data
from pipeline.records import Document


def words(start: int, end: int) -> str:
    return " ".join(f"Word{n} goes on." for n in range(start, end))


PARAGRAPH = words(0, 60)
PAGE = f"""<!doctype html><html><head><title>Leave | Acme</title><style>p {{color: red}}</style></head><body>
<header><a href="/">Acme</a><h1>Staff <em>handbook</em></h1></header>
<nav><ul><li>Home</li><li>Careers</li></ul></nav><div id="cookie-banner">We use cookies</div>
<main><h2>Leave<a class="headerlink" href="#leave">¶</a></h2><p>There are <a href="http://elsewhere.test/x">25 days</a> a year.</p>
<pre><code># no heading
x = 1</code></pre><ul><li>one</li><li>two</li></ul>
<h3>Parental leave</h3><table><tr><th>Years</th><th>Weeks</th></tr><tr><td>0-2</td><td>16</td></tr></table><p>{PARAGRAPH}</p>
<form>Search <input name="q"><button>Send</button></form><aside>Advertisement</aside></main>
<footer>Imprint</footer><script>alert("x")</script></body></html>"""
TYPST = f"""#set page(paper: "a4", columns: 2, numbering: "1", header: [Handbook])
#set par(justify: true)
= Leave
Alpha begins the left column. {words(0, 240)}
== Parental leave
#table(columns: 3, [Years], [Days], [Notice], [0 to 2], [25], [four weeks], [6 or more], [30], [two months])
Omega stands after the table. {words(240, 540)}
= Travel
Delta is said of travel. {words(540, 600)}
"""


def read(path: Path, **more: Any) -> Loaded[Document]:
    return load_documents(Data(examples=["x"], documents=[str(path)], **{"bad_rows": 1.0, **more}))


def one(path: Path, converter: Converter) -> Document | BadRow:
    (found,) = documents_of(path, Data(examples=["x"]), converter)
    return found


def reason(path: Path, converter: Converter) -> str:
    found = one(path, converter)
    assert isinstance(found, BadRow), found
    assert (found.file, found.line) == (str(path), 1)
    return found.reason


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Leave", 1)
    document.add_paragraph("There are 25 days a year.")
    document.add_heading("Parental leave", 2)
    document.add_paragraph("Sixteen weeks.", style="List Bullet")
    table = document.add_table(2, 2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["Years", "Days", "0-2", "25"], strict=True):
        cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(source: str = TYPST) -> bytes:
    made = typst.compile(source.encode(), format="pdf", ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


def hand_made(objects: list[bytes]) -> bytes:
    """A PDF of these objects, the first its catalog."""
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return path


def outline(document: Document) -> list[tuple[int, str]]:
    for heading in document.headings:
        assert document.text.startswith("#" * heading.level + " ", heading.start)
    return [(heading.level, heading.text) for heading in document.headings]
