"""How a model says that it does not know, in several languages. Looks at the words of an answer alone, never at what is right."""

from __future__ import annotations

import re

_SOURCE = (
    r"(text|context|passages?|documents?|documentation|handbook|article|source|information|excerpt|page|manual|material|policy|question|it|they)"
    r"( \w+){0,3}"
)
_NOT_ABLE = r"(cannot|can not|cant|could not|couldnt|am unable to|im unable to|am not able to|im not able to)"
_MACHINE = r"(an?|my) ((\w+ ){0,2}(ai|bot|chatbot|language model|(virtual|digital) assistant)|assistant)"
_FIRST_PERSON: tuple[str, ...] = (
    # What a model says of itself; "we" and "you" may speak of a team and its rules, so "I" alone.
    rf"(as|i am|im|being) (just |only |merely )?{_MACHINE}( \w+){{0,6}} (and|so|i) (\w+ )?"
    r"(cannot|can not|cant|do not|dont|am not|am unable|im not|im unable|lack|have no|was not|wasnt|have not|havent)",
    r"(i do not|i dont|i did not|i didnt) (\w+ )?(have|possess) (\w+ ){0,3}"
    r"(access|ability|abilities|capability|capabilities|capacity|knowledge|records?|means|way|idea|clue|expertise)",
    r"(i have|i possess|i had) (absolutely )?(no|not enough|insufficient|limited) (\w+ ){0,2}(knowledge|access|records?|clue|way|means)",
    r"i lack (\w+ ){0,3}(information|knowledge|access|ability|capability|context|details|data)",
    r"(i am|im) not (\w+ )?(familiar|capable|equipped|programmed|trained|designed|qualified|knowledgeable|informed)",
    r"(i have not|i havent|i was not|i wasnt) (been )?(given|provided|told|trained|shown)",
    rf"i {_NOT_ABLE} (provide|give|offer|share|supply|make|confirm|identify|recall|access|locate|predict|guess) "
    r"(\w+ ){0,4}(answers?|information|details?|response|that|this|it|advice|context|data|documents?|passages?|question)",
    rf"i {_NOT_ABLE} (help|assist|comply|fulfill?|comment|respond|speculate)",
    r"i (did not|didnt|could not|couldnt|cannot|cant) (find|see|locate) (\w+ ){0,3}(answer|information|mention|details?|data|anything)",
    r"i (would not|wouldnt) (really )?know",
    r"i (would |will |d )?need (more|further|additional) (\w+ )?(information|context|details?|data) (\w+ )?"
    r"(to|before i can) (be able to )?(answer|say|tell|determine|know)",
    r"(beyond|outside|out of|not within) (of )?(the scope of )?my (\w+ )?"
    r"(knowledge|capabilit(y|ies)|scope|expertise|training|abilit(y|ies))",
    r"i (must|have to|will have to) (respectfully |politely )?(decline|refuse)",
)
_SPACED: tuple[str, ...] = (
    # English
    r"(do not|dont|did not|didnt) know",
    r"(do not|dont) have (\w+ ){0,2}(information|answer|context|details?|data)",
    r"(i am|im|we are) (not sure|unsure|not certain|uncertain|not aware|unable to|not able to)",
    r"(i|we|it|you|one) (cannot|can not|cant|could not|couldnt) (be )?(answer|say|tell|determined?|find|found|answered|known?|verify)",
    *_FIRST_PERSON,
    r"cannot be (answered|determined|known|inferred|found in the (text|context|documents?|passages?))",
    r"(there is|theres|there was|i have|contains?|provides?|gives?) (no|not enough|insufficient) (\w+ ){0,2}"
    r"(information|answer|mention|data|details?|idea|context|way (to (know|tell|say|determine)|of (knowing|telling)))",
    r"(it is|its|this is|that is|thats) (\w+ )?impossible to (say|tell|know|determine|answer)",
    # Not "whether": a source may well say that it is not known whether something holds.
    r"(it is|its|this is|that is|thats) (\w+ )?(unclear|unknown|uncertain|not clear|not known)"
    r"( (from|based|in the|who|what|when|where|which)|$)",
    r"^(sorry |unfortunately )?(unable|not able|cannot|cant|can not) (to )?(answer|say|tell|determine|find|know|verify)",
    r"^(its |it is )?(hard|difficult|impossible) to (say|tell|know|determine)$",
    r"^(nobody|no one) knows$",
    r"(not|nowhere|never|isnt|arent|wasnt|werent) (been )?(\w+ )?(stated|mentioned|specified|disclosed|answerable)",
    r"(not|isnt|arent|nowhere) (\w+ )?(given|provided|found|included|available|described|in) (in|by) the "
    r"(given |provided )?(text|context|passages?|documents?|handbook|information|excerpt)",
    r"(information|answer|details?|context) (\w+ ){0,4}(not|isnt|arent) (\w+ )?(given|provided|found|included|available|enough|sufficient)",
    r"(does|do|did) not (\w+ )?(say|state|mention|specify|indicate|disclose)",
    r"(doesnt|dont|didnt) (\w+ )?(say|state|mention|specify|indicate|disclose)",
    _SOURCE + r" (does not|do not|did not|doesnt|dont|didnt) (\w+ )?(contain|provide|give|include|tell|answer|address|describe)",
    r"(not enough|insufficient|no) (information|context|data|mention) (is|was|to|about|on|given|available|provided|of|regarding)",
    r"^(not |un)(stated|mentioned|given|specified|provided|known|answerable|available|found|sure)$",
    r"^(no (answer|idea)|(no|not enough|insufficient) (such )?information|none given|n a|impossible to (say|tell|know))$",
    # German
    r"(weiss|weiß) ich (leider )?nicht",
    r"ich (weiss|weiß) (es |das )?(leider )?nicht",
    r"(keine|nicht genug|nicht genügend) (angaben?|informationen?|antwort)",
    r"(wird|ist|steht|geht|werden|sind) (\w+ ){0,4}nicht (\w+ ){0,3}(erwähnt|angegeben|bekannt|genannt|hervor|beantwortbar)",
    r"steht nicht (im|in der|in den)",
    r"(lässt|laesst) sich (\w+ )?nicht (beantworten|sagen|feststellen)",
    r"kann ich (leider )?nicht (sagen|beantworten)",
    r"als (ki|sprachmodell|künstliche intelligenz)( \w+){0,3} (kann|habe|bin|weiß) ich (\w+ ){0,4}(nicht|keinen?)",
    r"ich kann (\w+ ){0,4}nicht (sagen|beantworten|helfen)",
    r"(keinen zugriff|keinen zugang) (auf|zu)",
    r"^unbekannt$",
    # French
    r"je (ne )?sais pas",
    r"je nai pas (d|assez|la|cette|l)\w* ?(\w+ )?(information|informations|réponse|éléments)",
    r"(nest|ne sont|nest) pas (\w+ )?(mentionné|précisé|indiqué|connu|spécifié)e?s?",
    r"ne (mentionne|précise|dit|indique|permet) pas",
    r"aucune (information|réponse|mention)",
    r"je (ne )?(peux|puis) pas (\w+ )?(répondre|dire|aider)",
    r"en tant qu(ia|e modèle|assistant)( \w+){0,4} je (ne|nai)",
    r"^inconnue?$",
    # Spanish
    r"no (lo |se )?(sé|sabe)",
    r"no (tengo|hay|dispongo de) (\w+ )?(información|respuesta|datos)",
    r"no se (menciona|indica|especifica|dice|puede (responder|determinar|saber))",
    r"no (menciona|indica|especifica)",
    r"no puedo (responder|decir|determinar|ayudar|proporcionar)",
    r"como (ia|modelo de lenguaje|asistente)( \w+){0,4} no (puedo|tengo|sé)",
    r"^desconocid[oa]$",
    # Italian
    r"non (lo )?so",
    r"non (ho|ci sono|dispongo di) (\w+ )?(informazioni|risposta|dati)",
    r"non (è|viene|sono) (\w+ )?(menzionat|indicat|specificat|not)[oaie]",
    r"non (menziona|indica|specifica|dice)",
    r"non (posso|è possibile) (rispondere|dire|determinare|aiutar)",
    r"(come|in quanto) (ia|modello linguistico|assistente)( \w+){0,4} non (posso|ho|so)",
    r"^sconosciut[oa]$",
    # Portuguese
    r"não (o )?sei",
    r"não (tenho|há|existe) (\w+ )?(informação|informações|resposta|dados)",
    r"não (é|foi|está) (\w+ )?(mencionad|indicad|especificad|informad|conhecid)[oa]",
    r"não (menciona|indica|especifica|diz)",
    r"não (posso|é possível) (responder|dizer|determinar|ajudar)",
    r"como (ia|modelo de linguagem|assistente)( \w+){0,4} não (posso|tenho|sei)",
    r"^desconhecid[oa]$",
    # Dutch
    r"(dat )?weet ik (het )?niet",
    r"ik weet (het|dat) niet",
    r"(geen|niet genoeg|onvoldoende) (informatie|antwoord|gegevens)",
    r"(wordt|is|staat) (\w+ ){0,4}niet (\w+ ){0,3}(vermeld|genoemd|bekend|aangegeven)",
    r"kan ik niet (zeggen|beantwoorden)",
    r"^onbekend$",
    # Polish
    r"nie wiem",
    r"(brak|nie ma|nie mam) (\w+ )?(informacji|odpowiedzi|danych)",
    r"nie (jest|został[ao]?) (\w+ )?(podan|wspomnian|określon|znan)[eya]",
    # Swedish, Danish, Norwegian
    r"(vet jag|jag vet) (det )?inte",
    r"(nämns|framgår|anges) (det )?inte",
    r"(ved jeg|jeg ved|vet jeg|jeg vet) (det )?ikke",
    r"(nævnes|fremgår|angives|nevnes) (det )?ikke",
    r"(ingen|inte tillräckligt med|ikke nok) (information|oplysninger|informasjon)",
    # Turkish
    r"bilmiyorum",
    r"bilgi (yok|bulunmuyor|verilmemiş)",
    r"(belirtilmemiş|bilinmiyor|belirtilmiyor)\w*",
    # Russian
    r"не знаю",
    r"(нет|недостаточно) (\w+ )?(информации|данных|ответа)",
    r"не (указан|упомянут|сказан|известн|упоминается|указывается)\w*",
    r"не могу (ответить|сказать)",
    # Arabic
    r"لا (أعرف|أعلم|ادري|أدري)",
    r"(لا توجد|ليس لدي) معلومات",
    r"لم (يذكر|يرد|يتم ذكر)",
    # Hindi
    r"(मुझे|मैं) (\w+ )?नहीं (पता|जानता|जानती)",
    r"जानकारी (\w+ )?नहीं",
)
_UNSPACED: tuple[str, ...] = (
    # Chinese
    r"不知道",
    r"(没有|未|並未|并未|沒有)(提到|提及|说明|說明|提供|给出|給出|足够|足夠)",
    r"(无法|無法)(回答|确定|確定|得知|判断|判斷)",
    r"^(未知|不详|不詳)$",
    # Japanese
    r"(分|わ)かりません",
    r"(記載|言及|情報)(は|が|されて)?(あり|い)?ません",
    r"^不明(です)?$",
    # Korean
    r"모르겠|모릅",
    r"알 수 없",
    r"(언급|명시)되(어 있지|지) 않",
    r"정보(가|는) 없",
)
"""Patterns over text in lower case without punctuation, apostrophes and double spaces; `^…$`: the phrase is the whole answer."""

