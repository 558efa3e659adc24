"""A PowerPoint file (.pptx) → Markdown: the titles of its slides as headings, texts, tables, and the speaker's notes."""

from __future__ import annotations

import io
import re
from typing import Any

from pipeline.data.ingest.documents.word import refuse_hostile

NUMBER = re.compile(r"<!-- Slide number: \d+ -->\n?")
PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")


def to_markdown(content: bytes) -> str:
    """The text, slide by slide; pictures leave their description."""
    from markitdown import StreamInfo
    from markitdown.converters import PptxConverter

    refuse_hostile(content, "ppt/presentation.xml", "PowerPoint")
    converter: Any = PptxConverter
    made = str(converter().convert(io.BytesIO(content), StreamInfo(extension=".pptx")).markdown)
    return PICTURE.sub(r"\1", NUMBER.sub("", made))
