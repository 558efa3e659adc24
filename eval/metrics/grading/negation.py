"""Whether what stands in a clause is denied, or one of several alternatives.

English, German, French, Spanish and Chinese; of other languages their plain negations alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.metrics.grading.words import listed

NOT = listed(
    "not no never neither nor none cannot cant isnt arent wasnt werent doesnt dont didnt wont wouldnt shouldnt couldnt hasnt "
    "havent hadnt "
    "without aint hardly scarcely nowhere "
    "nicht kein keine keinen keiner keines keinem nie niemals weder ohne ne pas jamais aucun aucune ni sans nunca "
    "ningun ninguno ninguna jamas tampoco sin non niet geen nao nie inte ikke degil не нет ليس ليست"
)
_SIGNS_BEFORE = re.compile(r"不是|并非|並非|不|没有|沒有|非|未|ไม่ใช่|ไม่")
_HARMLESS = re.compile(
    r"\b(?:not only|nicht nur|pas seulement|no solo|(?:there is |theres )?no (?:doubt|question|problem)|without (?:a |"
    r"any )?(?:doubt|question)|"
    r"(?:not|never) (?:ever )?fail(?:s|ed)? to|no other than|"
    r"none other than|nothing (?:but|other than|else than)|not until|kein(?:en)? (?:zweifel|anderer als)|ohne zweifel|"
    r"nichts anderes als|sans (?:aucun )?doute|(?:sin|no hay) (?:duda|lugar a dudas)|erst|nul autre que|"
    r"(?:not|no|nicht|pas|no) (?:more|less|fewer|later|earlier|longer|higher|lower|mehr|weniger|plus|moins|mas|menos) (?:than|"
    r"als|de|que))\b"
)
BUT = r"but|rather|instead|sondern|aber|doch|mais|sino|pero|而是|但是|但"
_WRONG = (
    r"no longer|nicht mehr|ya no|(?:in)?correct(?<!\bcorrect)|wrong|false|untrue|outdated|falsch|veraltet|faux|falso|"
    r"incorrecto|obsolete|ruled out|excluded|ausgeschlossen|exclue?s?|excluid[oa]s?"
)
_BE = r"is|was|are|were|would be|ist|war|sind|waren|est|etait|sont|es|era|son"
_AFTER = re.compile(
    rf"^\W*(?:(?:and|or|und|et|y) (?:\S+ ){{1,3}}?)?(?:(?:which |that |this |it )?(?:(?:{_BE})\s+(?:\w+\s+)?(?:not|nicht|pas|no)"
    rf"|isnt|wasnt|arent|werent|nest pas|n est pas|no es|no era|(?:(?:{_BE})\s+)?(?:{_WRONG}))"
    r"\b(?!\s+(?:only|just|more|less|later|nur))|不是|是错|错误|(?:では|じゃ|でも)(?:ありません|な(?:い|く|かった))|(?:이|가)?\s?아니|아닙니다|(?:이|가)?\s?아닙|नहीं)"
)
_ASIDE = re.compile(
    r"(?:(?<!is )(?<!are )(?<!be )(?<!was )(?<!were )(?<!been )replaced|replac(?:es|ing)|"
    r"succeed(?:ed|s)|took over from|ersetzte?|a remplace|remplace|reemplazo|reemplaza|"
    r"anything but|all but|far from|the (?:opposite|reverse) of|everything but|any(?:where|one|body) but|instead of|"
    r"rather than|other than|as opposed to|except(?: for)?|apart from|unlike|"
    r"(?:wrong|incorrect|false|mistaken) to (?:say|think|believe|claim|call it|assume)(?: that)?(?: it)?(?: is| was)?|"
    r"(?:an)?statt|ausser|alles ausser|au lieu de?|plutot que?|sauf|excepte|en lugar de|en vez de|excepto|salvo|而不是|而非|除了)"
    r"(?: (?:the|a|an|in|at|on|im|am|der|die|das|dem|den|dans|en|la|le|les|el|los|las)){0,2}\s*$"
)
_OPINION = re.compile(
    r"\b(?:think|thinks|thought|believe|believes|believed|assume|assumes|assumed|claim|claims|claimed|say|says|said|expect|"
    r"expected|suggest|"
    r"suggests|guess|might be|may be|could be|looks like|seems?|denken|glauben|meinen|sagen|pensent|croient|disent|piensan|"
    r"creen|dicen)\b|认为|以为"
)
_TURN = re.compile(
    r"^.*?(?:(?:\b(?:but|however|though|yet|actually|in fact|in reality|aber|jedoch|doch|mais|pero)\b|但)"
    r"(?=.{0,30}(?:\b(?:is|was|are|were|its|actually|really|ist|war|est|cest|es|era|son)\b|是))|\b(?:which|that|this|but that|"
    r"aber das) (?:is|are|was|were|ist) "
    r"(?:wrong|not|incorrect|false|a mistake|nicht|falsch)\b)"
)
_ASKED_BACK = re.compile(r"\W{0,3}[?？]\W{0,3}(?:no|nope|nein|non|not|不)(?!\w)", re.IGNORECASE)
FORBIDS = re.compile(
    r"\b(?:off limits|forbidden|prohibited|banned|avoid|nobody|nothing|except|verboten|untersagt|vermeiden|interdit\w*|prohibid\w+|"
    r"evitar)\b|禁止|不能|不可|不得"
)
_OR = re.compile(r"(?<!\w)(?:or|either|oder|entweder|ou|soit|o|u|bien)(?!\w)|或者|或|还是|หรือ|または|もしくは|(?<!\w)или(?!\w)")
_OR_MORE = re.compile(
    r"\b(?:or (?:more|less|fewer|later|earlier|so|above|below|over|under|not|longer|"
    r"colder|warmer|hotter|larger|bigger|smaller|higher|lower|newer|older|greater|as (?:it|he|she|they|some)|rather|in other words|"
    r"simply|better|officially|also known as)|oder (?:mehr|weniger|nicht|auch|besser gesagt)|ou (?:plus|moins|non|plutot|encore)|o "
    r"(?:mas|menos|no|sea|bien))\b"
)
_OR_IF = re.compile(r"[^.;]{0,40}, (?:or|oder|ou|o) [^.;,]*\b(?:if|when|where|unless|in case|wenn|falls|si|cuando)\b")
"""`on the 25th of each month, or on the day before if that is a Sunday`: an exception, and no alternative."""
_OR_NEXT = re.compile(r"^\W*(?:or|oder|ou|o)\b(?! (?:more|less|so|not|rather))")
_SLASHED = re.compile(r"(?:[^\W\d_]\s?/\s?$)")


_DOUBTED = re.compile(r"\b(?:doubts?|doubted|doubtful|bezweifeln?|zweifle|doute|dudo)\b")
_DID_NOT = re.compile(
    r"^\W*(?:(?:did|does|do|has|had|could|would|will) (?:not|never)|(?:did|does|do|has|had|could|would)nt|wont|hat (?:\w+ )?nicht|"
    r"(?:ne \w+|n(?:a|ont|est|etait|y|en|ai|aura)) (?:\w+ ){0,2}(?:pas|plus|jamais)|"
    r"(?:(?:has|have|had|can|could|will|would|may|should|is|was|are|were) )?(?:never|rarely|seldom)(?! ever fail)(?! fail)|"
    r"no (?:fue|fueron|es|era|sera|esta|estaba|ha|han|habia|tiene|puede|se|lo|la|le))\b|"
    r"^(?:并|已经|已)?(?:不|没有|没|未)(?![仅只但到同少久超])"
)
"""Behind what stands first in its clause: `Anna did not write it`."""
_FIRST = re.compile(
    r"\W*(?:(?:the|a|an|der|die|das|le|la|les|l|el|los|las|herr|frau|mr|mrs|ms|dr|m|mme) )?(?:\w+ (?:of|de|du|von|del) )?\W*"
)
"""What may stand before the first thing of a clause: an article, a title, `the city of`."""
_LATE_NOT = re.compile(
    r"(?:\bnicht(?: (?:mehr|langer))?(?: (?:ge\w+(?:t|en)|\w+iert|\w+en))?|"
    r"(?<!かもしれ)(?<!ければなり)(?<!てはなり)ません(?:でした)?|"
    r"(?<!かもしれ)(?<!しか)(?<!違い)(?<![少危切汚])な(?:い|かった)(?:です)?|지 ?(?:않|못)\w*)\W*$"
)
"""German, Japanese and Korean deny at the end of a clause: `Berlin ist es jedenfalls nicht`, `Frau Keller leitet sie nicht mehr`."""
_LIMIT = re.compile(r"\b(?:nach|ab|vor|uber|mehr als|langer als)\W*$")
_NOT_SAID = re.compile(
    r"\b(?:(?:would not|wouldnt|could not|couldnt|cannot|cant|can not|will not|wont|never) (?:ever |really )?say (?P<en>no|yes)|"
    r"(?:wurde|wurd|kann|werde|sage) (?:\w+ ){0,2}nicht (?P<de>nein|ja)|ne (?:dirais|dirai|dis) pas (?P<fr>non|oui)|"
    r"no (?:diria|dire|digo) que (?P<es>no|si))\b"
)


def not_said(text: str) -> str | None:
    """`I would not say no` is a yes, and the other way round; None where it says neither. Of plain letters."""
    found = _NOT_SAID.search(text)
    if found is None:
        return None
    word = next(word for word in found.groups() if word)
    return "no" if word in ("yes", "ja", "oui", "si") else "yes"


def forbids(text: str) -> bool:
    """Whether it says that something is forbidden, denied or not; of plain letters."""
    return bool(_FORBIDDEN.search(text))


_FORBIDDEN = re.compile(r"\b(?:off limits|forbidden|prohibited|banned|verboten\w*|untersagt\w*|interdit\w*|prohibid\w+)\b|禁止")


_ANOTHER_VERB = re.compile(
    r"\b(?:and|und|et|y) (?=(?:(?:it|they|he|she|we|you|er|sie|es|il|elle) )?(?:is|are|was|were|has|have|had|can|may|must|will|should|"
    r"costs?|amounts?|takes?|took|lasts?|starts?|begins?|ends?|runs?|applies|comes?|opens?|closes?|expires?|arrives?|leaves?|belongs?|weighs?|"
    r"ist|sind|war|hat|kann|muss|wird|betragt|kostet|dauert|beginnt|endet|est|sont|coute|dure|commence|es|son|cuesta|dura|empieza)\b)"
)
"""`The fee is not refundable and amounts to 40 euros`: the `not` is of the verb before."""


def denied(before: str, after: str) -> bool:
    """Of what stands between `before` and `after` in its clause, both in plain letters."""
    bare = _ANOTHER_VERB.split(_HARMLESS.sub(" ", before))[-1]
    if any(word in NOT for word in re.findall(r"\w+", bare)) or _DOUBTED.search(bare):
        return True
    if _FIRST.fullmatch(before) and _DID_NOT.match(after):
        return True
    if _LATE_NOT.search(_HARMLESS.sub(" ", after)) and not _LIMIT.search(before):
        return True
    return bool(_SIGNS_BEFORE.search(bare.rstrip()[-6:]) or _AFTER.match(after))


def asked_back(after: str) -> bool:
    """`X? No, …`: what stands before the question mark is taken back."""
    return bool(_ASKED_BACK.match(after))


def given_up(text: str) -> bool:
    """`They refuse to serve it`, `it stopped working`: it is not done, or no longer; of plain letters."""
    return bool(_GIVEN_UP.search(_HARMLESS.sub(" ", text)))


_GIVEN_UP = re.compile(
    r"\b(?:(?:refus\w+|fail(?:s|ed)?|declin(?:es?|ed)|neglect(?:s|ed)?|ceas(?:es?|ed)|unable) to \w+|"
    r"(?:stop(?:s|ped)?|quits?|ceas(?:es?|ed)) \w+ing)\b"
)


def without_any(text: str) -> str:
    """`You do not need to bring any coat` → `You need to bring no coat`, and nothing for `not … anything`."""
    return _NOT_ANY.sub(lambda found: f"{found[1]}{'nothing' if found[2] else 'no'}", text)


_NOT_ANY = re.compile(r"\b(?:do|does|did)(?: not|n['’]t) ((?:[\w-]+ ){1,5})any(thing)?\b(?! more\b)", re.IGNORECASE)


def without_idioms(text: str) -> str:
    """A plain text in which `no doubt` and its like, which deny nothing, are blank; places stay."""
    return _HARMLESS.sub(lambda match: " " * len(match[0]), text)


_EXCEPT = re.compile(
    r"(?:except(?: for)?|apart from|all but|everything but|ausser|alles ausser|sauf|excepte|excepto|salvo|除了)[\w ]{0,8}$"
)


def set_aside(before: str, after: str, negative: bool = False) -> bool:
    """`rather than X`, `anything but X`, `many think X, but it is Y`; of its sentence, in plain letters. `negative`: the question
    asks for what is not so, which `all except X` names."""
    if negative and _EXCEPT.search(before):
        return False
    if _ASIDE.search(before[-60:]) and not _HARMLESS.search(before[-60:]):
        return True
    return bool(_OPINION.search(before) and _TURN.match(after)) or bool(
        re.match(
            r"\W*(?:but|which|aber) (?:that|das|it|is) ?(?:is |ist )?"
            r"(?:wrong|not true|false|falsch|incorrect)",
            after,
        )
    )


def affirmed(verb: str, clause: str) -> bool:
    """Whether the clause says of it what the question denies, `Theft is covered` to `What is not covered?`; in plain letters."""
    said = _HARMLESS.sub(" ", clause)
    found = re.search(rf"\b{verb}\w*", said)
    return found is not None and not negative(re.findall(r"\w+", said)) and not _EXCEPT_ANY.search(said)


_EXCEPT_ANY = re.compile(r"\b(?:except|excluding|apart from|other than|but|save for|ausser|sauf|salvo|excepto)\b|除了")
_PERHAPS = r"(?:(?:could|might|may) be|maybe|perhaps|vielleicht|peut-etre|quizas?|可能是?|也许是?)"
_PERHAPS_BEFORE = re.compile(rf"{_PERHAPS}\W*(?:(?:the|a|an|in|der|die|das|le|la|el) )?$")
_PERHAPS_AFTER = re.compile(rf"^\W*(?:(?:and|but|und|et|y) )?(?:it )?{_PERHAPS}\W*\w")
_PERHAPS_AHEAD = re.compile(rf"{_PERHAPS} \w[\w ]{{0,30}}[,;.] *(?:(?:and|but|und|et|y) )?(?:it )?{_PERHAPS}\W*$")


def one_of_several(before: str, after: str, next_sentence: str = "") -> bool:
    """Whether an `or` or a stroke stands right before or right behind it, or the next sentence begins with one; or a second `maybe`."""
    if _PERHAPS_AHEAD.search(before) or (_PERHAPS_BEFORE.search(before) and _PERHAPS_AFTER.match(after or next_sentence)):
        return True
    if re.search(r"\b(?:between|zwischen|entre)\W*$", before) and re.match(r"\s*(?:and|und|et|y)\b", after):
        return True
    if _OR_IF.match(after):
        return False
    ahead, behind = _OR_MORE.sub(" ", " ".join(before.split()[-4:])), _OR_MORE.sub(" ", " ".join(after.split()[:4]))
    if _OR.search(ahead) or _OR.search(behind) or _OR_NEXT.match(next_sentence):
        return True
    return bool(_SLASHED.search(before) or re.match(r"\s?/\s?[^\W\d_]", after))


def negative(words: Sequence[str]) -> bool:
    """Whether a text denies anything."""
    return any(word in NOT for word in words)
