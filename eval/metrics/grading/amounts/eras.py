"""Japanese years of an era → years: `令和6年` → `2024年`. Changes nothing else."""

from __future__ import annotations

import re

_BEGAN = {"明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019}
_YEAR = re.compile(rf"({'|'.join(_BEGAN)})\s?(元|\d{{1,2}})\s?(?=年)")


def to_years(text: str) -> str:
    """The first year of an era is called 元."""
    return _YEAR.sub(lambda match: str(_BEGAN[match[1]] + (0 if match[2] == "元" else int(match[2]) - 1)), text)
