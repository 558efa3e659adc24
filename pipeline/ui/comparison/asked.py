"""Five questions about how the answers will be used: they become constraints and weights before anything is measured."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pipeline.ui.comparison.expectation import expected

Json = dict[str, Any]
OFTEN = {"I do not know": None, "never": "never", "about once a year": "yearly", "every week": "weekly", "every day": "daily"}
MATTERS = {"cost": "cost", "speed": "latency", "little training": "training"}
UNLIMITED = "no limit"


def asked(task: str, documents: bool) -> Json:
    """Keys of `decision:`; draws the questions, and what studies would lead one to expect."""
    with st.expander("Five questions about how it will be used"):
        boxes = st.columns(2)
        often = boxes[0].selectbox("How often do the facts change?", list(OFTEN))
        cite = boxes[1].checkbox("Answers must name their source")
        kept_out = boxes[1].checkbox("Documents may not become part of a model's weights")
        wait = boxes[0].number_input("Longest wait for an answer, in seconds (95 of 100)", 0.0, None, None, 0.5, placeholder=UNLIMITED)
        price = boxes[1].number_input("Most that 1,000 answers may cost", 0.0, None, None, 0.5, placeholder=UNLIMITED)
        wrong = _cost_of_wrong(boxes[0]) if task == "question_answering" else 0.0
        matters = st.multiselect("Between candidates that are equally right, what matters?", list(MATTERS), placeholder="the cheapest")
        found = expected(task, documents, OFTEN[often])
        st.info(f"**What studies would lead one to expect.** {found.told}  \n{'; '.join(found.studies)}", icon=":material/menu_book:")
    limits = {"facts_change": OFTEN[often], "must_cite": cite or None, "documents_in_weights": False if kept_out else None,
              "p95_seconds": wait, "cost_per_1000": price}  # fmt: skip
    constraints = {name: value for name, value in limits.items() if value is not None}
    weights = {MATTERS[name]: 1.0 for name in matters}
    told: Json = {"constraints": constraints, "weights": weights, "cost_of_wrong": wrong}
    return {name: value for name, value in told.items() if value}


def _cost_of_wrong(box: Any) -> float:
    """As people say it: at 1 a wrong answer and none are equally bad, which costs nothing beside the right answer that is not there."""
    unanswered = box.number_input(
        "A wrong answer is as bad as how many unanswered ones?", min_value=1.0, max_value=100.0, value=1.0, step=1.0, key="cost-of-wrong",
        help="1: only right answers count. 3: two right answers make up for one wrong one. The report says where the verdict changes.",
    )  # fmt: skip
    return float(unanswered) - 1
