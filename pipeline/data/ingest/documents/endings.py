"""The endings by which a document's kind is told: the one list that import, `bakeoff init` and the upload page share. Reads nothing."""

from __future__ import annotations

MARKDOWN = (".md", ".markdown")
PLAIN = (*MARKDOWN, ".txt", ".text", ".rst")
"""Text that is taken as it stands."""
HTML = (".html", ".htm", ".xhtml")
PDF = (".pdf",)
WORD = (".docx",)
CONVERTED = (*HTML, *PDF, *WORD)
"""Documents that become Markdown first, which needs the `documents` extra."""
ARCHIVES = (".zip",)
"""Holds documents of the other kinds."""
DOCUMENTS = (*PLAIN, *CONVERTED, *ARCHIVES)
"""All of the above; tables (`tables.FORMATS`) may hold documents as well, one a row."""
UNREAD = {
    **dict.fromkeys((".doc", ".odt", ".rtf", ".pages", ".wpd"), "save it as .docx or .pdf"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".epub", ".djvu"), "save it as .pdf"),
    **dict.fromkeys((".eml", ".msg", ".mhtml", ".tex", ".adoc"), "save it as .html, .txt or .pdf"),
    **dict.fromkeys((".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz"), "unpack it, or pack it as .zip"),
}
"""Endings of documents that are not read, each with the remedy: met in a folder, they are reported and not passed over."""
