"""A model behind an API on the New page, and whether its service may fine-tune it on the training rows. Not offered in a shared app."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pipeline.ui import gate
from pipeline.ui.comparison.remedies import UPLOAD

Json = dict[str, Any]
TOLD = (
    "Training and dev rows, for the hybrid candidate with passages of your documents, lie at the service until you delete them there. "
    "Test rows never do."
)


def asked() -> Json:
    """The section `endpoints`; nothing where no model is named, or where others could send data with this machine's keys."""
    if gate.shared():
        return {}
    with st.expander("A model behind an API, if you have one"):
        st.caption("It is asked the same questions by OpenAI's chat API. Its key is read from the environment variable that you name.")
        boxes = st.columns([3, 2, 2])
        address = boxes[0].text_input("Its address", placeholder="https://api.example.org/v1", key="endpoint-address").strip()
        model = boxes[1].text_input("Its name there", key="endpoint-model").strip()
        variable = boxes[2].text_input("Variable of its key", placeholder="EXAMPLE_API_KEY", key="endpoint-key").strip()
        tuned = st.checkbox(UPLOAD, key="endpoint-tuned", help=TOLD)
        price = st.number_input("Price of a million trained tokens", 0.0, None, None, key="endpoint-price") if tuned else None
        if not (address and model):
            return {}
        if tuned and price is None:
            st.info("State the price of a million trained tokens (0 if it is free), so that it is fine-tuned too.", icon=":material/help:")
    more = {"finetune": {"price_per_million": {"training": price}}} if tuned and price is not None else {}
    return {"endpoints": [{"name": "service", "base_url": address, "model": model, "api_key_env": variable or None, **more}]}


def allowed() -> bool:
    """Whether training rows may be uploaded, as ticked."""
    return bool(st.session_state.get("endpoint-tuned")) and not gate.shared()
