"""Whether an answer declines: it says that the answer is not known, and claims nothing else.

Sentence by sentence: in each one the words of a refusal stand (`refusals.core`), and beside them nothing but words that claim nothing,
words of the question, or the subject that is not known (`about …`, `who …`). A figure that the question does not hold is a claim. Other
languages than English, German, French, Spanish and Chinese go by set phrases (`refusals.phrases`) with a few words beside them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from eval.metrics.grading.negation import not_said
from eval.metrics.grading.refusals import chinese
from eval.metrics.grading.refusals.core import Core, Language
from eval.metrics.grading.refusals.english import ENGLISH
from eval.metrics.grading.refusals.german import GERMAN
from eval.metrics.grading.refusals.phrases import SPACED, UNSPACED
from eval.metrics.grading.refusals.romance import FRENCH, SPANISH
from eval.metrics.grading.refusals.thought import said_of_sources, the_source, thinks
from eval.metrics.grading.words import listed, plain, unspaced, words

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH)
LONGEST = 60
"""Words of an answer beyond which something must be claimed in it."""
TOPIC = 14
"""Words of a subject that is not known."""
SUBJECT = 8
"""Words of a subject before what is said of it."""
AUXILIARY = 4
"""Letters up to which a word says little by itself: `does`, `know`."""
BESIDE = 5
"""Words that may stand beside a set phrase of another language."""
_PARTS = re.compile(
    r"(?<=[^\W\d_]{2}[.!?)])\s+|[.!?]+$|[?!](?=\s)|[。！？；;\n]+|\s[-–—]\s|"
    r"[,\s]+(?:but|however|though|although|nevertheless|so|aber|jedoch|mais|cependant|pero|aunque)[,\s]+|[，,]?(?:但是|但|不过)|"
    r"(?:が|けど|けれど|けれども)[、,]|しかし|ただし|지만,?\s|"
    r"(?:,\s+(?:ma|mas|maar|men|dock|ale|ama|fakat|mutta)|"
    r"[,\s]+(?:però|porém|echter|jednak|но|однако|але|لكن|ولكن|लेकिन|nhưng|tetapi|αλλά))[,\s]+"
)
_OFFER = re.compile(
    r"(?:please|kindly|let me know|feel free|consult|check|contact|refer to|you (?:may|might|could|should) (?:want|wish|try|ask|contact|"
    r"check|consult)|"
    r"(?:i|we|ill|id|im) (?:can |could |would |will |am |d |ll )?(?:\w+ ){0,5}(?:try|help|helpful|assist|happy|glad)|i (?:would be|am|"
    r"will be) (?:happy|glad)|"
    r"(?:i|we|id|wed) (?:would |d )?(?:recommend|suggest|advise) (?:\w+ ){0,2}"
    r"(?:checking|asking|contacting|consulting|check|ask|contact|consult)|"
    r"if you (?:have|can|could|provide|need|would)|bitte|n hesitez pas|veuillez|por favor|si puedes|is there anything|"
    r"thank you for (?:your (?:question|interest|patience|message)|asking|reaching out)|"
    r"sorry (?:about|for) (?:that|this|the inconvenience))\b[^\d]{0,90}"
)
_CLAIMS = listed(
    "maybe perhaps probably possibly presumably likely vielleicht wahrscheinlich vermutlich wohl probablement quizas quiza "
    "posiblemente probablemente except unless only besides instead apart while whereas therefore ausser sondern nur sauf "
    "excepto salvo mais sino "
    "seulement"
)
"""Words behind which a subject becomes a claim."""
_HEDGES = re.compile(
    r"(?<!\w)(?:forse|probabilmente|talvez|provavelmente|misschien|waarschijnlijk|kanske|troligen|måske|kanskje|może|prawdopodobnie|belki|"
    r"muhtemelen|возможно|наверное|вероятно|можливо|ربما|शायद|mungkin|ehkä|talán|možná|ίσως|poate)(?!\w)|"
    r"たぶん|おそらく|多分|恐らく|아마|อาจ|có lẽ"
)
"""`Perhaps` in the languages of set phrases: what stands behind it is a claim."""
_LISTED = re.compile(r",[^,]*\b(?:and|or|und|oder|et|ou|y|o)\b[^,]*\Z")
COPULAS = listed(
    "be been is are was were isnt arent wasnt werent remains remain ist sind war wird werden wurde bleibt est sont reste es "
    "esta son se figure figurent aparece"
)
ARTICLES = listed("the a an der die das ein eine le la l un une el los las una")
_WAIVED = re.compile(
    r"\b(?:no|keine?|keinerlei|aucune?|ningun[ao]?)\b[^.!?]{0,60}\b(?:is|are|was|were|be|ist|sind|est|sont|nest|es|son|ne sont|n est) "
    r"(?:\w+ )?(?:required|needed|necessary|expected|assumed|mandatory|erforderlich|notig|notwendig|requise?s?|necessaires?|exigee?s?|"
    r"necesari[oa]s?)\b|\bno se (?:requieren?|necesitan?|exigen?)\b|\b(?:keine?|keinerlei) [^.!?]{0,40}(?:erforderlich|notig|notwendig)\b|"
    r"(?<!\bi )(?<!\bwe )\b(?:(?:do|does|did)(?: not|nt) (?:need|have) to|need(?: not|nt)|no need to|not necessary to|"
    r"(?:is|are|was|were)(?: not|nt) (?:required|needed|obliged|asked|expected) to)\b(?! (?:guess|speculate|say|tell|answer)\b)"
)
"""That something is not needed is a claim: `No knowledge of French is required`."""
_SILENT = re.compile(r"[\W_]*")
_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St|Sr|Sra|Hr|Fr)\.(?=\s)")
_DOTS = re.compile(r"(?<=\w)(?:\.{2,}|…)(?=\s)")
_SOURCE_MARK = re.compile(r"\s*\[\d{1,2}(?:\s*,\s*\d{1,2})*\]")


def declines(text: str, question: str = "") -> bool:
    """Whether the answer declines and nothing else; one without a letter or digit claims nothing, nor do words of the question."""
    text = _TITLE.sub(r"\1", text)
    text = said_of_sources(_DOTS.sub(".", _SOURCE_MARK.sub("", text)))
    if not_said(plain(text)) or _WAIVED.search(plain(text)):
        return False
    if _SILENT.fullmatch(text):
        return True
    if len(text.split()) > LONGEST:
        return False
    asked, refused, before = frozenset(_plain(question)), False, ""
    for sentence in filter(None, _PARTS.split(text)):
        kind = _kind(the_source(sentence, before), asked, refused) if sentence.strip() else "filler"
        before = sentence if kind == "filler" else ""
        if kind == "claim":
            return False
        refused = refused or kind == "refusal"
    return refused


def _kind(sentence: str, asked: frozenset[str], refused: bool) -> str:
    if re.search(r"[\u4e00-\u9fff]", sentence) and not re.search(r"[\u3040-\u30ff]", sentence):
        return _chinese(sentence)
    kinds: list[str] = []
    for part in re.split(r"[,:]\s+", sentence):
        if _plain(part):
            kinds.append(_clause(_plain(part), asked, refused or "refusal" in kinds))
    if kinds and "refusal" not in kinds and _elsewhere(sentence, asked):
        return "refusal"
    if (
        "claim" in kinds
        and len(kinds) > 1
        and _LISTED.search(sentence)
        and _clause(_plain(sentence), asked, refused, whole=True) != "claim"
    ):
        return "refusal"
    return "claim" if "claim" in kinds else "refusal" if "refusal" in kinds else "filler"


def _chinese(sentence: str) -> str:
    parts = [part for part in re.split(r"[，,：:、]", sentence) if part.strip()]
    if chinese.refuses(sentence):
        return "refusal"
    kinds = ["refusal" if chinese.refuses(part) else "filler" if chinese.filler(part) else "claim" for part in parts]
    return "claim" if "claim" in kinds else "refusal" if "refusal" in kinds else "filler"


def _plain(text: str) -> list[str]:
    """Words in lower case; an English ending stays with its word (`dont`, `im`), other apostrophes part words (`n est`)."""
    joined = re.sub(r"(?i)['’`´ʼ](?=(?:t|s|re|ll|ve|d|m)\b)", "", text)
    return words(re.sub(r"['’`´ʼ]", " ", joined))


def _clause(said: Sequence[str], asked: frozenset[str], refused: bool, whole: bool = False) -> str:
    text = " ".join(said)
    there = frozenset[str]().union(*map(_groups_of, said))
    for language in LANGUAGES:
        if not whole and language.sayings.fullmatch(" ".join(_led(said, language))):
            return "refusal"
        if any(there.issuperset(core.groups) and _refuses(core, language, said, asked) for core in language.cores):
            return "refusal"
    if whole:
        return "claim"
    if any(all(word in language.fill for word in said) for language in LANGUAGES) or _OFFER.fullmatch(text) or thinks(text, asked):
        return "filler"
    if refused and any(said[0] in language.asks for language in LANGUAGES) and not re.search(r"\d", text):
        return "filler"
    return "claim"


_LEADING = listed(
    "i im am we sorry but well honestly unfortunately sadly afraid that so hmm uh um answer is it its to be honest no very really "
    "actually think leider ich das es desole malheureusement lo siento lamentablemente and sure"
)


def _led(said: Sequence[str], language: Language) -> Sequence[str]:
    """Without the words that lead in to a saying, as long as it is none with them."""
    start = 0
    while start < len(said) and said[start] in _LEADING and not language.sayings.fullmatch(" ".join(said[start:])):
        start += 1
    return said[start:] or said


_GROUPS = {group: re.compile(f"(?:{group})") for language in LANGUAGES for core in language.cores for group in core.groups}


@lru_cache(maxsize=1 << 16)
def _groups_of(word: str) -> frozenset[str]:
    """The groups of words that this word is of: few words, asked again and again."""
    return frozenset(group for group, pattern in _GROUPS.items() if pattern.fullmatch(word))


def _refuses(core: Core, language: Language, said: Sequence[str], asked: frozenset[str]) -> bool:
    spots: list[set[int]] = []
    for group in core.groups:
        spots.append({place for place, word in enumerate(said) if group in _groups_of(word)})
        if not spots[-1]:
            return False
    if not _apart(spots):
        return False
    places = set.union(*spots)
    begin, end = min(places), max(min(group) for group in spots)
    if (core.first and begin > 0) or (core.ordered and min(spots[0]) > max(spots[-1])) or (len(spots) == 1 and _named(said, begin)):
        return False
    if any(said[place] in asked and len(said[place]) > AUXILIARY for place in places):
        asked = frozenset()  # what is asked about makes a claim of its own: "No information is shared"
    excused = _excused(core, language, said, (begin, end), asked)
    return all(
        word in language.fill or place in places or word in asked
        for place, word in enumerate(said)
        if place not in excused
    )  # fmt: skip


def _apart(spots: Sequence[set[int]], taken: frozenset[int] = frozenset()) -> bool:
    """Whether each group has a place of its own: one `it` is not both what does not tell and what is not told."""
    return not spots or any(_apart(spots[1:], taken | {place}) for place in spots[0] - taken)


def _named(said: Sequence[str], begin: int) -> bool:
    """Whether an article stands right before it: `the unknown` is somebody."""
    return begin > 0 and said[begin - 1] in ARTICLES


def _excused(core: Core, language: Language, said: Sequence[str], span: tuple[int, int], asked: frozenset[str]) -> set[int]:
    """Places of words that are the subject which is not known: no figures, and nothing behind `except`."""
    begin, end = span
    out: set[int] = set()
    if core.subject and begin <= SUBJECT and not _claiming(said[:begin], asked) and any(word in COPULAS for word in said[: end + 1]):
        out |= set(range(begin))
    if core.between and end - begin <= SUBJECT and not _claiming(said[begin:end], asked):
        out |= set(range(begin, end))
    if core.whole and len(said) - end <= TOPIC and not _claiming(said[end + 1 :], asked):
        out |= set(range(end + 1, len(said)))
    opened = False
    for place, word in enumerate(said):
        if place == end:
            opened = False
        elif (word in language.asks and place > end and (len(core.groups) > 1 or word != "whether")) or (
            core.topic and word in language.about
        ):
            opened = not _claiming(said[place : end if place < end else len(said)], asked)
            out |= {place} if opened else set()
        elif opened:
            out.add(place)
    return out


def _claiming(said: Sequence[str], asked: frozenset[str]) -> bool:
    return len(said) > TOPIC or any(word in _CLAIMS or (re.search(r"\d", word) and word not in asked) for word in said)


_OTHERS = re.compile("|".join([*(rf"(?<!\w)(?:{plain(phrase)})(?!\w)" for phrase in SPACED), *(f"(?:{phrase})" for phrase in UNSPACED)]))


def _elsewhere(text: str, asked: frozenset[str]) -> bool:
    """A phrase of another language, with few words beside it that the question does not hold, and no figure."""
    bare = " ".join(re.sub(r"[^\w\s\u0900-\u0eff\u1000-\u109f\u1780-\u17ff]|_", " ", plain(text)).split())
    found = _OTHERS.search(bare)
    if found is None:
        return False
    rest = f"{bare[: found.start()]} {bare[found.end() :]}"
    room = BESIDE * 4 if unspaced(bare) else BESIDE
    return (
        not re.search(r"\d", rest) and not _HEDGES.search(plain(text)) and len([word for word in words(rest) if word not in asked]) <= room
    )
