"""One row whole: the question, the right answer, what the candidates said with what is the same marked, passages once, scores."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from eval.names import metric_name
from eval.report.format import NOT_MEASURED, number, plain
from pipeline.results.prompt import prompt_of
from pipeline.run_folder.store import RunFolder
from pipeline.ui import blocks
from pipeline.ui.result.rows import DECLINED, RIGHT, RIGHTLY, WRONG
from pipeline.ui.text import inline, said

Json = dict[str, Any]
COLOURS = {RIGHT: "right", RIGHTLY: "right", DECLINED: "declined", WRONG: "wrong"}
"""Classes of style.css."""
WORD = re.compile(r"\w+", re.UNICODE)
SMALL = 3
"""Words shorter than this are not marked: they stand in every answer."""


def draw(row: Json, pair: Mapping[str, str], names: Mapping[str, str], outcomes: Mapping[str, str]) -> None:
    """`pair`: the two candidates that are compared, and their names; `names`: of every candidate.

    Few elements, and none in what is folded: each costs the browser ten milliseconds at a step to the next row.
    """
    for turn in row.get("turns", []):
        st.markdown(f"**{inline(turn['role'])}**: {inline(turn['content'])}")
    if "turns" not in row:
        st.header(inline(row["input"]), anchor=False)
    st.markdown(f"**Right answer:** {inline(' / '.join(row['references'])) or 'nobody can know'}")
    st.html(_answers(row, pair, outcomes))
    passages = _passages(row, pair)
    if passages and (box := folded("Passages", opened=True)):
        box.html(passages)
    if box := folded("Scores"):
        measured = list(dict.fromkeys(n for arm in pair for n in row["arms"][arm]["metrics"]))
        values = [[metric_name(name), *(_score(row["arms"][arm]["metrics"].get(name)) for arm in pair)] for name in measured]
        with box:
            blocks.table(["metric", *pair.values()], values, "Scores of this row")
    rest = [arm for arm in row["arms"] if arm not in pair]
    if rest and (box := folded("What the other candidates said")):
        said_by = [_said(names.get(arm, arm), row["arms"][arm], outcomes.get(arm, NOT_MEASURED)) for arm in rest]
        box.html(f'<div class="bk-pair">{"".join(said_by)}</div>')


def folded(name: str, opened: bool = False) -> DeltaGenerator | None:
    """Where to draw what can be folded away, and stays as it was left from row to row; none while it is closed."""
    box = st.expander(name, expanded=opened, on_change="rerun", key=f"fold-{name}")
    return box if box.open else None


def prompts(run: RunFolder, row: str, pair: Mapping[str, str]) -> None:
    """What each of the two was asked, word for word; put together only where it is looked at."""
    box = folded("Prompt")
    if box is None:
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


def _answers(row: Json, pair: Mapping[str, str], outcomes: Mapping[str, str]) -> str:
    """What the two said, side by side as HTML, with what is the same marked."""
    wanted = _words(" ".join(row["references"]))
    spoken = {arm: _words(row["arms"][arm]["text"]) for arm in pair}
    parts = []
    for arm, name in pair.items():
        others = set().union(*(words for one, words in spoken.items() if one != arm))
        parts.append(_said(name, row["arms"][arm], outcomes[arm], wanted, others))
    return f'<div class="bk-pair">{"".join(parts)}</div>'


def _said(name: str, answer: Json, outcome: str, wanted: AbstractSet[str] = frozenset(), others: AbstractSet[str] | None = None) -> str:
    """One answer as HTML; no word is marked where there is nothing to compare it with."""
    text = escape(plain(answer["text"])) if others is None else marked(answer["text"], wanted, others)
    failure = f"<p>No answer: {escape(plain(answer['failure']))}</p>" if answer["failure"] else ""
    head = f'<strong>{escape(plain(name))}</strong> <span class="bk-badge {COLOURS.get(outcome, "")}">{escape(outcome)}</span>'
    return f'<div class="bk-card"><p>{head}</p><p class="bk-said">{text or "(said nothing)"}</p>{failure}</div>'


def marked(text: str, wanted: AbstractSet[str], others: AbstractSet[str]) -> str:
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


def _passages(row: Json, pair: Mapping[str, str]) -> str:
    """Each passage once as HTML, with who was given it; the right answer marked in it."""
    given: dict[tuple[str, str], tuple[Json, list[str]]] = {}
    for arm, name in pair.items():
        for passage in row["arms"][arm]["passages"]:
            given.setdefault((passage["document"], passage["text"]), (passage, []))[1].append(name)
    parts = []
    for passage, names in given.values():
        gold = ' <span class="bk-badge right">holds the answer</span>' if passage["gold"] else ""
        told = f"given to {' and '.join(names)} · {passage['score']:.2f}"
        head = f"<strong>{escape(plain(passage['document']))}</strong>, {escape(plain(told))}{gold}"
        parts.append(f'<p>{head}</p><p class="bk-said">{within(passage["text"], row["references"])}</p>')
    return "".join(parts)


def within(text: str, references: Sequence[str]) -> str:
    """The passage as HTML, every accepted answer that stands in it marked."""
    clean, found = plain(text), [re.escape(plain(one)) for one in references if one.strip()]
    if not found:
        return escape(clean)
    parts = re.split(f"({'|'.join(sorted(found, key=len, reverse=True))})", clean, flags=re.IGNORECASE)
    return "".join(f'<mark class="bk-same">{escape(part)}</mark>' if at % 2 else escape(part) for at, part in enumerate(parts))