_ANY = re.compile("|".join([*(rf"(?<!\w)(?:{phrase})(?!\w)" for phrase in _SPACED), *(f"(?:{phrase})" for phrase in _UNSPACED)]))
_TURN = re.compile(
    r"\b(but|however|though|although|nevertheless|aber|jedoch|mais|cependant|pero|aunque|ma|però|mas|porém|maar|ale|men|ama|но|однако)\b"
    r"|但|しかし|하지만"
)
_OFFER = re.compile(r"(ill|i will|i can|i could|id|i would|im|i am|let me) (\w+ ){0,4}(try|best|help|helpful|assist)( \D+|$)")
"""What follows such a "but" claims nothing: "but I will do my best to help"."""
LEAD_IN = 15
"""How many words may stand before the phrase: "The chapter of the handbook on parental leave does not say"."""


def is_abstention(text: str) -> bool:
    """Whether the answer declines to answer: it is empty, or its first sentence says so and nothing is claimed after a "but".

    Recognised by phrases. An unusual wording passes for a claim, which counts against the arm: tasks therefore give every arm the
    same words to abstain with.
    """
    first, *others = re.split(r"(?<=[.!?])\s+|(?<=[。！？])|\n", text.strip(), maxsplit=1)
    plain = _plain(first)
    if not plain:
        return not _plain(text)
    found = _ANY.search(plain)
    if found is None or len(plain[: found.start()].split()) > LEAD_IN:
        return False
    return not _claims(f"{plain[found.end() :]} {_plain(' '.join(others))}")


def _claims(rest: str) -> bool:
    """Whether what follows the phrase turns round and claims something after all."""
    turn = _TURN.search(rest)
    if turn is None:
        return False
    after = rest[turn.end() :].strip()
    return len(after.split()) >= 2 and not _OFFER.fullmatch(after)


def _plain(text: str) -> str:
    without = re.sub(r"['’`´]", "", text.lower())
    # Combining vowel signs (Hindi) are no word characters to `re`, and belong to the word.
    return " ".join(re.sub(r"[^\w\s\u0900-\u097f]|_", " ", without).split())
