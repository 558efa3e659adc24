"""One row whole: the question, the right answer, what the candidates said with what is the same marked, passages once, scores."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from eval.names import metric_name
from eval.report.format import NOT_MEASURED, number, plain
from pipeline.results.prompt import prompt_of
from pipeline.run_folder.store import RunFolder
from pipeline.ui import blocks
from pipeline.ui.result.rows import DECLINED, RIGHT, RIGHTLY, WRONG
from pipeline.ui.text import inline, said

Json = dict[str, Any]
COLOURS = {RIGHT: "green", RIGHTLY: "green", DECLINED: "orange", WRONG: "red"}
WORD = re.compile(r"\w+", re.UNICODE)
SMALL = 3
"""Words shorter than this are not marked: they stand in every answer."""


def draw(row: Json, pair: Mapping[str, str], outcomes: Mapping[str, str]) -> None:
    """`pair`: the two candidates that are compared, and their names."""
    for turn in row.get("turns", []):
        st.markdown(f"**{inline(turn['role'])}**: {inline(turn['content'])}")
    if "turns" not in row:
        st.header(inline(row["input"]), anchor=False)
    st.markdown(f"**Right answer:** {inline(' / '.join(row['references'])) or 'nobody can know'}")
    wanted = _words(" ".join(row["references"]))
    texts = {arm: row["arms"][arm]["text"] for arm in pair}
    for column, (arm, name) in zip(st.columns(2), pair.items(), strict=True):
        others = set().union(*(_words(text) for one, text in texts.items() if one != arm))
        with column.container(border=True, height="stretch"):
            _answer(name, row["arms"][arm], outcomes[arm], wanted, others)
    _passages(row, pair)
    with st.expander("Scores"):
        names = list(dict.fromkeys(n for arm in pair for n in row["arms"][arm]["metrics"]))
        values = [[metric_name(name), *(_score(row["arms"][arm]["metrics"].get(name)) for arm in pair)] for name in names]
        blocks.table(["metric", *pair.values()], values, "Scores of this row")
    rest = [arm for arm in row["arms"] if arm not in pair]
    if rest:
        with st.expander("What the other candidates said"):
            for arm in rest:
                st.markdown(f"**{inline(arm.replace('_', ' '))}**: {outcomes.get(arm, NOT_MEASURED)}")
                said(row["arms"][arm]["text"])


def prompts(run: RunFolder, row: str, pair: Mapping[str, str]) -> None:
    """What each of the two was asked, word for word; put together only where it is looked at."""
    box = st.expander("Prompt", on_change="rerun", key="prompt")
    if not box.open:
        return
    with box:
        for column, (arm, name) in zip(st.columns(2), pair.items(), strict=True):
            with column:
                st.markdown(f"**{inline(name)}**")
                asked = prompt_of(run, arm, row)
                if asked is None:
                    st.write("No prompt of ours: this candidate asks no model, or is a system of your own.")
                for message in asked or ():
                    st.caption(inline(message["role"]))
                    said(message["content"])


def _score(value: float | None) -> str:
    return "–" if value is None else number(value)


def _answer(name: str, answer: Json, outcome: str, wanted: set[str], others: set[str]) -> None:
    st.markdown(f"**{inline(name)}** :{COLOURS.get(outcome, 'gray')}-badge[{outcome}]")
    st.html(f'<p class="bk-said">{marked(answer["text"], wanted, others) or "(said nothing)"}</p>')
    if answer["failure"]:
        st.markdown(f"No answer: {inline(answer['failure'])}")


def marked(text: str, wanted: set[str], others: set[str]) -> str:
    """The text as HTML: words of the right answer in one colour, words that the other candidate did not say in another."""
    parts, end = [], 0
    clean = plain(text)
    for word in WORD.finditer(clean):
        spoken = word.group().casefold()
        kind = "bk-same" if spoken in wanted else "bk-other" if len(spoken) > SMALL and spoken not in others else ""
        shown = escape(word.group())
        parts += [escape(clean[end : word.start()]), f'<mark class="{kind}">{shown}</mark>' if kind else shown]
        end = word.end()
    return "".join([*parts, escape(clean[end:])])


def _words(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


def _passages(row: Json, pair: Mapping[str, str]) -> None:
    """Each passage once, with who was given it; the right answer marked in it."""
    given: dict[tuple[str, str], tuple[Json, list[str]]] = {}
    for arm, name in pair.items():
        for passage in row["arms"][arm]["passages"]:
            given.setdefault((passage["document"], passage["text"]), (passage, []))[1].append(name)
    for passage, names in given.values():
        gold = " :green-badge[holds the answer]" if passage["gold"] else ""
        with st.expander(f"{inline(passage['document'])}, given to {inline(' and '.join(names))} · {passage['score']:.2f}{gold}"):
            st.html(f'<p class="bk-said">{within(passage["text"], row["references"])}</p>')


def within(text: str, references: Sequence[str]) -> str:
    """The passage as HTML, every accepted answer that stands in it marked."""
    clean, found = plain(text), [re.escape(plain(one)) for one in references if one.strip()]
    if not found:
        return escape(clean)
    parts = re.split(f"({'|'.join(sorted(found, key=len, reverse=True))})", clean, flags=re.IGNORECASE)
    return "".join(f'<mark class="bk-same">{escape(part)}</mark>' if at % 2 else escape(part) for at, part in enumerate(parts))
