"""Composes the snippets of the case `labels` from parts.yaml, so that a snippet's topic says nothing about the rule it breaks.

Seeded: the same parts give the same file. Judges nothing and runs no snippet.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
SEED = 2417
PER_LABEL = {"train": 16, "dev": 3, "test": 7}
NO_RULE = "none"
VERBS = ("settle", "refresh", "tidy", "merge", "prepare", "hand_over", "collect", "measure", "open_up", "rebuild", "trim", "look_over")


def rows() -> list[dict[str, str]]:
    """All rows, in a shuffled order, each with id, snippet, rule and split; no snippet twice."""
    parts = yaml.safe_load((HERE / "parts.yaml").read_text(encoding="utf-8"))
    draw = random.Random(SEED)
    made: list[dict[str, str]] = []
    seen: set[str] = set()
    for split, count in PER_LABEL.items():
        for rule in (*parts["rules"], NO_RULE):
            topics = draw.sample(sorted(parts["topics"]), count)
            for number, topic in enumerate(topics):
                snippet = _new(parts, rule, split, number, topic, draw, seen)
                made.append({"snippet": snippet, "rule": rule, "split": split})
    draw.shuffle(made)
    return [{"id": f"s{number:03d}", **row} for number, row in enumerate(made, start=1)]


def _new(parts: dict[str, Any], rule: str, split: str, number: int, topic: str, draw: random.Random, seen: set[str]) -> str:
    while True:
        snippet = _snippet(parts, rule, split, number, topic, draw)
        if snippet not in seen:
            seen.add(snippet)
            return snippet


def _snippet(parts: dict[str, Any], rule: str, split: str, number: int, topic: str, draw: random.Random) -> str:
    """The breach (or, for none, a further thing done right) among lines of the topic, a lookalike, and what another rule approves of."""
    others = draw.sample([name for name in parts["rules"] if name != rule], 2)
    beside = [draw.choice(parts["rules"][others[0]]["like"])]
    if rule == NO_RULE or draw.random() < 0.5:
        beside.append(draw.choice(parts["rules"][others[1]]["good"]))
    blocks = [*draw.sample(parts["topics"][topic], draw.choice((1, 1, 2))), *beside]
    if rule != NO_RULE:
        forms = parts["rules"][rule]
        fresh = split == "test" and number < len(forms["held"])
        blocks.append(forms["held"][number] if fresh else forms["bad"][number % len(forms["bad"])])
    draw.shuffle(blocks)
    blocks.sort(key=lambda block: block.startswith("return "))
    small, large = draw.randint(2, 9), draw.randint(110, 4900)
    filled = [block.format(n=topic, N=topic.upper(), a=small, b=large) for block in blocks]
    return _frame("\n".join(filled), topic, draw)


def _frame(body: str, topic: str, draw: random.Random) -> str:
    """The lines as they are, or as the body of a function, a method or a loop; whatever the syntax allows."""
    verb = draw.choice(VERBS)
    heads: tuple[str, ...] = (
        "",
        f"def {verb}({topic}):",
        f"class {topic.title()}Desk:\n    def {verb}(self, {topic}):",
        f"async def {verb}_{topic}({topic}):",
    )
    if "await " in body or "async " in body:
        heads = heads[-1:]
    elif "return" in body:
        heads = heads[1:]
    else:
        heads = (*heads, f"for {topic} in waiting:")
    head = draw.choice(heads)
    if not head:
        return body
    return f"{head}\n{indent(body, '        ' if head.startswith('class') else '    ')}"


def text() -> str:
    """The file's content, a row a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())


if __name__ == "__main__":
    (HERE / "snippets.jsonl").write_text(text(), encoding="utf-8")
