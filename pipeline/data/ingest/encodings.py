"""Bytes that are not UTF-8 → the name of their encoding. Where several are possible, the commonest one."""

from __future__ import annotations

import codecs
import re
from itertools import islice

from pipeline.errors import UserError

COMMONEST = "cp1252"
"""Windows in Western Europe and America: what Excel saves as CSV there."""
WESTERN = frozenset(
    "äöüßÄÖÜéèêëàâáãåçíìîïñóòôõøúùûýÿœæÉÈÊËÀÂÁÃÅÇÍÌÎÏÑÓÒÔÕØÚÙÛÝŒÆðþÐÞšžŠŽ“”‘’„‚‹›«»–—…•·€£¥§°®©™±²³µ½¼¾×÷¿¡ªº\u00a0\u00ad†‡¢¶¹´¨¸"
)
LETTERS_ONLY = re.compile(r"\w[“”„‚…•·€£¥§®©™±µ½¼¾×÷¿¡¢¶¹²³†‡¸¨]\w", re.UNICODE)
"""Signs that stand between two letters in no Western text."""
CAPITAL_INSIDE = re.compile(r"[a-zß-ÿ][À-ÖØ-ÞŠŽŒ][a-zß-ÿ]")
CENTRAL = ("Czech", "Polish", "Slovak", "Hungarian", "Slovene", "Croatian", "Romanian")
NO_TEXT = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")
LATIN = (
    "cp1250",
    "cp1252",
    "cp1254",
    "cp1257",
    "cp1258",
    "latin_1",
    "cp437",
    "cp850",
    "cp858",
    "cp852",
    "mac_roman",
    "mac_latin2",
    "mac_iceland",
    "hp_roman8",
    "cp500",
    "cp037",
)
WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
SIGN = re.compile(r"\S*[^\x00-\x7f]\S*")
SAMPLES = 2


def known(name: str) -> str:
    """The encoding's name, if it is one of text; a UserError for any other."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, TypeError, UnicodeError):
        raise _unknown(name) from None
    if not getattr(found, "_is_text_encoding", True) or found.name in (
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
    ):
        raise _unknown(name)
    return found.name


def _unknown(name: str) -> UserError:
    return UserError(
        f"{name[:60]!r} is no known encoding of text.", where="data.encoding", remedy="For example utf-8, cp1252 or shift_jis."
    )


def mostly_utf8(data: bytes) -> bool:
    """Whether these bytes are UTF-8 but for a few that are damaged, rather than another encoding."""
    whole = sum(ord(letter) > 127 for letter in data.decode("utf-8", "ignore"))
    return whole > 2 * data.decode("utf-8", "replace").count("\ufffd") - 2 * data.count("\ufffd".encode())


def detected(data: bytes) -> str | None:
    """The encoding of bytes that are not UTF-8; None where it cannot be told."""
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    name = str(best.encoding) if best else None
    central = best is not None and best.language in CENTRAL and best.coherence > 0
    if (name is None or name in LATIN or name.startswith("iso8859")) and not central and _western(data):
        return COMMONEST
    return name


def _western(data: bytes) -> bool:
    try:
        text = data.decode(COMMONEST)
    except UnicodeDecodeError:
        return False
    odd = [letter for letter in text if ord(letter) > 127]
    wrong = sum(letter not in WESTERN for letter in odd) + len(LETTERS_ONLY.findall(text)) + len(CAPITAL_INSIDE.findall(text))
    return bool(odd) and wrong * 20 <= len(odd)


def samples(text: str) -> list[str]:
    """Two words by which a person can tell whether the encoding is right; where no letter is in doubt, what stands about a sign."""
    words = (found.group()[:40] for pattern in (WORD, SIGN) for found in pattern.finditer(text) if not found.group().isascii())
    return list(islice(dict.fromkeys(words), SAMPLES))
