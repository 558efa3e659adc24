"""Refusals as models word them, by a grammar: who does not tell what, and what for. The same sentences about things are claims."""

from __future__ import annotations

import itertools
import random

import pytest

from eval.metrics.grading.abstention import declines

ENGLISH = (
    "The context|The provided context|The text|The passage|The given documents|The information provided|The excerpt|The source|"
    "This document|The retrieved passages|The article|The documents provided|The handbook|It",
    "does not provide|doesn't provide|does not contain|doesn't include|does not offer|does not give|lacks|does not have|"
    "fails to provide|does not supply|does not explicitly provide|did not contain",
    "enough information|sufficient information|any information|enough details|enough context|the necessary information|"
    "specific information|the information needed|sufficient detail|adequate information|enough data|relevant information",
    "|to answer the question|to determine the exact date|to determine this|about the opening hours|on this topic|regarding the parking fee|"
    "to answer this question accurately|to say when it was built|to provide an answer|to determine who is right|"
    "to conclude whether dogs are allowed|to give a definitive answer|for me to answer|to identify the author|to confirm this|"
    "to calculate the price|to know how many there were|to draw a conclusion|that would allow me to answer|needed to answer the question",
)
GERMAN = (
    "Der Text|Der bereitgestellte Kontext|Das Dokument|Der Kontext|Der Abschnitt|Das Handbuch",
    "enthält|liefert|bietet|gibt",
    "keine Informationen|nicht genügend Informationen|keine ausreichenden Informationen|keine Angaben|nicht die nötigen Informationen|"
    "keine konkreten Angaben|keine Details|nicht genug Informationen",
    "|darüber|dazu|zu diesem Thema|zum Preis|über die Öffnungszeiten|, um die Frage zu beantworten|, um das genaue Datum zu bestimmen|"
    ", um zu sagen, wer es war|zu den Kosten",
)
FRENCH = (
    "Le texte|Le contexte fourni|Le document|Le passage|Ce document|L'extrait",
    "ne contient pas|ne fournit pas|ne donne pas|n'offre pas|ne comporte pas",
    "d'informations|suffisamment d'informations|assez d'informations|les informations nécessaires|de détails|cette information",
    "|à ce sujet|sur ce sujet|pour répondre à la question|pour déterminer la date exacte|sur le prix|concernant les horaires|"
    "pour savoir qui a payé|permettant de répondre à la question",
)
SPANISH = (
    "El texto|El contexto proporcionado|El documento|El pasaje|Este documento|El fragmento",
    "no contiene|no proporciona|no ofrece|no incluye|no da|no aporta",
    "información|suficiente información|información suficiente|la información necesaria|datos suficientes|detalles|esa información",
    "|sobre esto|al respecto|para responder a la pregunta|para determinar la fecha exacta|sobre el precio|acerca de los horarios|"
    "para saber quién pagó|que permita responder",
)
THINGS = (
    "The hotel|The policy|The contract|The ticket|The club|It",
    "does not provide|does not include|does not offer|does not cover|lacks|does not give",
    "breakfast|cover for theft|more than 30 days|free parking|dental care|a discount to students|refunds",
    "|in August|for guests|to members|on Sundays",
)
MOST = 1500


def sentences(grammar: tuple[str, ...]) -> list[str]:
    """All of them, or as many drawn from them."""
    every = list(itertools.product(*(part.split("|") for part in grammar)))
    drawn = random.Random(1).sample(every, min(MOST, len(every)))
    return [" ".join(filter(None, words)).replace(" ,", ",") + "." for words in drawn]


@pytest.mark.parametrize("grammar", [ENGLISH, GERMAN, FRENCH, SPANISH], ids=["English", "German", "French", "Spanish"])
def test_who_says_that_the_source_does_not_tell_declines(grammar: tuple[str, ...]) -> None:
    assert [text for text in sentences(grammar) if not declines(text)] == []


def test_what_is_not_given_of_a_thing_is_a_claim() -> None:
    assert [text for text in sentences(THINGS) if declines(text)] == []
