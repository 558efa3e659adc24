"""What a drafted question may not be, by rules alone: each check says why a draft is dropped, or nothing. Asks no model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from eval.metrics.grading.asked import Asked
from eval.metrics.grading.choices import chosen
from eval.metrics.grading.grade import ungradable
from eval.metrics.grading.key_facts import polarity
from eval.metrics.grading.words import unspaced, words
from pipeline.data.audit.language import IN_SCRIPT, guess
from pipeline.drafting.record import Draft, Stage

COPIED_WORDS = 7
"""Words in a row that a question may not share with its passage; a sign of a script without spaces counts as a third of one."""
LONGEST_ANSWER = 30
"""Words. What is longer is no answer that can be graded right or wrong."""
YES_NO_TOLD = ("English", "German", "French", "Spanish", "Portuguese", "Chinese")
"""Languages whose yes and no the grader knows."""
SELF_EXPLAINING = re.compile(
    r"\b(?:according to|based on) (?:the|this|these) (?:\w+ )?"
    r"(?:passages?|texts?|excerpts?|documents?|articles?|paragraphs?|material|context)\b"
    r"|\b(?:mentioned|described|stated|given|in|from|of|by) (?:in )?(?:the|this|these) "
    r"(?:above |following |first |second |given |provided |two )?"
    r"(?:passages?|texts?|excerpts?|document|article|paragraphs?|author)\b"
    r"|\b(?:the|this) (?:passage|text|excerpt|article|paragraph|author)(?:'s)? (?:says?|states?|mentions?|describes?|tells?)\b"
    r"|\b(?:laut|gemäß|nach|in|aus|zufolge) (?:dem|diesem|der|dieser|den|obigen|vorliegenden) (?:\w+ )?"
    r"(?:text|textes|passage|abschnitt|absatz|dokument|artikel|auszug|material|autor)\b"
    r"|\bim (?:\w+ )?(?:text|abschnitt|absatz|dokument|artikel|auszug)\b"
    r"|\b(?:selon|d'après|d’après|dans) (?:le|la|ce|cet|cette|l'|l’)\s?(?:texte|passage|extrait|document|article|paragraphe|auteur)\b"
    r"|\b(?:según|de acuerdo con|en) (?:el|la|este|esta) (?:texto|pasaje|fragmento|documento|artículo|párrafo|autor)\b"
    r"|\b(?:secondo|nel|nella|in base al) (?:il |questo |questa )?(?:testo|passaggio|brano|documento|articolo|paragrafo)\b"
    r"|\b(?:segundo|de acordo com|no|na|neste|nesta) (?:o |a |este )?(?:texto|passagem|trecho|documento|artigo|parágrafo)\b"
    r"|\b(?:volgens|in) (?:de|het|deze|dit) (?:tekst|passage|document|artikel|alinea|fragment)\b"
    r"|(?:согласно|в) (?:данному |этому |данном |этом )?(?:тексту|тексте|отрывку|отрывке|документу|документе|статье)\b"
    r"|(?:根据|依据|按照|在)(?:本|该|这|此|上述|以上|这篇|这段)?(?:段落|文章|文本|文中|材料|文档|文件|上文|短文|原文|节选)|文中(?:提到|所述|说)"
    r"|(?:この|本|上記の)(?:文章|文書|テキスト|段落|記事|一節)|(?:이|위) (?:글|지문|문서|본문|단락)",
    re.IGNORECASE,
)
"""Words that point at the passage: nobody who has a question would use them."""


class Fault(NamedTuple):
    """Where a draft ends, and why."""

    stage: Stage
    why: str


def fault_of(draft: Draft) -> Fault | None:
    """The first rule that a draft breaks; None: it breaks none."""
    if why := _form(draft):
        return Fault("schema", why)
    if why := _quote(draft):
        return Fault("quote", why)
    for rule in (_points_at_the_passage, _language, _copied, _gradable):
        if why := rule(draft):
            return Fault("rules", why)
    return None


def place_of(quote: str, text: str) -> tuple[int, int] | None:
    """Where the quote stands in the text, word for word; white space may differ. None: nowhere."""
    parts = quote.split()
    if not parts:
        return None
    found = re.search(r"\s+".join(map(re.escape, parts)), text)
    return found.span() if found else None


def _form(draft: Draft) -> str:
    if not any(sign.isalnum() for sign in draft.question):
        return "the model found no such question in the passage"
    if draft.kind == "unanswerable":
        return "it is to have no answer, and has one" if draft.answer.strip() else ""
    return "" if any(sign.isalnum() for sign in draft.answer) else "it has no answer"


def _quote(draft: Draft) -> str:
    """Each quote stands in its passage, and one of them holds the answer."""
    if len(draft.quotes) < len(draft.passages):
        return "a quote is missing"
    for quote, passage in zip(draft.quotes, draft.passages, strict=True):
        if not any(sign.isalnum() for sign in quote):
            return "the quote is empty"
        if place_of(quote, passage.text) is None:
            return "the quote does not stand in the passage"
    if draft.kind in ("yes_no", "unanswerable"):
        return ""
    return "" if any(holds(quote, draft.answer) for quote in draft.quotes) else "the quote does not hold the answer"


def holds(quote: str, answer: str) -> bool:
    """Whether all words of the answer stand in the quote, in a row."""
    wanted, there = words(answer), words(quote)
    return bool(wanted) and any(there[start : start + len(wanted)] == wanted for start in range(len(there) - len(wanted) + 1))


def _points_at_the_passage(draft: Draft) -> str:
    found = SELF_EXPLAINING.search(draft.question)
    return f"it points at the passage ({found[0]!r})" if found else ""


def _language(draft: Draft) -> str:
    """Where both can be told, the question's language is the passage's; one of another script needs a sign of it."""
    if (script := IN_SCRIPT.get(draft.language)) is not None and not script.search(draft.question):
        return f"it is not in {draft.language}"
    asked = guess(draft.question)
    return f"it is in {asked}, the passage in {draft.language}" if asked and draft.language and asked != draft.language else ""


def _copied(draft: Draft) -> str:
    asked = words(draft.question)
    most = COPIED_WORDS * (3 if unspaced(draft.question) else 1)
    longest = max(longest_run(asked, words(place.text)) for place in draft.passages)
    return f"{longest} words in a row are the passage's own" if longest >= most else ""


def longest_run(asked: Sequence[str], told: Sequence[str]) -> int:
    """Of words that stand in both in the same order without a gap."""
    best, before = 0, dict[int, int]()
    places: dict[str, list[int]] = {}
    for place, word in enumerate(told):
        places.setdefault(word, []).append(place)
    for word in asked:
        before = {place: before.get(place - 1, 0) + 1 for place in places.get(word, ())}
        best = max(best, *before.values()) if before else best
    return best


def _gradable(draft: Draft) -> str:
    if draft.kind == "unanswerable":
        return ""
    if draft.kind == "yes_no":
        told = polarity(draft.answer) is not None or chosen(draft.answer, ("yes", "no")) is not None
        known = draft.language in YES_NO_TOLD
        return "" if told or (not known and len(draft.answer.split()) <= 2) else "its answer is neither yes nor no"
    most = LONGEST_ANSWER * (3 if unspaced(draft.answer) else 1)
    if len(words(draft.answer)) > most:
        return f"its answer has more than {LONGEST_ANSWER} words"
    return ungradable(Asked((draft.answer,), draft.question))
