"""Which scripts a text is written in, and which fonts show them: for formats that carry their fonts along. Guesses no language."""

from __future__ import annotations

import re
from collections.abc import Collection

SCRIPTS: dict[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    "Chinese or Japanese": (re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"),
        ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Source Han Sans", "WenQuanYi Zen Hei", "PingFang SC",
         "Hiragino Sans", "Microsoft YaHei", "Yu Gothic", "Droid Sans Fallback")),
    "Korean": (re.compile("[\u1100-\u11ff\uac00-\ud7af]"),
        ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK SC")),
    "Thai": (re.compile("[\u0e00-\u0e7f]"), ("Noto Sans Thai", "Sarabun", "Loma", "Garuda", "Thonburi", "Leelawadee UI", "Tahoma")),
    "Arabic": (re.compile("[\u0600-\u06ff\u0750-\u077f]"), ("Noto Sans Arabic", "Noto Naskh Arabic", "DejaVu Sans", "Geeza Pro", "Arial")),
    "Hebrew": (re.compile("[\u0590-\u05ff]"), ("Noto Sans Hebrew", "DejaVu Sans", "Liberation Sans", "Arial")),
    "Devanagari": (re.compile("[\u0900-\u097f]"), ("Noto Sans Devanagari", "Lohit Devanagari", "Mangal", "Kohinoor Devanagari",
         "Nirmala UI")),
    "emoji": (re.compile("[\U0001f300-\U0001faff]"),
        ("Noto Color Emoji", "Noto Emoji", "Apple Color Emoji", "Segoe UI Emoji", "Twitter Color Emoji")),
}  # fmt: skip
"""By name: its characters, and families that show them, the best first."""


def written_in(text: str) -> list[str]:
    """Of `SCRIPTS`, those that stand in the text."""
    return [name for name, (characters, _) in SCRIPTS.items() if characters.search(text)]


def fonts_for(scripts: Collection[str], installed: Collection[str]) -> tuple[list[str], list[str]]:
    """The installed families for these scripts, and the scripts for which there is none."""
    found = {name: next((family for family in SCRIPTS[name][1] if family in installed), None) for name in scripts}
    return [family for family in found.values() if family], [name for name, family in found.items() if not family]
