"""Composes the case `hybrid` from parts.yaml: product cards with figures, customers' messages, and the replies in the house's form.

Seeded: the same parts give the same files. No figure of a held-out product's reply answers the same question in training.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
SEED = 5309
PRODUCTS = {"dev": 5, "test": 18}
"""Held-out products; all others are for training."""
ASKED = 4
"""Messages about each product, each after another figure."""


@dataclass(frozen=True)
class Product:
    """One card: figures by attribute."""

    name: str
    kind: str
    split: str
    code: str
    figures: dict[str, int]

    @property
    def document(self) -> str:
        return f"{self.name}-{self.kind}".lower().replace(" ", "-")

    @property
    def title(self) -> str:
        return f"{self.name} {self.kind}"


def files() -> dict[str, str]:
    """Every file of the case that is made, by its path inside the case."""
    parts = yaml.safe_load((HERE / "parts.yaml").read_text(encoding="utf-8"))
    draw = random.Random(SEED)
    products = _products(parts, draw)
    cards = {f"documents/{product.document}.md": _card(product, parts, draw) for product in products}
    rows = [row for product in products for row in _rows(product, parts, draw)]
    draw.shuffle(rows)
    numbered = ({"id": f"h{number:03d}", **row} for number, row in enumerate(rows, start=1))
    return {**cards, "messages.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in numbered)}


def _attributes(parts: dict[str, Any], kind: str) -> dict[str, Any]:
    return {**parts["common"], **parts["kinds"][kind]}


def _products(parts: dict[str, Any], draw: random.Random) -> list[Product]:
    named = [(name, kind) for kind, names in parts["names"].items() for name in names]
    draw.shuffle(named)
    codes = draw.sample(range(201, 999), len(named))
    splits = [split for split, count in PRODUCTS.items() for _ in range(count)]
    splits += ["train"] * (len(named) - len(splits))
    pools: dict[tuple[str, bool], list[int]] = {}
    products = []
    for (name, kind), split, code in zip(named, splits, codes, strict=True):
        figures = {}
        for attribute, form in _attributes(parts, kind).items():
            if (attribute, True) not in pools:
                low, high, step = form["range"]
                values = draw.sample(range(low, high + 1, step), (high - low) // step + 1)
                pools[attribute, True], pools[attribute, False] = values[::2], values[1::2]
            least, most = parts["plausible"][kind].get(attribute, form["range"][:2])
            figures[attribute] = draw.choice([value for value in pools[attribute, split == "train"] if least <= value <= most])
        products.append(Product(name, kind, split, f"HW-{code}", figures))
    return products


def _card(product: Product, parts: dict[str, Any], draw: random.Random) -> str:
    """Title, then the figures in any order among things of no consequence, in one to three paragraphs."""
    forms = _attributes(parts, product.kind)
    told = [draw.choice(forms[attribute]["card"]).format(v=figure) for attribute, figure in product.figures.items()]
    told += draw.sample(parts["stories"], 2)
    draw.shuffle(told)
    told.insert(
        draw.choice((0, len(told))),
        draw.choice((f"Card {product.code}.", f"This is card {product.code}.", f"Filed as card {product.code}.")),
    )
    breaks = sorted(draw.sample(range(2, len(told) - 1), 2))
    paragraphs = [told[: breaks[0]], told[breaks[0] : breaks[1]], told[breaks[1] :]]
    return f"# {product.title}\n\n" + "\n\n".join(" ".join(part) for part in paragraphs) + "\n"


def _rows(product: Product, parts: dict[str, Any], draw: random.Random) -> list[dict[str, Any]]:
    made = []
    for attribute, form in draw.sample(list(_attributes(parts, product.kind).items()), ASKED):
        ticket = draw.randrange(10_000, 99_999)
        question = draw.choice(form["ask"]).format(n=product.title)
        question = re.sub(r"\b([Aa]) (?=[AEIO])", r"\1n ", question)
        answer = form["reply"].format(n=product.title, v=product.figures[attribute])
        reply = parts["reply"].format(answer=answer, card=product.code, t=ticket)
        made.append({
            "message": draw.choice(parts["tickets"]).format(m=question, t=ticket), "replies": [reply], "gold_doc_ids": [product.document],
            "group": product.document, "split": product.split,
        })  # fmt: skip
    return made


def main() -> None:
    """Writes the files beside this one."""
    (HERE / "documents").mkdir(exist_ok=True)
    for name, content in files().items():
        (HERE / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
