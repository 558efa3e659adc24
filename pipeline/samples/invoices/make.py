"""Composes the invoices of the case `invoices` from parts.yaml: facts first, then a text that shows them, then the JSON of the facts.

Seeded: the same parts give the same file. Reads no real invoice.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
SEED = 881
COUNTS = {"train": 160, "dev": 24, "test": 80}
SIGNS = {
    "GBP": ("£{}", "{} GBP"),
    "EUR": ("€{}", "{} €", "EUR {}"),
    "USD": ("${}", "USD {}"),
    "CHF": ("Fr. {}", "CHF {}"),
    "SEK": ("{} kr", "SEK {}"),
}
RATES = {"GBP": 20, "EUR": 19, "USD": 7, "CHF": 8, "SEK": 25}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass(frozen=True)
class Facts:
    """What an invoice says; amounts in hundredths."""

    supplier: str
    number: str | None
    day: date
    due: date | None
    currency: str
    first: int
    second: int
    rate: int

    @property
    def net(self) -> int:
        return self.first + self.second

    @property
    def vat(self) -> int:
        return round(self.net * self.rate / 100)

    def target(self) -> str:
        """Compact JSON of the six fields, in the order of the schema."""
        values = {
            "supplier": self.supplier,
            "invoice_number": self.number,
            "date": self.day.isoformat(),
            "currency": self.currency,
            "total": (self.net + self.vat) / 100,
            "due_date": self.due.isoformat() if self.due else None,
        }
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def rows() -> list[dict[str, str]]:
    """All rows with id, text, record and split. The suppliers of dev and test are not those of training."""
    parts = yaml.safe_load((HERE / "parts.yaml").read_text(encoding="utf-8"))
    draw = random.Random(SEED)
    made = []
    for split, count in COUNTS.items():
        suppliers = list(parts["suppliers" if split == "train" else "suppliers_held"])
        layouts = [*parts["layouts"], *(parts["layouts_held"] if split == "test" else [])]
        for number in range(count):
            facts = _facts(suppliers[number % len(suppliers)], draw)
            made.append({"text": _text(facts, layouts[number % len(layouts)], parts, draw), "record": facts.target(), "split": split})
    draw.shuffle(made)
    return [{"id": f"i{number:03d}", **row} for number, row in enumerate(made, start=1)]


def _facts(supplier: str, draw: random.Random) -> Facts:
    day = date(2024, 1, 8) + timedelta(days=draw.randrange(800))
    due = day + timedelta(days=draw.choice((7, 10, 14, 21, 30, 45))) if draw.random() < 0.55 else None
    number = _number(supplier, day, draw) if draw.random() < 0.85 else None
    currency = draw.choice(("GBP", "GBP", "EUR", "EUR", "USD", "CHF", "SEK"))
    first, second = (draw.choice((draw.randrange(900, 9900, 5), draw.randrange(9900, 240000))) for _ in range(2))
    return Facts(supplier, number, day, due, currency, first, second, RATES[currency])


def _number(supplier: str, day: date, draw: random.Random) -> str:
    serial = draw.randrange(11, 9999)
    initials = "".join(word[0] for word in supplier.split() if word[0].isalpha()).upper()
    return draw.choice(
        (
            f"{initials}-{serial}",
            f"{day.year}/{serial:04d}",
            f"{serial:05d}",
            f"{initials}{day.year % 100}{serial}",
            f"R{serial}-{day.month}",
        )
    )


def _text(facts: Facts, layout: str, parts: dict[str, Any], draw: random.Random) -> str:
    sign, style, pattern = draw.choice(SIGNS[facts.currency]), _style(facts.currency, draw), draw.randrange(5)
    other = facts.day - timedelta(days=draw.randrange(3, 60))

    def money(hundredths: int) -> str:
        return sign.format(_amount(hundredths, style))

    def phrase(name: str, value: str | None) -> str:
        return str(draw.choice(parts[f"{name}_missing"])) if value is None else draw.choice(parts[name]).format(x=value)

    item, item2 = draw.sample({**parts["suppliers"], **parts["suppliers_held"]}[facts.supplier], 2)
    who = draw.choice(parts["people"])
    written = _day(other, facts.currency, pattern)
    later = _day(facts.day + timedelta(days=draw.randrange(2, 70)), facts.currency, pattern)
    spare, phone = money(draw.randrange(500, 90000)), draw.randrange(10**6, 10**7)
    filled = layout.format(
        s=draw.choice((facts.supplier, facts.supplier, facts.supplier.upper())) if layout.startswith(("{s}", "[{s}")) else facts.supplier,
        no=phrase("numbers", facts.number), due=phrase("due", _day(facts.due, facts.currency, pattern) if facts.due else None),
        d=_day(facts.day, facts.currency, pattern), one=money(facts.first), two=money(facts.second), net=money(facts.net), rate=facts.rate,
        vat=money(facts.vat), t=money(facts.net + facts.vat), item=item, item2=item2, who=who, other=written, later=later,
        noise=draw.choice(["", "", *parts["noise"]]).format(spare=spare, other=written, later=later, phone=phone, who=who),
    )  # fmt: skip
    return "\n".join(line.rstrip() for line in filled.splitlines() if line.strip(" >|"))


def _style(currency: str, draw: random.Random) -> str:
    """Thousands' and decimal marks, one after the other."""
    return {"CHF": "'.", "SEK": " ,", "EUR": draw.choice((".,", " ,", ",."))}.get(currency, ",.")


def _amount(hundredths: int, style: str) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole:,}".replace(",", style[0]) + f"{style[1]}{rest:02d}"


def _day(day: date, currency: str, pattern: int) -> str:
    """In one of five manners; in figures with strokes, dollars put the month first and everybody else the day."""
    month = MONTHS[day.month - 1]
    strokes = f"{day.month}/{day.day}/{day.year}" if currency == "USD" else f"{day.day}/{day.month}/{day.year}"
    dots = strokes if currency == "USD" else f"{day.day:02d}.{day.month:02d}.{day.year}"
    return (strokes, dots, f"{day.day} {month} {day.year}", f"{month[:3]} {day.day}, {day.year}", day.isoformat())[pattern]


def text() -> str:
    """The file's content, a row a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())


if __name__ == "__main__":
    (HERE / "invoices.jsonl").write_text(text(), encoding="utf-8")
