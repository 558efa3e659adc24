"""The words of refusals in French and Spanish."""

from __future__ import annotations

import re

from eval.metrics.grading.refusals.core import Language, core
from eval.metrics.grading.words import listed

_PAS = r"pas|rien|aucune?|jamais|ni|non|sans|impossible|incapable|nulle|guere"
_TEXTE = (
    r"textes?|documents?|documentation|contextes?|passages?|manuel|sources?|extraits?|guide|article|reglement|pages?|section|chapitre|"
    r"dossier|fichier|rapport|notice"
)
_RENSEIGNEMENT = (
    r"informations?|infos?|reponses?|mention|donnees?|indications?|elements?|precisions?|idee|details?|renseignements?|reference|acces|"
    r"connaissance|trace"
)
_DIT = (
    r"mentionne\w*|precise\w*|indique\w*|connue?s?|specifie\w*|dite?s?|disent|aborde\w*|evoque\w*|communique\w*|renseigne\w*|"
    r"stipule\w*|explique\w*|defini\w*|repond|repondent|figure\w*|traite\w*|documente\w*|claire?"
)
FRENCH = Language(
    cores=(
        core(_PAS, r"sais|savons|connais|connaissons|souviens", r"je|nous", whole=True),
        core(_PAS, r"sais|sait|connait"),
        core(r"ignore|ignorons", r"je|nous|on", whole=True),
        core(_PAS, r"repondre|dire|determiner|savoir|trouver|trouve|indiquer|aider|preciser|confirmer|deduire|etablir|conclure|reponds"),
        core(_PAS, _DIT, subject=True),
        core(_PAS, _TEXTE, _DIT, whole=True),
        core(_PAS, _TEXTE, r"parle|parlent", r"en|de|d"),
        core(r"rien", r"sujet|propos|dessus"),
        core(
            _PAS,
            r"fournie?s?|disponibles?|donnee?s?|trouvee?s?|presente?s?|contient|contiennent|fournit|fournissent|donne|donnent|"
            r"permet|permettent|couverte?s?|incluse?s?|dans|applicable",
            rf"{_TEXTE}|{_RENSEIGNEMENT}",
        ),
        core(_PAS, r"fournie?s?|disponibles?|donnee?s?|trouvee?s?|applicable|sure?|certaine?|communiquee?s?|renseignee?s?", first=True),
        core(_PAS, r"offre|offrent|comporte|comportent|propose|proposent|contient|contiennent|fournit|fournissent", _RENSEIGNEMENT),
        core(r"impossible|incapable", r"repondre|dire|determiner|savoir|trouver|preciser|deduire|etablir", whole=True, first=True),
        core(r"pas", r"possible", r"repondre|dire|determiner|savoir|trouver|preciser|deduire|etablir", whole=True),
        core(
            rf"{_PAS}|manque|insuffisante?s?",
            _RENSEIGNEMENT,
            r"pour|permettant|necessaires?",
            r"repondre|dire|determiner|savoir|preciser|deduire|etablir|conclure|identifier|confirmer",
            whole=True,
            ordered=True,
        ),
        core(rf"{_PAS}|manque|manquent|insuffisante?s?|peu", _RENSEIGNEMENT, ordered=True),
        core(r"inconnue?s?|incertaine?s?|indetermine\w*|indisponibles?", subject=True, topic=False),
        core(_PAS, r"sure?|certaine?", r"je|suis"),
        core(r"muet|muette|silencieux", _TEXTE),
        core(r"besoin|faudrait|fournir|avoir", r"plus|davantage|autres|supplementaires?", _RENSEIGNEMENT),
        core(r"difficile", r"dire|savoir|repondre|determiner"),
    ),
    fill=listed(
        "le la les l un une des du de d ce cet cette ces cela ca c je j nous on il elle ils elles y en est sont ete etait a ai avons ont "
        "avoir as peux puis peut pouvons pourrais pourrait suis sommes ne n se s me m vous malheureusement desole desolee pardon excusez "
        "moi question questions sujet propos dans sur par pour au aux avec selon apres fourni fournis fournie fournies disponible "
        "disponibles donne donnes donnee precedent assez suffisamment suffisante suffisantes suffisant precise precises specifique "
        "clairement explicitement exactement certitude ici point aucunement tout du si trouve trouver trouvee permet permettent "
        "permettant "
        "mesure capable quant et ou mais que qu qui texte textes document documents contexte passage passages manuel source sources "
        "extrait extraits guide article information informations reponse reponses element elements donnees detail details "
        "mention present "
        "presents existe repondre dire savoir determiner pas rien aucune aucun d concernant relative relatives partir base "
        "regrette crains "
        "etre encore toutefois egard chose part nulle lire avere possible impossible reference votre ma mon mes sa son semble mentionnee "
        "mentionne ceci ia tant modele langage assistant virtuel inclut contient indique parle reste restent dispose disposons "
        "necessaire necessaires non plus offre offrent comporte comportent contient contiennent fournit fournissent propose proposent"
    ),
    about=listed("sur concernant de du des d pour propos quant relative relatif"),
    asks=listed("qui que quoi quel quelle quels quelles quand ou comment pourquoi combien si lequel laquelle"),
    sayings=re.compile(
        r"(?:aucune idee|pas de reponse|sans reponse|n d|nd|n c|s o|non applicable|sans objet|je donne ma langue au chat|"
        r"je n en sais rien|inconnue?|difficile a dire)"
    ),
)

