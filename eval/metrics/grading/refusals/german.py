"""The words of refusals in German."""

from __future__ import annotations

import re

from eval.metrics.grading.refusals.core import Language, core
from eval.metrics.grading.words import listed

_KEIN = r"nicht|nichts|kein|keine|keinen|keiner|keinem|keinerlei|nirgends|nirgendwo|weder|ohne|noch|nie|unmoglich"
_QUELLE = (
    r"text\w{0,2}|dokument\w{0,2}|handbuch\w{0,2}|kontext\w{0,2}|unterlagen?|passagen?|quellen?|artikeln?|abschnitt\w{0,2}|"
    r"ausz(?:ug|uge)n?|"
    r"material\w{0,3}|richtlinien?|seiten?|quelltext|wissensbasis|textstellen?|dokumentation|leitfaden|absatz|vorlage|bericht|angaben"
)
_ANGABE = (
    r"angaben?|information|informationen|infos?|antwort|antworten|hinweise?n?|daten|auskunft|auskunfte|aussagen?|erwahnung|ahnung|"
    r"erkenntnisse?|details?|kenntnisse?|wissen|stellungnahme|rede|anhaltspunkte?|idee|schimmer|festlegung"
)
_GENANNT = (
    r"erwahnt|genannt|angegeben|bekannt|ersichtlich|spezifiziert|vermerkt|aufgefuhrt|hervor|dokumentiert|beantwortet|benannt|"
    r"thematisiert|"
    r"prazisiert|ausgefuhrt|mitgeteilt|erlautert|beantwortbar|gesagt|angefuhrt|notiert|feststellbar|bestimmbar|auffindbar"
)
_SAGEN = (
    r"beantworten|sagen|feststellen|ermitteln|bestimmen|erkennen|ersehen|entnehmen|ableiten|herauslesen|beurteilen|herausfinden|helfen|"
    r"angeben|beantwortbar|schliessen|antworten|finden|nennen|ausmachen|klaren"
)
GERMAN = Language(
    cores=(
        core(r"nichts", r"liegt|liegen|lag|lagen", r"vor", topic=False),
        core(r"weiss|wissen|wusste|kenne|kennen|ahne|erinnere", rf"{_KEIN}", r"ich|wir", whole=True),
        core(r"weiss|wissen", rf"{_KEIN}"),
        core(rf"{_KEIN}", _SAGEN, r"ich|wir|man|lasst|laesst|lassen|kann|konnen|konnte|ist|war|moglich|werden|frage|sich"),
        core(rf"{_KEIN}", _GENANNT, subject=True),
        core(_KEIN, r"drin|dabei", r"steht|stehen|ist"),
        core(
            rf"{_KEIN}",
            r"enthalten|vorhanden|verfugbar|geregelt|definiert|beschrieben|festgelegt|abgedeckt|gefunden|behandelt|drin|steht|"
            r"stehen|stand|findet|zu|gegeben|aufgenommen",
            r"im|in|aus|dem|den|der",
            rf"{_QUELLE}",
        ),
        core(rf"{_KEIN}", r"enthalten|vorhanden|verfugbar|geregelt|definiert|gefunden|moglich|vor", _ANGABE),
        core(
            r"nicht",
            r"vorhanden|verfugbar|gefunden|angegeben|bekannt|enthalten|definiert|klar|sicher|beantwortbar|"
            r"zutreffend",
            first=True,
        ),
        core(rf"{_KEIN}|ungenugend\w*|unzureichend\w*|zu|fehl(?:t|en)|mangel\w*|wenig\w*", _ANGABE),
        core(
            r"nichts",
            r"steht|stehen|findet|finde|sagt|sagen|gesagt|bekannt|gefunden|geschrieben|vermerkt|erwahnt|entnehmen|dazu|"
            r"daruber|hierzu",
            r"dazu|daruber|hierzu|davon|darauf|es|ist|wird|text|ich|im|in|ist|sich|zu|uber",
        ),
        core(
            _QUELLE,
            rf"{_KEIN}",
            r"sagt|sagen|nennt|nennen|erwahnt|erwahnen|beschreibt|spezifiziert|thematisiert|schweigt|beantwortet|"
            r"erklart|prazisiert|verrat|behandelt|aussert|aussern|klart|erlautert|angibt|aus",
            whole=True,
            between=True,
        ),
        core(rf"{_KEIN}", rf"{_QUELLE}|es", r"enthalt|enthalten|gibt|geben|macht|machen|liefert|liefern|bietet|umfasst|hat", _ANGABE),
        core(_QUELLE, r"schweigt|schweigen|offen"),
        core(r"unklar|unbekannt|ungewiss|unbeantwortet|ungeklart|unbestimmt", subject=True, topic=False),
        core(r"offen", r"lasst|bleibt|ist", r"es|das|dies|handbuch|dokument|text|frage|antwort"),
        core(r"nicht|kaum|un", r"sicher|klar|gewiss|eindeutig|bewusst", r"ich|bin|mir|ist|das|es"),
        core(r"nichts", r"gibt", r"dazu|daruber|hierzu", topic=False),
        core(r"unsicher", r"ich|bin"),
        core(r"nicht|ausserstande", r"lage|imstande", r"ich|wir"),
        core(r"niemand", r"weiss", topic=False),
        core(_KEIN, r"zugriff|zugang", r"ich|wir", whole=True),
        core(rf"{_KEIN}", r"spekulieren|raten|mutmassen"),
        core(r"brauche|benotige|brauchte|brauchen|benotigen", r"mehr|weitere|zusatzliche|genauere", _ANGABE),
        core(r"ausserhalb", r"wissens|kenntnisse|bereichs|umfangs|rahmens"),
    ),
    fill=listed(
        "das der die dem den des dies diese diesem diesen dieser dieses dazu daruber hierzu davon darauf hieruber daraus "
        "hieraus daran hier "
        "dort darin darauf mir ich mich wir uns es man sie ihnen dir ist sind war wird werden wurde wurden worden kann konnte "
        "konnten konnen "
        "lasst laesst lassen sich habe haben hat gibt geben gab liegen liegt lag steht stehen stand findet finden finde fand "
        "geht im in aus "
        "zu zur zum mit von vor an auf bei leider nein so genau genaue genauen genaueres sicher sichere eindeutig eindeutige "
        "ausdrucklich "
        "explizit genug genugend ausreichend ausreichende ausreichenden weitere weiteren frage fragen antwort antworten diesbezuglich "
        "entschuldigung tut leid bedaure bedauere sorry aber und oder noch bisher derzeit aktuell vorliegende vorliegenden vorhandenen "
        "vorhandene gegebenen angegebenen bereitgestellten bereitgestellte obigen vorliegend mehr konkret konkrete konkreten direkt "
        "entsprechende entsprechenden relevante relevanten nahere naheren jeweiligen gegeben bekannt nicht nichts keine text "
        "texte texten "
        "textes dokument dokumente dokumenten dokuments handbuch handbuchs handbuches kontext kontexts unterlagen passage "
        "passagen quelle "
        "quellen artikel abschnitt abschnitten auszug material materialien seite stelle angaben information informationen daten auskunft "
        "hinweis hinweise punkt thema sache ihre ihrer ihren deine eure meine meinem meinen zufolge laut gemass nach grundlage basis "
        "aufgrund anhand dass da als ki sprachmodell assistent bin uberhaupt uber also moglich moglichkeit ob momentan einfach daher "
        "vorhanden hervor verfugung verfugbar beantworten beantwortet sagen machen entnehmen etwas allein ein eine einen einer eines "
        "ihnen euch dabei damit weiter helfen gefragte gesuchte gewunschte gesuchten was gerade wirklich ehrlich gesagt ganz "
        "beim kein keinen keiner enthalt enthalten liefert liefern bietet bieten umfasst umfassen notige notigen erforderlichen benotigten "
        "ausreichend genaueren genauer gegebene"
    ),
    about=listed("uber zu zur zum zum bezuglich betreffend hinsichtlich fur von"),
    asks=listed("wer wen wem wessen was wann wo wohin woher welche welcher welches welchen welchem warum weshalb wieso wie ob wieviel um"),
    sayings=re.compile(
        r"(?:k a|keine ahnung|da bin ich (?:leider )?uberfragt|da muss ich passen|ich passe|weiss nicht|fehlanzeige|ka|nicht zutreffend|"
        r"frag mich (?:was|etwas) leichteres|das entzieht sich meiner kenntnis|entzieht sich meiner kenntnis|ohne angabe|o a|"
        r"da kann ich (?:leider )?nicht (?:weiter)?helfen|keine antwort moglich|schwer zu sagen|unbekannt|unklar)"
    ),
)
