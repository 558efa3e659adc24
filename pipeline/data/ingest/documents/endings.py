"""The endings by which a document's kind is told: the one list that import, `bakeoff init` and the upload page share. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

MARKDOWN = (".md", ".markdown")
PLAIN = (*MARKDOWN, ".txt", ".text", ".rst")
"""Text that is taken as it stands."""
HTML = (".html", ".htm", ".xhtml")
PDF = (".pdf",)
WORD = (".docx",)
SLIDES = (".pptx",)
CONVERTED = (*HTML, *PDF, *WORD, *SLIDES)
"""Documents that become Markdown first."""
ARCHIVES = (".zip",)
"""Holds documents of the other kinds."""
DOCUMENTS = (*PLAIN, *CONVERTED, *ARCHIVES)
"""All of the above; tables (`tables.FORMATS`) may hold documents as well, one a row."""
UNREAD = {
    **dict.fromkeys((".doc", ".odt", ".rtf", ".pages", ".wpd"), "save it as .docx or .pdf"),
    **dict.fromkeys((".ppt", ".odp", ".epub", ".djvu"), "save it as .pdf"),
    **dict.fromkeys((".eml", ".msg", ".mhtml", ".tex", ".adoc"), "save it as .html, .txt or .pdf"),
    **dict.fromkeys((".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz"), "unpack it, or pack it as .zip"),
}
"""Endings of documents that are not read, each with the remedy: met in a folder, they are reported and not passed over."""
NEEDED = {
    **dict.fromkeys(HTML, ("markitdown", "bs4")), **dict.fromkeys(PDF, ("markitdown", "pdfplumber")),
    **dict.fromkeys(WORD, ("markitdown", "mammoth")), **dict.fromkeys(SLIDES, ("markitdown", "pptx")),
    ".xlsx": ("openpyxl",), ".parquet": ("pyarrow",), ".arrow": ("pyarrow",), ".feather": ("pyarrow",),
}  # fmt: skip
"""The packages that read a kind of file; an installation without one of them does not offer it."""


def missing(ending: str) -> list[str]:
    """The packages that files with this ending need and that are not installed."""
    return [name for name in NEEDED.get(ending, ()) if find_spec(name) is None]


def offered(endings: Iterable[str]) -> list[str]:
    """Those of the endings that this installation can read."""
    return [ending for ending in endings if not missing(ending)]
