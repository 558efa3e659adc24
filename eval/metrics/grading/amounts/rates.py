"""How often something happens, brought to one form: `weekly`, `every week` and `once a week` are the same. Changes nothing else."""

from __future__ import annotations

import re

ONCE = "onceper"
"""One word, so that it is neither a figure nor a part of `2 times per week`."""
_UNITS = {
    "hour": "hour|stunde|heure|hora", "day": "day|tag|jour|dia|día", "week": "week|woche|semaine|semana", "month": "month|monat|mois|mes",
    "quarter": "quarter|quartal|trimestre", "year": "year|annum|jahr|an|année|año",
}  # fmt: skip
_ADVERBS = {
    "hour": "hourly|stündlich", "day": "daily|täglich|quotidiennement|diariamente|tous les jours|todos los d[ií]as",
    "week": "weekly|wöchentlich|hebdomadaire(?:ment)?|semanalmente|toutes les semaines|todas las semanas",
    "month": "monthly|monatlich|mensuellement|mensualmente|tous les mois|todos los meses",
    "quarter": "quarterly|vierteljährlich|trimestriellement|trimestralmente",
    "year": "yearly|annually|jährlich|annuellement|anualmente|tous les ans|todos los años",
}  # fmt: skip
_UNIT = "|".join(_UNITS.values())
_ADVERB = "|".join(_ADVERBS.values())
_PER = r"(?:an?|per|each|every|pro|in der|im|am|jede[nrs]?|par|por|al|a la|cada|chaque)"
_EVERY = r"(?:each|every|jede[nrs]?|chaque|cada|alle)"
_COUNTS = {
    "once": 1, "twice": 2, "thrice": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "einmal": 1, "zweimal": 2,
    "dreimal": 3, "une": 1, "deux": 2, "trois": 3, "una": 1, "dos": 2, "tres": 3,
}  # fmt: skip
_TIMES = r"\s?(?:times|time|x|mal|fois|vez|veces)"
_COUNTED = re.compile(
    rf"(?<!\w)(?:(?P<adverbial>once|twice|thrice|einmal|zweimal|dreimal)|(?P<count>\d+|{'|'.join(_COUNTS)}){_TIMES})\s+"
    rf"(?:{_PER}\s+(?P<unit>{_UNIT})|(?P<adverb>{_ADVERB}))(?!\w)", re.IGNORECASE
)  # fmt: skip
_SKIPPED = re.compile(
    r"(?<!\w)(?:every (?:other|second)|alternate) (?P<unit>week|day|month|year)s?(?!\w)|(?<!\w)fortnightly(?!\w)", re.IGNORECASE
)
_ALONE = re.compile(rf"(?<!\w)(?:{_EVERY} (?:single )?(?P<unit>{_UNIT})|(?P<adverb>{_ADVERB}))(?!\w)", re.IGNORECASE)
_PAID = re.compile(r"(?:\d|[€$£¥%]|cents?|ct|pence|euros?|dollars?|pounds?|francs?|eur|usd|gbp|chf)\s*(?:is|are)?\s*\Z", re.IGNORECASE)
"""In front of a rate: so much money, not so many times."""


_SAME = tuple((re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE), same) for pattern, same in (
    (r"every (?:7|seven) days|52 times per year", f"{ONCE} week"), (r"every (?:24|twenty-four) hours|7 times per week", f"{ONCE} day"),
    (r"every (?:14|fourteen|two) (?:days|weeks)(?<!two days)", "every 2 weeks"), (r"12 times per year", f"{ONCE} month"),
    (r"every (?:3|three) months|4 times per year", f"{ONCE} quarter"), (r"every (?:12|twelve) months", f"{ONCE} year"),
    (r"every (?:6|six) months|biannually|semi-?annually|half-yearly", "2 times per year"),
))  # fmt: skip
_AMOUNT = re.compile(r"(?:\d\s?[^\W\d_]*|[€$£¥%])\Z")
_SLASHED = re.compile(
    rf"\s?/\s?(?P<unit>{_UNIT}|hr|h|std|yr|mo|kwh|mwh|km|kg|gb|mb|litre|liter|night|person|user|seat|page|piece|unit|item)\.?(?!\w)",
    re.IGNORECASE,
)
_SHORT = {"hr": "hour", "h": "hour", "std": "hour", "yr": "year", "mo": "month"}
_PRICED = re.compile(rf"\s+{_PER}\s+(?P<unit>{_UNIT})(?!\w)", re.IGNORECASE)


def to_rates(text: str) -> str:
    """`twice daily` → `2 times per day`, `€30 a week` and `€30 weekly` → `€30 per week`, `every other week` → `every 2 weeks`."""
    text = _SLASHED.sub(_slashed, text) if "/" in text else text
    text = _SKIPPED.sub(lambda match: f"every 2 {(match['unit'] or 'week').lower()}s", text)
    text = _COUNTED.sub(_counted, text)
    text = _ALONE.sub(_alone, text)
    for pattern, same in _SAME:
        text = pattern.sub(same, text)
    return _PRICED.sub(_per, text)


def _slashed(match: re.Match[str]) -> str:
    """`95 EUR/hour` → `95 EUR per hour`; `km/h` stays."""
    unit = match["unit"].lower()
    return f" per {_SHORT.get(unit, unit)}" if _PAID.search(match.string[: match.start()]) else match[0]


def _counted(match: re.Match[str]) -> str:
    said = (match["count"] or match["adverbial"]).lower()
    count = int(said) if said.isdigit() else _COUNTS[said]
    return f"{ONCE} {_name(match)}" if count == 1 else f"{count} times per {_name(match)}"


def _alone(match: re.Match[str]) -> str:
    paid = _PAID.search(match.string[: match.start()])
    return f"{'per' if paid else ONCE} {_name(match)}"


def _per(match: re.Match[str]) -> str:
    return f" per {_name(match)}" if _AMOUNT.search(match.string[: match.start()]) else match[0]


def _name(match: re.Match[str]) -> str:
    """The unit in English, whatever language it was written in."""
    groups = match.groupdict()
    found, table = (groups["unit"], _UNITS) if groups.get("unit") else (groups.get("adverb") or "", _ADVERBS)
    return next(name for name, forms in table.items() if re.fullmatch(forms, found, re.IGNORECASE))