_NO = r"no|ni|ningun|ninguna|nada|sin|nunca|tampoco|imposible|incapaz"
_TEXTO = (
    r"textos?|documentos?|documentacion|contextos?|pasajes?|manual|fuentes?|extractos?|guia|articulos?|fragmentos?|paginas?|seccion|"
    r"capitulo|material|reglamento|archivo|informe"
)
_DATO = (
    r"informacion|informaciones|respuestas?|datos?|menciones|mencion|detalles?|idea|constancia|referencias?|indicaciones|indicacion|"
    r"conocimiento|acceso|pista|evidencia"
)
_PEDIDO = (
    r"fechas?|nombres?|precios?|motivos?|razon|razones|numeros?|lugar|lugares|edad|cantidad|hora|horas|autor|costes?|costos?|direccion"
)
_DICE = (
    r"menciona\w*|indica\w*|especifica\w*|dicen?|dicho|dicha|precisa\w*|aclara\w*|consta|constan|define\w*|definid[oa]s?|conocid[oa]s?|"
    r"explica\w*|detalla\w*|responde\w*|aborda\w*|trata|tratan|figura\w*|aparece\w*|establece\w*|señala\w*|senala\w*|pone|ponen"
)
SPANISH = Language(
    cores=(
        core(_NO, r"sabria|sabemos|recuerdo|conozco|conocemos", whole=True),
        core(_NO, r"sabe|saben"),
        core(r"desconozco|desconocemos|ignoro|desconoce", whole=True),
        core(
            _NO,
            r"responder\w*|decir\w*|determinar\w*|ayudar\w*|saber\w*|contestar\w*|encontrar|encuentro|encontre|proporcionar|"
            r"confirmar\w*|deducir\w*|concluir|precisar|averiguar|respondo|veo",
        ),
        core(_NO, _DICE, subject=True),
        core(_NO, _TEXTO, _DICE, whole=True),
        core(_NO, _TEXTO, r"habla|hablan", r"de|del|sobre|eso"),
        core(
            _NO,
            r"esta|estan|disponibles?|incluid[oa]s?|incluyen?|contienen?|proporcionan?|dad[oa]s?|encuentra|viene|hay|ofrecen?|existe|"
            r"proporcionad[oa]s?|suministrad[oa]s?",
            rf"{_TEXTO}|{_DATO}",
        ),
        core(r"no", r"disponibles?|aplicables?|segur[oa]|proporcionad[oa]s?|clar[oa]|dad[oa]", first=True),
        core(r"no", r"se", r"indica|menciona|especifica|precisa|dice|detalla|proporciona", _PEDIDO),
        core(_NO, r"posible|imposible|puede|puedo|podemos", r"determinar\w*|saber\w*|precisar|averiguar|responder\w*", whole=True),
        core(r"imposible", r"determinar\w*|saber\w*|precisar|averiguar|responder\w*", whole=True, first=True),
        core(
            rf"{_NO}|falta|insuficientes?",
            _DATO,
            r"para|que|necesari[oa]s?",
            r"responder\w*|decir\w*|determinar\w*|saber\w*|precisar|deducir\w*|concluir|identificar\w*|confirmar\w*|permit[ae]n?",
            whole=True,
            ordered=True,
        ),
        core(rf"{_NO}|falta|faltan|insuficientes?|poca|carezco", _DATO, ordered=True),
        core(r"desconocid[oa]s?|inciert[oa]s?|indeterminad[oa]s?", subject=True, topic=False),
        core(_NO, r"segur[oa]|clar[oa]|consciente|ciencia|certeza", r"estoy|esta|estamos|queda|es|cierta|tengo"),
        core(r"necesito|necesitaria|necesitamos|requiere|proporcione|falta", r"mas|adicional|adicionales", _DATO),
        core(r"dificil", r"decir|saber|responder|determinar"),
    ),
    fill=listed(
        "yo no lo la los las el un una unos unas de del al a en con por para sobre que se me le nos te es son esta estan este "
        "esto ese esa "
        "eso esos esas estos estas hay ha han he sido ser puede pueden puedo podemos pude podria pudo posible tengo tenemos "
        "tiene dispongo "
        "disponemos dispone cuento contamos existe existen poseo veo siento lamento lamentablemente desafortunadamente desgraciadamente "
        "perdon disculpe disculpa pregunta preguntas respecto acerca suficiente suficientes ninguna ningun mas exacta exacto exactamente "
        "certeza claramente explicitamente aqui nada todo tu su mi y o pero segun dado dada dados dadas proporcionado proporcionada "
        "proporcionados disponible disponibles relacionada relacionado especifica especifico relevante concreta punto tema "
        "asunto cuestion "
        "texto textos documento documentos contexto pasaje pasajes manual fuente fuentes guia articulo fragmento fragmentos extracto "
        "informacion respuesta respuestas datos dato detalles detalle mencion menciona mencionado indicado responder decir saber "
        "determinar encontrar encontrado encuentro ayudar ello base basandome basado partir momento aun todavia ni alguna "
        "alguno algun como "
        "parte modelo lenguaje asistente ia virtual lado ningun sitio tampoco necesaria necesario aporta aportan da dan brinda brindan "
        "contiene contienen ofrece ofrecen incluye incluyen proporciona proporcionan"
    ),
    about=listed("sobre de del acerca para respecto relativa relativo"),
    asks=listed("quien quienes que cual cuales cuando donde como porque cuanto cuantos cuanta cuantas si"),
    sayings=re.compile(
        r"(?:(?:yo )?no (?:lo |la )?se(?: (?:con certeza|la respuesta|exactamente|decirte|decirlo|nada(?: de eso)?))?|ni idea|s d|n d|"
        r"no aplica|no aplicable|no consta|sin respuesta|sin datos|desconocid[oa]|no sabria decir\w*|dificil de decir|lo ignoro|"
        r"no se (?:quien|que|cual|cuando|donde|como|cuanto|si) [^\d,]{1,60})"
    ),
)
