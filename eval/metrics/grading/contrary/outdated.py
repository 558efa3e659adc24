"""Whether something is said of the past and holds no longer: `was X until 2023, now Y`, `X, formerly Y`; all of plain letters."""

from __future__ import annotations

import re

_NO_LONGER = re.compile(
    r"\b(?:no longer|not any ?more|anymore|nicht mehr|ya no|nest plus|nes plus|net plus|(?:ne|netait|na|ny) [\w ]{1,20} plus|ne plus|"
    r"n est plus|has been replaced|was replaced|wurde ersetzt|a ete remplacee?|fue reemplazad[oa])\b|不再"
)
_PAST = re.compile(
    r"\b(?:was|were|used to|formerly|former|previously|until|till|once|originally|initially|in the past|earlier|war|waren|bis|"
    r"fruher|fruhere[rns]?|"
    r"ehemals|vorher|zuvor|ursprunglich|c?etait|etaient|jusqu\w*|autrefois|avant|auparavant|era|eran|fue|hasta|antes|"
    r"anteriormente)\b|曾|以前|之前|原来|原先|过去"
)
_NOW = re.compile(
    r"\b(?:now|today|currently|since then|nowadays|at present|these days|then (?:changed|became|moved)|jetzt|heute|inzwischen|"
    r"nun|seither|"
    r"seitdem|mittlerweile|aktuell|maintenant|aujourdhui|desormais|depuis|actuellement|ahora|hoy|actualmente|desde entonces)\b|"
    r"现在|如今|目前|后来"
)


def out_of_date(before: str, after: str) -> bool:
    """`was X until 2023, now Y`: said of the past, while something else is said of today; of its sentence, in plain letters."""
    if _NO_LONGER.search(after) or _NO_LONGER.search(before):
        clause = re.split(r"[,;:]|\bbut\b|\baber\b|\bmais\b|\bpero\b|，", before)[-1]
        return bool(_NO_LONGER.search(clause) or _NO_LONGER.match(after.lstrip(" ,"))) or bool(
            _NO_LONGER.match(re.sub(r"^\W*(?:(?:but|and|aber|mais|pero)\s+)?(?:(?:is|are|ist|sind|has|hat|est|es)\s+)?", "", after))
        )
    if _FORMERLY.search(before):
        return True
    return bool(_PAST.search(before) or _PAST.search(after)) and bool(_NOW.search(after)) and not _NOW.search(before)


_FORMERLY = re.compile(
    r"\w\W*[,(;]\W*(?:formerly|previously|until recently|ehemals|fruher|vormals|bis vor kurzem|anciennement|auparavant|"
    r"antes|anteriormente|原为|原名)(?: (?:called|known as|named|genannt|appelee?|llamad[oa]))?(?: (?:the|a|der|die|das|le|la|el))?\W*$"
)
"""Behind another name: `Tom Reed, formerly Mara Quill`."""


_USED_TO_BE = re.compile(
    r"\b(?:used to (?:be|have|live|work|stand|lie)|formerly|previously|in the past|(?:war|waren) (?:fruher|einmal|ehemals)|"
    r"fruher (?:war|waren)|"
    r"autrefois|solia ser|antes era)\b(?:\W+\w+){0,2}\W*$"
)


def used_to_be(before: str, after: str) -> bool:
    """`It used to be X`, `X used to be the head`; of its sentence, in plain letters."""
    return (bool(_USED_TO_BE.search(before)) and not _NOW.search(before)) or bool(re.match(r"\W*used to (?:be|have)\b", after))


_NOW_ANOTHER = re.compile(
    r"\W*(?:but |and |aber |mais |pero )?(?:now|today|currently|since then|heute|jetzt|maintenant|aujourdhui|hoy|ahora),? "
    r"(?:it|its|thats?|they|he|she|the|es|ist|cest|il|elle|la|le|der|die|das)\b"
)


def replaced(before: str, after: str, next_sentence: str) -> bool:
    """`It used to be X. Today it is Y`: the past in the one sentence, today at the beginning of the next; in plain letters."""
    return bool(_PAST.search(before) or _PAST.search(after)) and not _NOW.search(before) and bool(_NOW_ANOTHER.match(next_sentence))
