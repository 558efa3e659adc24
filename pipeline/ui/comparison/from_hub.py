"""Rows of a public dataset of the Hugging Face Hub, fetched once and kept as if they had been uploaded."""

from __future__ import annotations

import io
import re
from itertools import islice
from pathlib import Path

import orjson
import streamlit as st

from pipeline.data.ingest.rows.hub import PREFIX, hub_rows
from pipeline.data.ingest.rows.quarantine import BadRow
from pipeline.errors import UserError
from pipeline.ui.comparison.remedies import in_app_words
from pipeline.ui.text import inline

NAME = re.compile(r"[\w-][\w.-]{0,95}(?:/[\w-][\w.-]{0,95})?", re.ASCII)
SPLIT = re.compile(r"[\w-][\w.-]{0,60}", re.ASCII)
MOST = 20_000
"""Rows that are fetched."""


class Fetched(io.BytesIO):
    """Rows of a dataset, as if they had been uploaded."""

    name = "dataset.jsonl"


def chosen() -> list[Fetched]:
    """Draws the choice; the rows as one file, none where nothing was asked for or it cannot be had."""
    with st.form("hub", border=False):
        name = st.text_input("Dataset, such as squad or owner/name", key="hub-name").strip()
        split = st.text_input("Part of it", "train", key="hub-split").strip()
        st.caption(f"Fetched from huggingface.co to this server, {MOST:,} rows at most.")
        if st.form_submit_button("Fetch", icon=":material/cloud_download:"):
            st.session_state["_fetched"] = (name, *_asked(name, split)) if name else None
    called, rows, why = st.session_state.get("_fetched") or ("", b"", "")
    if why:
        st.error(inline(why))
    if not rows:
        return []
    file = Fetched(rows)
    file.name = f"{called.replace('/', '--')}.jsonl"
    return [file]


def _asked(name: str, split: str) -> tuple[bytes, str]:
    """The rows, or why there are none: asked once, since an id that does not answer takes half a minute."""
    try:
        with st.spinner("Fetching the dataset"):
            rows = rows_of(name, split)
    except UserError as error:
        return b"", in_app_words(str(error)).replace("“hub split” (only in an experiment file)", "“Part of it”")
    return rows, "" if rows else "This part of the dataset holds no rows. Try another one."


def rows_of(name: str, split: str) -> bytes:
    """JSON lines. Only what is written like a dataset's id is asked for: the library would read a folder of this server as gladly."""
    if not NAME.fullmatch(name) or Path(name).exists() or not SPLIT.fullmatch(split):
        raise UserError("this is no id of a dataset and one of its parts.", remedy="For example squad, and train.")
    rows = islice((row for row in hub_rows(f"{PREFIX}{name}", split, None) if not isinstance(row, BadRow)), MOST)
    return b"".join(orjson.dumps(dict(row.cells), default=str) + b"\n" for row in rows)
