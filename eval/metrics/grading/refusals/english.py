"""The words of refusals in English."""

from __future__ import annotations

import re

from eval.metrics.grading.refusals.core import Language, core
from eval.metrics.grading.words import listed

_NOT = (
    r"not|no|none|nothing|nowhere|never|neither|nor|cannot|cant|dont|doesnt|didnt|isnt|arent|wasnt|werent|hasnt|havent|couldnt|wouldnt|"
    r"wont|unable|fails?|failed|without"
)
_SOURCE = (
    r"texts?|contexts?|passages?|documents?|documentation|handbook|manual|articles?|sources?|materials?|excerpts?|pages?|policy|policies|"
    r"records?|knowledge|database|snippets?|content|guide|guidelines?|faq|paragraphs?|sections?|chapters?|files?|report|book|input|"
    r"instructions|website|story|transcript|table|appendix|agreement|authors?|writer|narrator|rules|regulations|contract|leaflet|brochure|"
    r"specifications?|datasheet|wiki|readme|e?mails?|letter|minutes|slides|syllabus|catalogue|catalog"
)
_IN = r"in|by|from|within|on|through|anywhere"
_META = (
    r"answers?|information|info|details?|data|mentions?|indications?|idea|clue|knowledge|comment|response|references?|"
    r"statement|guidance|specifics|explanation|insight|facts?|context"
)
_ASKED_FOR = (
    r"names?|dates?|years?|figures?|numbers?|reasons?|amounts?|prices?|costs?|ages?|locations?|address(?:es)?|titles?|identity|identities|"
    r"times?|e?mails?|definitions?|examples?"
)
"""What questions ask for of a thing: a source may not give it."""
_SAID = (
    r"stated|mentioned|specified|disclosed|documented|discussed|addressed|answered|indicated|clarified|recorded|noted|reported|revealed|"
    r"publici[sz]ed|spelled|elaborated|communicated|detailed"
)
_GIVEN = r"given|provided|found|listed|defined|described|shown|explained|outlined|named|supplied|said|written|set|determined|contained"
_TELL = (
    r"mentions?|specif(?:y|ies)|states?|says?|indicates?|discloses?|discuss(?:es)?|address(?:es)?|explains?|tells?|describes?|reveals?|"
    r"clarif(?:y|ies)|answers?|names?|elaborates?|defines?|refers?|touch(?:es)?|details?|comments?|identif(?:y|ies)|reports?|records?|"
    r"notes?"
)
_FIND = (
    r"answer|answered|say|said|tell|told|determine|determined|verify|confirm|identify|infer|inferred|deduce|deduced|establish|ascertain|"
    r"locate|find|know|known|conclude|respond|discern|see|extract|pinpoint|derive|answering|determining|finding|saying|telling"
)
_HOLDS = r"covers?|contains?|includes?|provides?|gives?|offers?|makes?|holds?|lists?|supply|supplies|shows?|shed|carr(?:y|ies)"
_TO_FIND = (
    rf"{_FIND}|calculate|compute|estimate|judge|assess|evaluate|decide|draw|form|give|provide|make|allow|allows|be|"
    r"needed|required|necessary"
)
"""What would take more information."""
_TOLD = _FIND.removeprefix("answer|answered|")
"""The phone is answered, too."""
ENGLISH = Language(
    cores=(
        core(r"not|dont|didnt|never|doesnt|cannot|cant|couldnt|wouldnt", r"know|recall|remember|understand", r"i|we", whole=True),
        core(r"not|dont|didnt|cannot|cant|couldnt|wouldnt", r"know|recall|remember"),
        core(r"not|cannot|cant|couldnt|wasnt|werent|unable|impossible|havent|failed|didnt", _TOLD, r"i|we|im|my", whole=True),
        core(r"cannot|cant|couldnt|unable|impossible|failed", _TOLD, whole=True, first=True),
        core(
            r"no|not|dont|doesnt|lack|lacks|without|cannot",
            r"capability|capabilities|ability|access|means|expertise|permission|authority",
            r"i|we",
            whole=True,
        ),
        core(r"not|isnt", r"familiar|aware", r"i|im|we", whole=True),
        core(r"not|cannot|cant|couldnt|unable|impossible|hard|difficult|tough|insufficient|nt|isnt|wont", _FIND, topic=False),
        core(
            r"cannot|cant|not|unable|couldnt|impossible",
            r"be|been",
            r"determined|answered|found|known|inferred|established|verified|"
            r"confirmed|said|ascertained|deduced|identified",
            subject=True,
            topic=False,
        ),
        core(
            r"cannot|cant|unable|not|couldnt|wont|wouldnt",
            r"help|assist|provide|give|offer|share|make|answer|comment|guess|speculate|"
            r"advise|comply|respond|supply",
        ),
        core(rf"{_NOT}", _SAID, subject=True),
        core(rf"{_NOT}", _GIVEN, _IN, _SOURCE, subject=True, topic=False),
        core(rf"{_NOT}", _IN, _SOURCE, topic=False),
        core(rf"{_NOT}", r"included|available|covered|present|in|part|appears?|contained|there|anywhere", _IN, _SOURCE, topic=False),
        core(rf"{_NOT}", r"available|included|covered|present|accessible|given|provided|found|clear|known", _META),
        core(rf"{_NOT}", _GIVEN, r"it|this|that|these|those"),
        core(
            r"not",
            rf"{_GIVEN}|available|known|applicable|sure|certain|clear|answerable|sufficient|enough|determinable",
            first=True,
            topic=False,
        ),
        core(
            r"no|not|nothing|insufficient|little|lacks?|lacking|without|hardly|never|missing|limited|dont|doesnt|havent|hasnt|isnt|arent|"
            r"cannot|cant|zero|too|didnt|couldnt|unable|neither",
            _META,
            ordered=True,
        ),
        core(
            rf"{_NOT}|insufficient|lacks?|lacking",
            rf"{_META}|evidence",
            r"to|for|that|needed|required|necessary",
            _TO_FIND,
            whole=True,
            ordered=True,
        ),
        core(r"no|neither", _SAID, first=True, between=True),
        core(rf"{_NOT}|lacks?", r"enough|sufficient|adequate", r"evidence", rf"{_SOURCE}|it|there|i|we"),
        core(r"no", rf"{_ASKED_FOR}", _GIVEN, first=True, between=True),
        core(_ASKED_FOR, _NOT, r"given|provided|listed|named|supplied|known|recorded|available", between=True),
        core(rf"{_NOT}", _SOURCE, r"go|goes", r"into", r"that|this|it|details?|specifics|depth", whole=True),
        core(r"there|theres|i|we", r"no|nothing|not|isnt|arent|none|dont|didnt|cant|cannot|found", _SOURCE, whole=True, between=True),
        core(r"nothing|little|none", rf"{_SOURCE}|about|{_SAID}|said|known|written|given|found"),
        core(
            r"unknown|unclear|uncertain|unspecified|undisclosed|unstated|undetermined|unanswered|undefined|indeterminable|unavailable",
            subject=True,
            topic=False,
        ),
        core(r"unclear|uncertain", _IN, _SOURCE, whole=True),
        core(r"unanswerable|unsure|undeterminable|inconclusive|indeterminate|unknowable"),
        core(r"not|isnt|arent|hardly|im|we", r"sure|certain|aware|familiar|confident|positive|informed|known", r"i|im|we|not"),
        core(r"not|isnt|never", r"clear|known|obvious|apparent|evident|certain|answerable", topic=False),
        core(r"no|not", r"mentions?|references?", r"made|given", whole=True),
        core(rf"{_NOT}", r"clear|evident|apparent|obvious", _IN, _SOURCE, whole=True),
        core(
            rf"{_NOT}",
            r"something|anything",
            r"documents?|texts?|passages?|context|sources?|handbook|manual|pages?",
            rf"{_TELL}|covers?|contains?|includes?|provides?",
            subject=True,
            whole=True,
        ),
        core(rf"{_SOURCE}", r"silent|quiet|mute|vague"),
        core(
            rf"{_SOURCE}|it|they|this|that",
            r"leaves?|left|remains?|stays?",
            r"open|unanswered|unclear|unspecified|unsaid|unknown|out|unstated|unexplained|undefined",
        ),
        core(rf"{_NOT}", _SOURCE, _TELL, whole=True, ordered=True),
        core(r"no|none|zero", _SOURCE, r"found|matched|retrieved", topic=False),
        core(r"not|doesnt|dont|didnt|never", r"it|they|this", _TELL, ordered=True),
        core(rf"{_NOT}", rf"{_SOURCE}|it|they", rf"{_META}|this|that|it|anything|question", rf"ha(?:s|ve)|{_HOLDS}"),
        core(rf"{_NOT}", rf"{_SOURCE}|it|they", r"names?|dates?|figures?|numbers?|reasons?|amounts?", rf"ha(?:s|ve)|{_HOLDS}"),
        core(rf"{_NOT}", _SOURCE, _ASKED_FOR, _HOLDS, between=True),
        core(r"beyond|outside|exceeds?|within|out|not", r"scope|expertise|range|abilit(?:y|ies)|capabilit(?:y|ies)|knowledge"),
        core(
            r"rather|prefer|wont|not|decline|refuse|would|only|cant|cannot|dont|can|want",
            r"guess|guessing|speculate|speculating|speculation",
        ),
        core(
            r"need|needed|require|required|provide|could|share|give|clarify|without|requires?|needs",
            r"more|further|additional|extra",
            r"information|context|details?|data|info|clarification",
        ),
        core(
            r"need|needed|require|required|requires?|needs|necessary",
            r"more|further|additional|extra",
            r"information|context|details?|data|info|clarification",
            _FIND,
            whole=True,
        ),
        core(_META, r"missing|unavailable|absent|lacking|insufficient|inadequate|withheld|incomplete|redacted|nowhere|unobtainable"),
        core(
            r"as|am|im|being|just|only",
            r"ai|assistant|bot|chatbot|model|programmed|trained|designed|equipped|qualified|capable|"
            r"knowledgeable|given|told|shown",
            r"i|im",
            r"not|cannot|cant|dont|lack|no|unable|wasnt|havent|didnt",
            whole=True,
            between=True,
        ),
        core(r"havent|wasnt|not|never", r"given|provided|told|trained|shown", r"i", whole=True),
        core(r"decline|refuse", r"i|must|have", whole=True),
        core(r"no", r"way|means", r"to|of", whole=True),
        core(r"nobody|one", r"knows|know|no", topic=False),
    ),
    fill=listed(
        "leaflet brochure specification specifications datasheet wiki letter minutes slides syllabus catalogue "
        "i we you one it its it's this that thats these those there theres here the a an any some all my your our me us him "
        "is are was were be been being am im ive id ill do does did has have had will would can could seem seems "
        "appear appears to of in on from by with within for at as and or so if just really actually simply also either currently still "
        "yet only explicitly clearly directly specifically exactly precisely definitively reliably anywhere nowhere ever far at moment "
        "unfortunately sadly regrettably sorry apologies apologize apologise afraid honestly please though well hmm um oh ah okay "
        "based basis given according provided available supplied retrieved above following present current relevant specific further "
        "additional enough sufficient necessary needed need required requested asked particular exact definitive direct clear certain "
        "sure such using knowledge answer answers answering question questions information info detail details data context "
        "contexts text "
        "texts passage passages document documents documentation handbook manual article articles source sources material materials "
        "excerpt excerpts page pages section sections chapter chapters record records snippet snippets content contents base database "
        "guide faq evidence anything something nothing thing things point matter topic subject issue query fact facts reference "
        "regard respect looked searched checked reviewed read looking search found find not nt also ai an virtual digital "
        "merely through over chatbot language model assistant "
        "bot being own scope let know contains contain mentioned stated say says said been paragraph paragraphs file files "
        "fully properly "
        "correctly accurately confidence certainty confident about regarding way possible mentions who what instead attached other "
        "unanswered unclear exist exists possess lack guess guessing speculate speculation because since more detailed response "
        "believe think fear feel regret want got honest input hard difficult impossible unable able policy reliable concrete "
        "explicit mention anymore therefore thus hence consequently provide provides give gives offer offers include includes supply "
        "supplies adequate fails his her their "
        "alone hand help helpful assist time see user asking"
    ),
    about=listed("about on regarding concerning of for related relating pertaining as covering surrounding whether"),
    asks=listed("who whom whose what when where which why how"),
    sayings=re.compile(
        r"(?:i )?(?:dunno|idk|beats me|who knows|pass|i pass|give up|wish i knew|search me|have no answer|no answer|n a|na|null|nil|"
        r"unknown|tbd|no comment|not applicable|no result|no results|no match|not found|your guess is as good as mine|anyones guess|"
        r"ask me something else|no can do|couldnt say|cant say|cannot say|could not say|would not know|wouldnt know|no clue|you got me|"
        r"that is anyones guess|thats anyones guess|got nothing|have nothing|i draw a blank|hard to say|not that i know of|"
        r"would only be guessing|would be guessing|would have to guess|not to my knowledge|not known|unspecified|missing)"
    ),
)
