"""A free answer against its references: short ones word by word, sentences by their key facts."""

from __future__ import annotations

import re
from itertools import product

from eval.metrics.grading import key_facts, negation, statement, tokens, yes_no
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.amounts import numbers
from eval.metrics.grading.asked import Asked, Grade
from eval.metrics.grading.contrary import limits, roles, stance
from eval.metrics.grading.contrary.items import items, items_wanted, more_than
from eval.metrics.grading.forms.abbreviations import abbreviates, written_alike
from eval.metrics.grading.forms.spelling import inflected_alike
from eval.metrics.grading.questions import asks_of
from eval.metrics.grading.reading import concluded, without_numbers
from eval.metrics.grading.words import clean, language_of, unspaced, words

SHORT_WORDS, SHORT_SIGNS = 10, 24
"""Words of a reference, or signs of a script without spaces, up to which an answer can be held against it word by word."""
YES_WORDS = 5
"""Words up to which `Yes, for two years` is short; beyond it is a sentence with a yes in it."""
NO_FACTS = "the reference is a sentence without figures, names, dates, yes or no: only a judge can grade its meaning"
BY_FACTS = "by key facts; nobody judged meaning"


def is_short(reference: str) -> bool:
    """Whether an answer can be held against this reference word by word."""
    text = clean(reference)
    if unspaced(text):
        return len(text) <= SHORT_SIGNS
    if key_facts.polarity(text) is not None and len(words(text)) > YES_WORDS:
        return False
    return len(words(text)) <= SHORT_WORDS or len(items(text)) > len(words(text)) / 3


def gradable(asked: Asked) -> bool:
    """Whether any reference is short, or holds facts that can be looked for."""
    language = language_of(f"{asked.question} {' '.join(asked.references)}")
    return any(is_short(one) or key_facts.compare(clean(one), "", language, None, asked.question).facts for one in asked.references)


def graded(asked: Asked, said: str) -> Grade:
    """Question answering without choices."""
    said = concluded(without_numbers(said))
    if any(words(clean(one)) == words(said) and words(said) for one in asked.references) and _same_figures(asked, said):
        return Grade("right", "it is the reference")
    if any(abbreviates(clean(one), said) or abbreviates(said, clean(one)) for one in asked.references):
        return Grade("right", "it is the reference by its first letters")
    short = [one for one in asked.references if is_short(one)]
    said = written_alike(said, [clean(one) for one in short])
    found = yes_no.graded(asked, short, said) or _stated(asked, short, said)
    if found and found.outcome in ("right", "abstained"):
        return found
    if declines(said, asked.question):
        return Grade("abstained", "it declines and claims nothing")
    if found and (len(short) == len(asked.references)):
        return found
    return _by_facts(asked, [one for one in asked.references if one not in short], said)


def _same_figures(asked: Asked, said: str) -> bool:
    """Punctuation parts figures: 1.50 and 150 are the same words to nobody."""
    return any(_figures_and_signs(clean(one)) == _figures_and_signs(said) for one in asked.references)


def _figures_and_signs(text: str) -> tuple[list[str], list[str]]:
    return re.findall(r"[-−]?\d[\d.,:]*", text), [sign for sign in text if sign in "+#€$£¥₹%°"]


def _stated(asked: Asked, short: list[str], said: str) -> Grade | None:
    """By the words of the short references; where no language is known, number words of each are tried."""
    if not short:
        return None
    language = language_of(f"{asked.question} {' '.join(asked.references)}") or language_of(said)
    style = numbers.style_of(asked.references, language)
    grades = (_stated_in(asked, short, said, one, style) for one in ([language] if language else GUESSES))
    first = next(grades)
    return first if first.outcome == "right" else next((one for one in grades if one.outcome == "right"), first)


GUESSES = ("", "de", "fr", "es")
"""Languages of number words that are tried for a few words that tell nothing."""


def _stated_in(asked: Asked, short: list[str], said: str, language: str, style: numbers.Style | None) -> Grade:
    first = _first_words(said, asked.answer_words)
    asks = asks_of(asked.question)
    hows = []
    forms = dict.fromkeys((first, tokens.parted(first), negation.without_any(first), limits.said_outright(first, asked.question)))
    for form, reference in product(forms, short):
        text = tokens.read(stance.said_alike(inflected_alike(form, reference), reference), language, style)
        how: str = statement.stands(tokens.read(_as_version(clean(reference), asked.question), language, style), text, asks)
        parts = items_wanted(clean(reference))
        if how == "absent" and len(parts) > 1 and statement.all_items([tokens.read(one, language, style) for one in parts], text, asks):
            how = "stated"
        if how == "stated" and more_than(clean(reference), said) and not _all_accepted(short, said):
            how = "other"
        if how == "stated" and roles.exchanged(clean(reference), said):
            how = "exchanged"
        if how == "stated":
            return Grade("right", f"it states {reference!r}")
        hows.append(how)
    return Grade("wrong", _WHY[next((how for how in hows if how != "absent"), "absent")])


_ASKS_VERSION = re.compile(r"(?<!\w)(?:versions?|releases?|versión|versione|versão|versie|wersja|版本|バージョン)(?!\w)", re.IGNORECASE)


def _as_version(reference: str, question: str) -> str:
    """`3.10` of a question for a version is no number: 3.1 is another one."""
    dotted = re.fullmatch(r"\d+(?:\.\d+)+", reference.strip()) and _ASKS_VERSION.search(question)
    return f"version {reference}" if dotted else reference


def _all_accepted(references: list[str], said: str) -> bool:
    """Whether each item of the answer is an accepted reference by itself."""
    accepted = {tuple(words(clean(one))) for one in references}
    return all(tuple(words(item)) in accepted for item in items(said))


_WHY = {
    "absent": "it does not state the reference",
    "denied": "it denies the reference",
    "out of date": "it says that the reference holds no longer",
    "one of several": "it names the reference as one of several alternatives",
    "exchanged": "it exchanges who does what",
    "other": "it names more than the reference does",
}


def _first_words(text: str, most: int) -> str:
    """The text, or as many whole sentences of a long one as `most` words have room for; an answer behind them is buried."""
    if unspaced(text):
        return text[: 3 * most]
    if len(text.split()) <= most:
        return text
    kept, count = [], 0
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
        count += len(sentence.split())
        if count > most:
            break
        kept.append(sentence)
    return " ".join(kept)


def _by_facts(asked: Asked, long: list[str], said: str) -> Grade:
    language = language_of(f"{asked.question} {' '.join(asked.references)}")
    style = numbers.style_of(asked.references, language)
    pairs = [pair for one in long for pair in zip(tokens.both_ways(clean(one)), tokens.both_ways(said), strict=True)]
    found = [key_facts.compare(one, answer, language, style, asked.question) for one, answer in dict.fromkeys(pairs)]
    graded = [one for one in found if one.facts]
    if not graded:
        return Grade("missing", NO_FACTS)
    best = max(graded, key=lambda one: (not one.against, one.held / one.facts))
    if best.against:
        return Grade("wrong", f"it contradicts {best.against} ({BY_FACTS})")
    told = f"{best.held} of {best.facts} key facts ({BY_FACTS})"
    return Grade("right" if best.held / best.facts >= key_facts.ENOUGH else "wrong", f"it holds {told}")
