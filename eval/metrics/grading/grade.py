"""The door: one answer, what was asked and the accepted answers → right, abstained, wrong or missing, with the reason. Calls no model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from eval.metrics.grading import fields, key_facts, negation, numbers, statement, tokens
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.choices import YES_NO, chosen
from eval.metrics.grading.reading import answer_of, bare
from eval.metrics.grading.words import clean, language_of, unspaced, words

Outcome = Literal["right", "abstained", "wrong", "missing"]
TaskKind = Literal["question_answering", "classification", "extraction", "generation"]
SHORT_WORDS, SHORT_SIGNS = 10, 24
"""Words of a reference, or signs of a script without spaces, up to which an answer can be held against it word by word."""
NO_FACTS = "the reference is a sentence without figures, names, dates, yes or no: only a judge can grade its meaning"
BY_FACTS = "by key facts; nobody judged meaning"


@dataclass(frozen=True)
class Asked:
    """One row, as far as grading needs it."""

    references: tuple[str, ...] = ()
    """The accepted answers; none: the row has no answer."""
    question: str = ""
    task: TaskKind = "question_answering"
    choices: tuple[str, ...] = ()
    """A closed set of answers, or labels."""
    answer_words: int = 30
    """An answer that is buried in more words than this states nothing."""


@dataclass(frozen=True)
class Grade:
    """What became of an answer."""

    outcome: Outcome
    why: str
    """In words, for a person who looks at one row."""


def grade(asked: Asked, answer: str) -> Grade:
    """The grade of one answer. On a row without an answer `abstained` is what is right there, and everything else is wrong."""
    said = answer_of(answer)
    if not asked.references:
        return _unanswerable(asked, said)
    return _GRADERS[asked.task](asked, said)


def is_short(reference: str) -> bool:
    """Whether an answer can be held against this reference word by word."""
    text = clean(reference)
    if unspaced(text):
        return len(text) <= SHORT_SIGNS
    return len(words(text)) <= SHORT_WORDS or len(statement.items(text)) > len(words(text)) / 3


def _unanswerable(asked: Asked, said: str) -> Grade:
    if declines(said, asked.question):
        return Grade("abstained", "it declines, and the question has no answer")
    return Grade("wrong", "it claims something, and the question has no answer")


def _free(asked: Asked, said: str) -> Grade:
    """Question answering without choices."""
    if any(words(clean(one)) == words(said) and words(said) for one in asked.references) and _same_figures(asked, said):
        return Grade("right", "it is the reference")
    short = [one for one in asked.references if is_short(one)]
    found = _yes_or_no(short, said) or _stated(asked, short, said)
    if found and found.outcome == "right":
        return found
    if declines(said, asked.question):
        return Grade("abstained", "it declines and claims nothing")
    if found and (len(short) == len(asked.references)):
        return found
    return _by_facts(asked, [one for one in asked.references if one not in short], said)


def _same_figures(asked: Asked, said: str) -> bool:
    """Punctuation parts figures: 1.50 and 150 are the same words to nobody."""
    figures = re.findall(r"[-−]?\d[\d.,:]*", said)
    signs = [sign for sign in said if sign in "+#"]
    return any(
        re.findall(r"[-−]?\d[\d.,:]*", clean(one)) == figures and [sign for sign in clean(one) if sign in "+#"] == signs
        for one in asked.references
    )


def _yes_or_no(short: list[str], said: str) -> Grade | None:
    """Where yes or no is what is wanted, what the answer begins with decides."""
    wanted = {key_facts.polarity(one) for one in short if " ".join(words(one)) in (*YES_NO["yes"], *YES_NO["no"])}
    if len(wanted) != 1:
        return None
    (yes,) = wanted
    told = chosen(said, ("yes", "no"))
    if told is None:
        return None
    return Grade("right", "it says so") if (told == "yes") == yes else Grade("wrong", f"it says {told}")


def _stated(asked: Asked, short: list[str], said: str) -> Grade | None:
    if not short:
        return None
    language = language_of(f"{asked.question} {' '.join(asked.references)}")
    style = numbers.style_of(asked.references, language)
    text = tokens.read(_first_words(said, asked.answer_words), language, style)
    hows = []
    for reference in short:
        wanted = tokens.read(clean(reference), language, style)
        how = statement.stands(wanted, text, negation.asked_for(asked.question))
        if how == "stated" and statement.more_than(clean(reference), said):
            how = "other"
        if how == "stated":
            return Grade("right", f"it states {reference!r}")
        hows.append(how)
    why = next((how for how in hows if how != "absent"), "absent")
    return Grade("wrong", _WHY[why])


_WHY = {
    "absent": "it does not state the reference",
    "denied": "it denies the reference",
    "out of date": "it says that the reference holds no longer",
    "one of several": "it names the reference as one of several alternatives",
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
    found = [key_facts.compare(clean(one), said, language, style) for one in long]
    graded = [one for one in found if one.facts]
    if not graded:
        return Grade("missing", NO_FACTS)
    best = max(graded, key=lambda one: (not one.against, one.held / one.facts))
    if best.against:
        return Grade("wrong", f"it contradicts {best.against} ({BY_FACTS})")
    told = f"{best.held} of {best.facts} key facts ({BY_FACTS})"
    return Grade("right" if best.held / best.facts >= key_facts.ENOUGH else "wrong", f"it holds {told}")


def _closed(asked: Asked, said: str) -> Grade:
    """A choice or a label."""
    named = chosen(said, asked.choices, signs=asked.task != "classification")
    if named is None:
        if declines(said, asked.question):
            return Grade("abstained", "it declines and claims nothing")
        return Grade("wrong", "it names none of the choices, or several")
    accepted = {_choice_of(one, asked.choices) for one in asked.references}
    return Grade("right", f"it names {named!r}") if named in accepted else Grade("wrong", f"it names {named!r}")


def _choice_of(reference: str, choices: tuple[str, ...]) -> str:
    return reference if reference in choices else chosen(reference, choices) or reference


def _asked(asked: Asked, said: str) -> Grade:
    return _closed(asked, said) if asked.choices else _free(asked, said)


def _label(asked: Asked, said: str) -> Grade:
    return _closed(asked if asked.choices else Asked(asked.references, asked.question, "classification", asked.references), said)


def _record(asked: Asked, said: str) -> Grade:
    """Extraction: every field of a reference, by its type, and no others that hold something."""
    found = fields.record(said)
    if found is None:
        return Grade("abstained", "it declines") if declines(said, asked.question) else Grade("wrong", "there is no JSON object in it")
    language = language_of(asked.question)
    wrong = "no reference can be read"
    for reference in asked.references:
        wanted = fields.record(reference)
        if wanted is None:
            continue
        off = [name for name, value in wanted.items() if not fields.same(value, found.get(name), language)]
        off += [name for name, value in found.items() if name not in wanted and not fields.same(None, value)]
        if not off:
            return Grade("right", "every field holds what the reference holds")
        wrong = f"not as in the reference: {', '.join(off)}"
    return Grade("wrong", wrong)


def _reply(asked: Asked, said: str) -> Grade:
    """Generation: all figures of a reference stated and no others, in a reply of more than the figures."""
    if declines(said, asked.question):
        return Grade("abstained", "it declines and claims nothing")
    language = language_of(f"{asked.question} {asked.references[0]}")
    style = numbers.style_of(asked.references, language)
    text, graded = tokens.read(said, language, style), False
    for reference in asked.references:
        wanted = [one for one in tokens.read(clean(reference), language, style).tokens if one.kind != "word"]
        if not wanted:
            continue
        graded = True
        if all(statement.stands(tokens.Text(one.text, (one,)), text) == "stated" for one in wanted) and _no_others(wanted, text):
            if len([one for one in text.tokens if one.kind == "word"]) < ALONE_WORDS:
                return Grade("wrong", "it holds the figures and is no reply")
            return Grade("right", "it holds all figures of the reference and no others")
    if not graded:
        return Grade("missing", "the reference holds no figure: only a judge can grade its meaning")
    return Grade("wrong", "its figures are not those of the reference, or are denied")


ALONE_WORDS = 2
"""Words that must stand beside the figures of a reply."""


def _no_others(wanted: list[tokens.Token], text: tokens.Text) -> bool:
    return all(any(one.matches(other) for one in wanted) for other in text.tokens if other.kind != "word")


_GRADERS: dict[TaskKind, Callable[[Asked, str], Grade]] = {
    "question_answering": _asked, "classification": _label, "extraction": _record, "generation": _reply,
}  # fmt: skip
__all__ = ["Asked", "Grade", "bare", "grade", "is_short"]
