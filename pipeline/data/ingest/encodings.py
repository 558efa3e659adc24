"""Bytes that are not UTF-8 → the name of their encoding. Where several are possible, the commonest one.

Short texts give general detectors too little to go by (they take Russian for Greek, German for Danish), so each single-byte encoding is
asked first whether it makes one of its languages of the bytes: letters of that alphabet, where and in the case that people write them.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice

from pipeline.errors import UserError

COMMONEST = "cp1252"
"""Windows in Western Europe and America: what Excel saves as CSV there. Nothing speaks for another where this one fits."""
ALPHABETS: dict[str, tuple[str, ...]] = {
    "cp1252": (
        "äöüßéèêëàâáçôîïñ", "éèêëàâæçùûüîïôœÿ", "áéíóúñüªº", "ãõáâàéêíóôúüçªº", "æøåéèêòóôäöü", "åäöéüáà", "àèéìîòùç", "áéíóúýþæðö",
        "ëïéèöüóáê", "àéèíïòóúüç·",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čšžćđ", "ăâîşţ"),
    "cp1251": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’", "абвгдежзийклмнопрстуфхцчшщъьюя",
               "абвгдђежзијклљмнњопрстћуфхцчџш"),
    "koi8-r": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",),
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",),
    "cp1254": ("çğıöşüâîû",),
    "cp1255": ("אבגדהוזחטיכךלמםנןסעפףצץקרשת",),
    "cp1256": ("ابتثجحخدذرزسشصضطظعغفقكلمنهويىءآأؤإئةپچژگ،؟؛ًٌٍَُِّْ",),
    "cp1257": ("āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž"),
    "cp874": ("".join(map(chr, range(0xE01, 0xE5C))),),
    "iso8859_2": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű"),
    "mac_roman": ("äöüßéèêëàâáçôîïñ", "éèêëàâæçùûüîïôœÿ", "áéíóúñü", "åäöéüáà"),
    "cp850": ("äöüßéèêëàâáçôîïñ", "éèêëàâæçùûüîïôÿ", "áéíóúñü", "åäöéüáà", "æøåéèêòóôäöü"),
}  # fmt: skip
"""Encodings, the commonest first, with the letters beyond ASCII of the languages written in them."""
SIGNS = frozenset("“”‘’„‚‹›«»–—…•·€£¥§°®©™±²³µ½¼¾×÷¿¡ªº\u00a0\u00ad†‡№")
BESIDE_LETTERS = frozenset("’‘\u00ad·²³ªº°®™“”„‚‹›«»–—…¿¡'\u00a0")
"""Signs that may touch a letter: quotes, dashes, squares."""
LAST_LATIN = "\u024f"
FITS = 0.9
"""Share of what is beyond ASCII that must be as the language writes it."""
KANA = re.compile(r"[\u3040-\u30ff]")
JAPANESE = ("cp932", "euc_jp")
KANA_SHARE = 0.1
NO_TEXT = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")
LOOKED_AT = 30_000
"""Bytes of lines that are not ASCII."""
WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
SIGN = re.compile(r"\S*[^\x00-\x7f]\S*")
SAMPLES = 2


def known(name: str) -> str:
    """The encoding's name, if it is one of text; a UserError for any other."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, TypeError, UnicodeError):
        raise _unknown(name) from None
    if not getattr(found, "_is_text_encoding", True) or found.incrementaldecoder is None or found.name.replace("-", "_") in NO_TEXT:
        raise _unknown(name)
    return found.name


def _unknown(name: str) -> UserError:
    remedy = "For example utf-8, cp1252 or shift_jis."
    return UserError(f"{name[:60]!r} is no known encoding of text.", where="data.encoding", remedy=remedy)


def mostly_utf8(data: bytes) -> bool:
    """Whether these bytes are UTF-8 but for a few that are damaged, rather than another encoding."""
    whole = sum(ord(letter) > 127 for letter in data.decode("utf-8", "ignore"))
    return whole > 2 * data.decode("utf-8", "replace").count("\ufffd") - 2 * data.count("\ufffd".encode())


def detected(data: bytes) -> str | None:
    """The encoding of bytes that are not UTF-8; None where it cannot be told."""
    lines = b"\n".join(line for line in data.split(b"\n") if not line.isascii())[:LOOKED_AT]
    scores = {name: max(_fit(text, letters) for letters in ALPHABETS[name]) for name in ALPHABETS if (text := _decoded(lines, name))}
    best = max(scores, key=lambda name: scores[name], default="")  # of equals the first, which is the commonest
    fitting = [name for name in scores if scores[name] >= FITS]
    if fitting and (best == COMMONEST or len(fitting) == 1):
        return best
    if fitting:
        other = _charset_normalizer(data)
        return other if other in fitting else best
    for name in JAPANESE:
        text = _decoded(data[:LOOKED_AT], name, "ignore")
        if text and len(KANA.findall(text)) > KANA_SHARE * sum(not letter.isascii() for letter in text):
            return name
    return _charset_normalizer(data) or (best if scores.get(best, 0.0) > 0.5 else None)


def _charset_normalizer(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return str(best.encoding) if best else None


def _decoded(data: bytes, name: str, errors: str = "strict") -> str:
    try:
        return data.decode(name, errors)
    except UnicodeDecodeError:
        return ""


def _fit(text: str, letters: str) -> float:
    """The share of what is beyond ASCII that a text in a language with these letters could hold where it stands."""
    alphabet = frozenset(letters) | frozenset(letters.upper())
    fits = total = 0
    before = " "
    for place, letter in enumerate(text):
        if not letter.isascii():
            total += 1
            after = text[place + 1 : place + 2]
            fits += _letter_fits(before, letter, after) if letter in alphabet else letter in SIGNS and _sign_fits(before, letter, after)
        before = letter
    return fits / total if total else 0.0


def _letter_fits(before: str, letter: str, after: str) -> bool:
    """No capital within a word in small letters, and no letter of another script beside a Latin one."""
    if letter > LAST_LATIN and any(near.isascii() and near.isalpha() for near in (before, after)):
        return False
    return not (letter.isupper() and letter.lower() != letter and before.islower())


def _sign_fits(before: str, sign: str, after: str) -> bool:
    if sign in BESIDE_LETTERS:
        inside = before.isalpha() and after.isalpha()
        return not inside or sign in "’‘\u00ad·–—"
    return not before.isalpha() and not after.isalpha()


def samples(text: str) -> list[str]:
    """Two words by which a person can tell whether the encoding is right; where no letter is in doubt, what stands about a sign."""
    words = (found.group()[:40] for pattern in (WORD, SIGN) for found in pattern.finditer(text) if not found.group().isascii())
    return list(islice(dict.fromkeys(words), SAMPLES))
