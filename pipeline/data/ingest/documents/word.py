"""A Word file (.docx) → Markdown. Refuses what Word itself never writes: document type declarations, bombs, encryption."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from pipeline.data.ingest.documents.archive import DAMAGE, Limits, opened
from pipeline.data.ingest.rows.quarantine import Unreadable
from pipeline.errors import UserError

LIMITS = Limits(unpacked=256 * 2**20)
TITLES = "p[style-name='Title'] => h1:fresh"
XML = (".xml", ".rels")


def to_markdown(content: bytes) -> str:
    """The text; pictures are left out, links keep their text alone."""
    from markitdown import StreamInfo
    from markitdown.converters import DocxConverter

    refuse_hostile(content, "word/document.xml", "Word")
    info = StreamInfo(extension=".docx")
    converter: Any = DocxConverter
    made = converter().convert(io.BytesIO(content), info, style_map=TITLES, strip=["a", "img"], table_infer_header=True)
    return str(made.markdown)


def refuse_hostile(content: bytes, part: str, kind: str) -> None:
    """Unreadable where the archive lacks this part of a file of its kind, unpacks to too much, or declares entities."""
    try:
        with opened(io.BytesIO(content), "", LIMITS) as archive:
            if part not in archive.namelist():
                raise Unreadable(f"it is a ZIP archive but no {kind} file")
            for info in archive.infolist():
                if info.filename.endswith(XML):
                    _refuse_declarations(archive, info)
    except UserError as error:
        raise Unreadable(error.message.rstrip(".")) from None
    except DAMAGE as error:
        raise Unreadable(f"it is damaged ({type(error).__name__})") from None


def _refuse_declarations(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    if b"<!DOCTYPE" in archive.read(info).replace(b"\0", b"").upper():
        raise Unreadable("it declares entities, which such files never do")
