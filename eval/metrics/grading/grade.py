"""The door: one answer, what was asked and the accepted answers → right, abstained, wrong or missing, with the reason. Calls no model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.metrics.grading import free_answer, identifiers, key_facts, tokens
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.amounts import dates, numbers
from eval.metrics.grading.asked import Asked, Grade, Outcome, TaskKind
from eval.metrics.grading.choices import chosen
from eval.metrics.grading.contrary import contradiction
from eval.metrics.grading.corrections import last_said
from eval.metrics.grading.free_answer import is_short
from eval.metrics.grading.reading import answer_of, only_thought, without_numbers
from eval.metrics.grading.records import fields, lines
from eval.metrics.grading.words import clean, language_of


def grade(asked: Asked, answer: str) -> Grade:
    """The grade of one answer. On a row without an answer `abstained` is what is right there, and everything else is wrong."""
    said = answer_of(answer) if asked.task == "extraction" else last_said(answer_of(answer))
    if not said and only_thought(answer):
        return Grade("wrong", "it holds a thought and no answer")
    if not asked.references:
        return _unanswerable(asked, said)
    return _GRADERS[asked.task](asked, identifiers.grouped_alike(said, asked.references))


def ungradable(asked: Asked) -> str:
    """Why no answer can be graded by these references, whatever it says; empty: it can be."""
    if not asked.references or asked.choices:
        return ""
    if asked.task == "generation":
        return "" if any(_figures(one, *_read_as(asked)) for one in asked.references) else NO_FIGURE
    return "" if asked.task != "question_answering" or free_answer.gradable(asked) else free_answer.NO_FACTS


def _unanswerable(asked: Asked, said: str) -> Grade:
    if declines(said, asked.question):
        return Grade("abstained", "it declines, and the question has no answer")
    return Grade("wrong", "it claims something, and the question has no answer")


def _closed(asked: Asked, said: str) -> Grade:
    """A choice or a label."""
    named = chosen(said, asked.choices)
    if named is None:
        if declines(said, asked.question):
            return Grade("abstained", "it declines and claims nothing")
        return Grade("wrong", "it names none of the choices, or several")
    accepted = {_choice_of(one, asked.choices) for one in asked.references}
    return Grade("right", f"it names {named!r}") if named in accepted else Grade("wrong", f"it names {named!r}")


def _choice_of(reference: str, choices: tuple[str, ...]) -> str:
    return reference if reference in choices else chosen(reference, choices) or reference


def _asked(asked: Asked, said: str) -> Grade:
    return _closed(asked, said) if asked.choices else free_answer.graded(asked, said)


def _label(asked: Asked, said: str) -> Grade:
    return _closed(asked if asked.choices else Asked(asked.references, asked.question, "classification", asked.references), said)


def _record(asked: Asked, said: str) -> Grade:
    """Extraction: every value of a reference, by its type, and no other; as JSON, or in lines that name its fields."""
    found, language = fields.record(said), language_of(asked.question)
    wrong = "no reference can be read" if found is not None else ""
    for wanted in map(fields.record, asked.references):
        told = found if found is not None or wanted is None else lines.record(wanted, said)
        if wanted is None or told is None:
            continue
        held = fields.agreement(fields.leaves(wanted), fields.leaves(told), language)
        if held.exact:
            return Grade("right", "every field holds what the reference holds")
        places = dict.fromkeys(leaf.place.strip(".[]") for leaf in (*held.missed, *held.extra))
        wrong = f"not as in the reference: {', '.join(places)}"
    if found is None and declines(said, asked.question):
        return Grade("abstained", "it declines")
    return Grade("wrong", wrong or "there is no JSON object in it, and its lines are not the fields")


def _reply(asked: Asked, said: str) -> Grade:
    """Generation: all figures of a reference stated and no others, those of the input aside, in a reply of more than the figures."""
    said = without_numbers(said)
    if said in map(clean, asked.references) and not ungradable(asked):
        return Grade("right", "it is the reference")
    if declines(said, asked.question):
        return Grade("abstained", "it declines and claims nothing")
    if why := ungradable(asked):
        return Grade("missing", why)
    language, style = _read_as(asked)
    given, why = _figures(asked.question, language, style), ""
    for pair in [pair for one in asked.references for pair in zip(tokens.both_ways(clean(one)), tokens.both_ways(said), strict=True)]:
        wanted, text = (tokens.read(one, language, style) for one in pair)
        if not _holds(wanted, given, text):
            continue
        if against := "the day of the week" if _another_weekday(asked, said) else contradiction.between(wanted, text):
            why = why or f"it contradicts {against}"
        elif len([one for one in text.tokens if not one.figure]) < ALONE_WORDS:
            return Grade("wrong", "it holds the figures and is no reply")
        else:
            return Grade("right", "it holds all figures of the reference and no others")
    return Grade("wrong", why or "its figures are not those of the reference, or are denied")


def _holds(wanted: tokens.Text, given: Sequence[tokens.Token], text: tokens.Text) -> bool:
    """Whether a reply states all figures of a reference, and no others but those of the input."""
    figures = wanted.figures
    stated = all(key_facts.held(one, wanted, text) == "stated" for one in figures)
    return bool(figures) and stated and _no_others(figures, given, text)


def _another_weekday(asked: Asked, said: str) -> bool:
    """Whether it names a weekday that neither a reference nor the input does, where a reference names one."""
    wanted, own = dates.weekdays(" ".join(asked.references)), dates.weekdays(said)
    return bool(wanted and own - wanted - dates.weekdays(asked.question))


NO_FIGURE = "the reference holds no figure: only a judge can grade its meaning"
ALONE_WORDS = 2
"""Words that must stand beside the figures of a reply."""


def _read_as(asked: Asked) -> tuple[str, numbers.Style | None]:
    language = language_of(f"{asked.question} {' '.join(asked.references)}")
    return language, numbers.style_of(asked.references, language)


def _figures(text: str, language: str, style: numbers.Style | None) -> tuple[tokens.Token, ...]:
    return tokens.read(clean(text), language, style).figures


def _no_others(wanted: Sequence[tokens.Token], given: Sequence[tokens.Token], text: tokens.Text) -> bool:
    return all(any(one.matches(other) for one in (*wanted, *given)) for other in text.tokens if other.figure)


_GRADERS: dict[TaskKind, Callable[[Asked, str], Grade]] = {
    "question_answering": _asked, "classification": _label, "extraction": _record, "generation": _reply,
}  # fmt: skip
__all__ = ["Asked", "Grade", "Outcome", "TaskKind", "grade", "is_short", "ungradable"]
