"""Sentences that refuse, whole: English, German, French, Spanish and Chinese, with slots for the source and the subject.

Patterns over text in lower case without accents, apostrophes and punctuation other than commas.
"""

from __future__ import annotations

DOCUMENT = (
    r"(?:the |this |that |these |those |my |any |your |our |its )?(?:given |provided |available |retrieved |supplied |above |"
    r"following |present )*"
    r"(?:\w+ )?(?:text|context|passages?|documents?|documentation|handbook|manual|article|source|sources|material|information|"
    r"excerpts?|page|policy|"
    r"records?|data|knowledge base|database|snippets?|content|guide|faq|question)s?(?: (?:provided|given|available|above|i have|"
    r"supplied))?"
)
_IN = rf"(?: ?(?:anywhere|here|at all|so far))?(?: ?(?:in|within|from|by|based on|with|on|anywhere in|using|given) {DOCUMENT})?"
_WHAT = r"[^\d,;:]{0,80}"
"""A subject that the answer is not known of: no figure, no second clause."""
_ON = (
    rf"(?: ?(?:to (?:this|the|that|your) question|about|regarding|on|concerning|for|of|as to|related to|to answer|to determine|to "
    rf"say|to) {_WHAT})?"
)
_ADV = (
    r"(?:really|actually|simply|just|clearly|explicitly|currently|unfortunately|sadly|definitively|directly|specifically|exactly|either|"
    r"honestly|further|yet)"
)
_A = rf"(?:{_ADV} )?"
_NOT = r"(?:not|nt|never|nowhere)"
_ANSWERED = (
    r"(?:stated|mentioned|specified|disclosed|given|provided|found|included|available|described|covered|addressed|known|listed|"
    r"answered|answerable|"
    r"indicated|discussed|explained|defined|clear|said|contained|present|noted|documented)"
)
_INFO = (
    r"(?:(?:such |relevant |specific |enough |sufficient |further |more |any |the |that |this |an? |clear |direct |exact "
    r")*(?:information|answer|answers|"
    r"mention|details?|data|context|idea|clue|indication|evidence|reference|records?|knowledge|anything|something|it|that|this|this "
    r"question|"
    r"the question|your question|that question))"
)
_IT = (
    rf"(?:it|this|that|this one|the answer|an answer|(?:the |that |this |your )?question|the information|this information|that "
    rf"information|{DOCUMENT})"
)
_CAN = (
    r"(?:can ?not|cant|could not|couldnt|(?:am|are|im|was) (?:unable|not able) to|wont be able to|will not be able to|unable to|"
    r"not able to)"
)
_WH = rf"(?: (?:whether|if|who|what|when|where|which|why|how) {_WHAT})?"

_WHO = rf"(?: (?:who|what|when|where|which|why|how) {_WHAT})?"
"""Not `whether`: a source may well say that it is not known whether something holds."""
_MACHINE = (
    r"(?:(?:an?|my|the|just|only|merely) )*(?:\w+ ){0,2}(?:ai|bot|chatbot|language model|(?:virtual|digital) assistant|assistant|"
    r"language ai)"
)
_NO = r"(?:cannot|can not|cant|do not|dont|am not|am unable|im not|im unable|lack|have no|was not|wasnt|have not|havent)"

ENGLISH = [
    rf"(?:as|being|i am|im) (?:just |only |merely )?{_MACHINE}[ ,]+(?:and |so |but )?(?:i )?(?:\w+ly )?{_NO}{_WHAT}",
    rf"(?:i am|im) {_A}not (?:familiar|capable|equipped|programmed|trained|designed|qualified|knowledgeable|informed){_WHAT}",
    rf"i (?:have not|havent|was not|wasnt|am not|im not) (?:been )?(?:given|provided|told|trained|shown){_WHAT}",
    rf"(?:it|that|this|{_IT}) (?:is|lies|goes) (?:beyond|outside|out of|not within) (?:of )?(?:the scope of )?my (?:\w+ )?"
    r"(?:knowledge|capabilit(?:y|ies)|scope|expertise|training|abilit(?:y|ies))",
    rf"i (?:must|have to|will have to) (?:respectfully |politely )?(?:decline|refuse)(?: {_WHAT})?",
    rf"(?:there is|theres|i have|there was) (?:absolutely )?no (?:way|means) (?:to|of) (?:\w+ing|tell|know|say|determine|find "
    rf"out)(?: {_WHAT})?",
    rf"(?:the|that|this|these|his|her|its|their) (?:[a-z]+ ){{1,5}}(?:(?:is|are|was|were|has|have)(?: not|nt| never)|(?:is|are|was|"
    rf"were) nowhere)"
    rf"(?: been)? {_A}(?:stated|mentioned|specified|disclosed|indicated|documented|discussed|known|answered){_IN}",
    rf"(?:i|we) (?:really |honestly |truly )?(?:do not|dont|did not|didnt|would not|wouldnt) {_A}(?:know|have (?:{_INFO}|access)|"
    rf"recall|remember|see {_INFO}|find {_INFO})"
    rf"(?: (?:it|that|this|the answer))?{_WH}{_ON}{_IN}{_ON}",
    rf"(?:i|we|one|you)? ?{_CAN} {_A}(?:be )?(?:answer|say|tell|determine|find|know|verify|confirm|provide|give|locate|see|help|"
    rf"assist|guess|identify|"
    rf"answered|determined|found|known|told|respond)(?: you)?(?: with)?(?: (?:{_INFO}|{_IT}))?(?: (?:the|that|this|what|who|when|"
    rf"where|how|which) {_WHAT})?{_ON}{_IN}",
    rf"{_IT} (?:can ?not|cant|could not|couldnt) {_A}be {_A}(?:answered|determined|known|inferred|found|told|said)(?: {_A})?{_ON}{_IN}",
    rf"(?:i am|im|we are) {_A}(?:not sure|unsure|not certain|uncertain|not aware)(?: (?:yet|right now|at the moment|at all))",
    rf"(?:i am|im|we are) {_A}(?:not sure|unsure|not certain|uncertain|not aware|not familiar with {_WHAT})(?: (?:about|of) (?:it|"
    rf"this|that))?{_WH}",
    r"(?:not sure|unsure|no idea|no clue|idk|dunno|beats me|who knows|nobody knows|no one knows|no answer|none given|n ?a|unknown|"
    r"not applicable|unclear|"
    r"unanswerable|not known|no comment|pass|i pass|i give up|hard to say|difficult to say|impossible to (?:say|tell|know|answer|"
    r"determine))",
    rf"(?:i|we) (?:have|ve|had|possess) {_A}(?:absolutely )?(?:no|not enough|insufficient|limited|no such) {_INFO}{_ON}{_IN}{_ON}",
    rf"(?:i|we) (?:lack|miss) {_INFO}{_ON}{_IN}",
    rf"(?:i|we) (?:would |will |d )?need (?:more|further|additional) (?:information|context|details?|data){_ON}{_IN}",
    r"(?:i|we|id|i would|i d) (?:would |d )?(?:rather|prefer)(?: to)? not (?:guess|say|speculate|answer)",
    rf"{_IT} {_A}(?:is|are|was|were|has|have|isnt|arent|wasnt|hasnt|havent)(?: {_A}(?:{_NOT}))?(?: been)? ?(?:{_A}(?:{_NOT}) "
    rf")?(?:been )?{_A}"
    rf"(?:un{_ANSWERED}|(?<!\w){_ANSWERED})(?: {_A})?{_ON}{_IN}{_ON}",
    rf"(?:(?:the|that|this|these|his|her|its|their|such an?) )?(?:[a-z]+ ){{1,5}}(?:is|are|was|were)(?: not|nt)? ?{_A}(?:not "
    rf")?(?:been )?{_A}"
    rf"(?<=not |snt |ent )(?:stated|mentioned|specified|disclosed|indicated|documented|discussed|known|answered){_IN}",
    rf"(?:the|that|this|such|any)? ?(?:detail|information|answer|fact|value|name|number|date|figure|point|question)s? (?:is|are|was|"
    rf"were)(?: not|nt) "
    rf"{_A}{_ANSWERED}{_IN}{_ON}",
    rf"(?:neither|none) (?:of )?{DOCUMENT} (?:\w+ )?(?:mention|state|say|specify|contain|provide|answer|address)s? {_WHAT}",
    rf"(?:{_WHAT} )?(?:is|are|was|were|has|have) (?:{_NOT}) (?:been )?{_A}{_ANSWERED} (?:in|by|within|from) {DOCUMENT}{_ON}",
    rf"(?:not|un|no longer) ?{_A}{_ANSWERED}{_ON}{_IN}",
    rf"{_INFO} {_A}{_NOT} {_A}{_ANSWERED}{_IN}",
    rf"(?:no|not enough|insufficient) (?:relevant |such |specific |further )?(?:information|context|data|details?|mention|answer|"
    rf"evidence)"
    rf"(?: (?:is|was|of (?:it|this|that)|{_ANSWERED}|can be found|exists))*{_ON}{_IN}{_ON}",
    rf"(?:it|this|that|the answer)s? (?:is )?{_A}(?:unclear|unknown|uncertain|impossible|not possible|hard|difficult)"
    rf"(?: to (?:say|tell|know|determine|answer))?{_WHO}{_IN}",
    rf"(?:it is|its|this is|that is|thats) {_A}{_NOT} (?:clear|known|possible to (?:say|tell|know|determine|answer)){_WHO}{_IN}",
    rf"(?:the |this |that )?(?:answer|information|detail|question|fact)s? (?:is|are|isnt|arent|was) (?:{_NOT} )?(?:in|within|part "
    rf"of|covered by|answered by) {DOCUMENT}",
    rf"(?:there is|theres|there was|there are|i see|i find|i found) (?:no|nothing|not enough|insufficient|no such|not any) "
    rf"?(?:{_INFO}|\w+(?: \w+)?)? ?"
    rf"(?:in|within|from) {DOCUMENT}{_ON}",
    rf"(?:there is|theres|there was|there are|there isnt|there arent) (?:no|nothing|not enough|insufficient|not|any|enough)? "
    rf"?{_INFO}{_ON}{_IN}{_ON}",
    rf"(?:nothing|little) (?:is|was|has been) (?:said|stated|mentioned|written|known|given|specified|found)(?: (?:about|on|of|"
    rf"regarding) {_WHAT})?{_IN}",
    rf"(?:it|they|{DOCUMENT}) (?:do|does|did)(?: not|nt) {_A}(?:say|state|tell|specify|indicate|disclose|mention|answer|address|"
    rf"cover|discuss|explain|"
    rf"contain|provide|give|include|describe|offer|reveal|clarify|list)(?: (?:us|me|you|{_INFO}))?{_ON}{_WH}",
    rf"(?:it|they|{DOCUMENT}) (?:do|does|did)(?: not|nt) {_A}(?:mention|state|specify|indicate|disclose|discuss|address|describe|"
    rf"explain|say|tell|reveal|clarify) {_WHAT}",
    rf"(?:it|they|{DOCUMENT}) (?:make|makes|made|contain|contains|give|gives|provide|provides|have|has|offer|offers|say|says|"
    rf"mention|mentions|hold|holds) "
    rf"(?:no|nothing|not enough|little) ?{_INFO}?{_ON}",
    rf"(?:it|they|{DOCUMENT}) (?:is|are|remains?|stays?) silent(?: on| about| regarding)?(?: {_WHAT})?",
    rf"(?:it|they|{DOCUMENT}) leaves? (?:it|this|that|the question|this question|this point) (?:open|unanswered|unclear|unspecified)",
]
GERMAN = [
    r"ich (?:kann|konnte|darf) (?:\w+ ){0,5}(?:nicht|nichts) (?:sagen|beantworten|helfen|weiterhelfen|feststellen|finden|ermitteln)",
    r"als (?:\w+ )?(?:ki|sprachmodell|künstliche intelligenz)[ ,]*(?:\w+ ){0,3}(?:kann|habe|bin|weiß|weiss) ich (?:\w+ "
    r"){0,4}(?:nicht|keinen?)[^\d]{0,60}",
    r"(?:das|es|dies|die antwort)? ?(?:weiss|weiß) ich (?:leider |es |das )*nicht(?: genau| sicher)?",
    r"ich bin mir (?:da |dabei |leider )?(?:nicht|un) ?(?:ganz )?sicher",
    r"(?:die|diese|deine|ihre|eure) frage (?:lässt sich|kann|ist|wird)(?: \w+){0,6} (?:nicht|un)(?: ?\w+){0,2}",
    r"(?:im|in den|in der|in dem|aus dem|aus den) (?:\w+ )?(?:dokument|dokumenten|text|texten|handbuch|kontext|unterlagen|passagen?|"
    r"quellen?|artikel|abschnitt) "
    r"(?:wird|ist|steht|findet sich|gibt es|werden|sind)(?: \w+){0,4} (?:nicht|nichts|keine?)(?: \w+){0,2}",
    r"ich (?:weiss|weiß) (?:es |das |die antwort |dies |leider )*nicht(?: genau| sicher)?",
    r"(?:keine ahnung|weiss nicht|weiß nicht|unbekannt|unklar|k a|keine angaben?|keine antwort|nicht (?:bekannt|angegeben|erwähnt|"
    r"genannt|spezifiziert|"
    r"ersichtlich|beantwortbar|vorhanden|enthalten|zu ermitteln)|nicht (?:im|in den|in der|in dem) (?:text|dokument|dokumenten|"
    r"handbuch|kontext|unterlagen) \w+)",
    r"(?:(?:das|dies|es|dazu|leider) )*(?:kann|konnte) ich (?:das|dies|diese frage|die frage|es|dazu|darauf|die antwort|hierzu|dazu "
    r"nichts)? ?(?:leider )?(?:aus (?:dem|den) \w+ )?"
    r"(?:nicht|nichts|keine antwort|keine angaben?) ?(?:beantworten|sagen|feststellen|ermitteln|finden|machen|geben|erkennen)?",
    r"ich (?:kann|konnte) (?:das |dies |diese frage |die frage |es |dazu |leider |hierzu |darauf |die antwort )*(?:nicht|nichts|"
    r"keine \w+)"
    r"(?: (?:beantworten|sagen|feststellen|ermitteln|finden|machen|geben|dazu sagen))?",
    r"(?:dazu|darüber|hierzu|davon|darauf|hierüber|zu dieser frage|zu diesem punkt) (?:steht|findet sich|gibt es|liegen|liegt|ist|"
    r"sind|sagt|habe ich|enthält|"
    r"finde ich|macht)(?: (?:mir|leider|das handbuch|das dokument|der text|die unterlage|es))* "
    r"(?:nichts|keine?n? (?:angaben?|informationen?|antwort|hinweise?|daten|auskunft))(?: (?:im|in den|in der|in dem|zum) \w+| vor| "
    r"vorhanden| bekannt| angegeben)*",
    r"(?:das|der|die|dieses|dieser) (?:handbuch|dokument|text|kontext|quelle|unterlagen|passage|richtlinie|artikel|abschnitt)(?:e|en|s)? "
    r"(?:sagt|sagen|enthält|enthalten|nennt|nennen|gibt|geben|macht|machen|schweigt|erwähnt|erwähnen)(?: (?:dazu|darüber|hierzu|es|"
    r"das|dies|davon|sich))* ?"
    r"(?:nichts|nicht|keine?n? (?:angaben?|informationen?|antwort|auskunft|hinweise?))?(?: (?:dazu|darüber|hierzu|her|aus))*",
    r"(?:das|der|die|dieses|dieser) (?:handbuch|dokument|text|kontext|quelle|unterlagen|passage|artikel|abschnitt)(?:e|en|s)? "
    r"(?:nennt|erwähnt|beschreibt|sagt) "
    r"[^\d,;:]{0,60}nicht",
    r"(?:das|es|dies|die antwort) (?:geht|lässt sich|laesst sich|ist|wird|steht|kann)(?: (?:leider|so|daraus|hier|aus (?:dem|den) "
    r"\w+|im \w+|in den \w+|in der \w+))* "
    r"nicht(?: (?:hervor|sagen|beantworten|feststellen|ersichtlich|bekannt|angegeben|erwähnt|genannt|beantwortet werden|beantwortet|"
    r"enthalten|drin|geregelt|klar))*"
    r"(?: (?:aus|im|in) (?:dem|den|der)? ?\w+)?",
    r"(?:es|hier|dort|im text|im dokument|im handbuch)? ?(?:gibt es|liegen(?: mir)?|finde ich|sind|steht|stehen)(?: (?:hier|mir|im "
    r"\w+|leider|dazu|hierzu|darüber))* "
    r"(?:dazu |hierzu |darüber )?(?:keine|nichts|nicht genug|nicht genügend) ?(?:angaben?|informationen?|antwort|hinweise?|daten)?"
    r"(?: (?:dazu|hierzu|darüber|vor|im \w+|in den \w+|bekannt))*",
    r"(?:mir )?(?:fehlen|liegen) (?:mir )?(?:dazu |hierzu )?(?:die |keine )?(?:angaben|informationen)(?: vor| dazu)?",
]
FRENCH = [
    r"je (?:ne |n)?(?:sais|le sais|l ?ignore|ignore) ?(?:pas|rien)?(?: (?:du tout|exactement|la réponse|la reponse))?",
    r"(?:inconnue?|non (?:precise|mentionne|indique|specifie|connu|communique|disponible|renseigne|applicable)e?s?|aucune idee|pas "
    r"de reponse|sans reponse|impossible a dire|"
    r"je lignore|n ?d)",
    r"(?:ce|cela|ca|ce point|cette information|linformation|la reponse|les informations?|le \w+|la \w+) ?(?:nest|ne sont|nest) pas "
    r"(?:\w+ )?(?:mentionne|precise|indique|connu|specifie|disponible|fourni|donne|trouve|dans|aborde|traite|couvert)e?s?"
    r"(?: ?(?:dans|par|sur) (?:le |la |les |ce |cette |ces )?(?:texte|document|documents|contexte|passages?|manuel|source|"
    r"extrait)s?(?: \w+)?)?",
    r"(?:ce n ?est|cest) (?:pas |non )(?:\w+ )?(?:mentionne|precise|indique|connu|specifie|dit|clair)(?: dans (?:le|la|les) \w+)?",
    r"(?:il est |cest )?impossible de (?:repondre|dire|savoir|determiner)(?: (?:a |avec |sur )(?:cette|la|les|ces) (?:question|"
    r"informations?|element)s?(?: \w+)*)?",
    r"je (?:ne |n)?(?:peux|puis|pouvais|suis) pas (?:en mesure de |capable de )?(?:\w+ )?(?:repondre|dire|aider|savoir|determiner|"
    r"trouver)(?: (?:a |la |cette |cela |vous )*"
    r"(?:cette |la )?(?:question|reponse|information)?)?",
    r"je n ?(?:en )?ai (?:pas |aucune |trouve aucune |malheureusement pas )(?:\w+ )?(?:trouve |assez d ?|dans le \w+ )?(?:cette |la "
    r"|d ?|les |de )?(?:informations?|reponse|elements?|idee|donnees?|mention)"
    r"(?: (?:dans|sur|a ce sujet|a propos|pour) ?[^\d,;:]{0,40})?",
    r"(?:le|la|les|ce|ces) (?:texte|document|documents|contexte|passages?|manuel|source|extrait|guide)s? (?:ne |n ?en )(?:en "
    r")?(?:le )?(?:parle|mentionne|precise|dit|indique|contient|traite|"
    r"fournit|donne|permet|parlent|mentionnent|disent|precisent)(?:nt)? (?:pas|rien)(?: (?:de|d|cette|cela|a ce sujet|sur) "
    r"?[^\d,;:]{0,40})?",
    r"(?:le|la|les|ce|ces) (?:texte|document|documents|contexte|passages?|manuel|source|extrait|guide)s? ne (?:mentionne|precise|"
    r"dit|indique)(?:nt)? pas [^\d,;:]{0,60}",
    r"(?:il n ?y a |on ne trouve )?(?:aucune|pas d ?|pas de) ?(?:information|informations|reponse|mention|donnee|indication)s?(?: \w+)?"
    r"(?: (?:dans|sur|a|pour|de|n ?est) ?[^\d,;:]{0,50})?",
]
SPANISH = [
    r"(?:yo )?no (?:lo |la )?(?:se|sabria|sabemos|recuerdo)(?: (?:con certeza|la respuesta|exactamente))?",
    r"(?:desconocid[oa]|no (?:especificad|mencionad|indicad|disponible|aplicable|conocid|consta|se sabe|definid)[oa]?s?|sin "
    r"(?:respuesta|informacion|datos)|ni idea|"
    r"imposible (?:de )?(?:saber|decir|responder|determinar)|no hay respuesta|lo desconozco|desconozco la respuesta)",
    r"(?:lo siento |lamentablemente )?no (?:tengo|dispongo de|hay|existe|existen|cuento con|encuentro|encontre|se dispone de|poseo|veo) "
    r"(?:suficiente |ninguna |esa |esta |la |mas |el |ningun )*(?:informacion|respuesta|datos|dato|informacion suficiente|mencion|"
    r"detalles?|idea)"
    r"(?: (?:al respecto|sobre|en|de|para|acerca|disponible) ?[^\d,;:]{0,50})?",
    r"(?:esto |eso |la respuesta |la informacion |el dato |esa informacion )?no (?:se |aparece|figura|esta|viene|consta|es "
    r"posible)(?: ?se)? ?(?:menciona|indica|especifica|dice|puede "
    r"(?:responder|determinar|saber|contestar|encontrar)|encuentra|explica|aclara|responder|saber|determinar|disponible|"
    r"mencionad[oa]|indicad[oa]|incluid[oa]|especificad[oa]|definid[oa])?"
    r"(?: (?:en|a partir de|con|por) (?:el |la |los |las |este |esta |ningun )?(?:texto|documento|documentos|contexto|pasaje|"
    r"pasajes|manual|fuente|informacion)s?(?: \w+)?)?",
    r"no (?:puedo|podemos|pude|es posible|me es posible) (?:\w+ )?(?:responder|decir|determinar|ayudar|proporcionar|saber|contestar|"
    r"encontrar)(?:lo)?"
    r"(?: (?:a |con |la |esa |esta |eso |le )*(?:esa |esta |la |tu )?(?:pregunta|respuesta|informacion|dato)?)?",
    r"(?:el|la|los|las|este|esta) (?:texto|documento|documentos|contexto|pasaje|manual|fuente)s? no (?:menciona|indica|especifica|"
    r"dice)n? [^\d,;:]{0,60}",
    r"(?:el|la|los|las|este|esta) (?:texto|documento|documentos|contexto|pasaje|pasajes|manual|fuente|articulo)s? no (?:lo "
    r")?(?:menciona|indica|especifica|dice|habla|contiene|incluye|aclara|"
    r"proporciona|responde|trata)n?(?: (?:nada|sobre|de|eso|esto|esa informacion|al respecto|la respuesta|informacion) ?[^\d,;:]{0,40})?",
]
_SOURCE_ZH = (
    r"(?:根据|从|在|依据)?(?:所|已)?(?:提供|给出|给定|现有|上述|以上)?的?"
    r"(?:资料|資料|文檔|內容|手冊|資訊|文中|文章|文档|文本|上下文|段落|材料|手册|信息|内容|原文|文件|题目|资料库)"
    r"(?:中|里|上|内|来看)?"
)
CHINESE = [
    rf"(?:抱歉|对不起|很抱歉|不好意思)?[，,]?(?:{_SOURCE_ZH}[，,]?)?(?:我|我们|暂时|目前|也|并|还)*"
    r"(?:不知道|不清楚|不确定|不了解|无法(?:回答|确定|得知|判断|知道|给出答案|找到|提供|确认|从中得知)|"
    r"無法(?:回答|確定|得知|判斷)|不能(?:回答|确定|判断)|没法回答|难以(?:回答|确定|判断))"
    r"(?:这个|该|此|您的|这一)?(?:问题|答案|信息|一点|具体(?:信息|答案))?(?:的答案)?",
    rf"(?:{_SOURCE_ZH})?(?:并|也|均|都)?(?:没有|未|并未|並未|沒有|未能|无)(?:明确|具体|直接)?(?:提到|提及|说明|說明|给出|給出|提供|涉及|找到|记载|包含|足够|相关|任何|有关|对此|指出|说)*"
    r"(?:这个|该|此|这一|足够的?|相关的?|任何|有关|具体)*(?:问题|答案|信息|内容|资料|一点|说明|说法|记载)?(?:的?(?:信息|答案|内容))?",
    rf"(?:{_SOURCE_ZH})?(?:中)?(?:找不到|查不到|看不出|没找到)(?:相关|任何|该|这个)*(?:问题)?的?(?:答案|信息|内容)?",
    r"(?:未知|不详|不詳|不明|没有答案|无答案|暂无|无相关信息|没有相关信息|无可奉告|不适用)",
]
FILLER = [
    r"(?:i am |im |we are )?(?:so |very |really )?(?:sorry|unfortunately|apologies|i apologi[sz]e|my apologies|regrettably|leider|"
    r"tut mir leid|es tut mir leid|desole|malheureusement|lo siento|"
    r"lamentablemente|抱歉|对不起|很抱歉)(?: (?:for|about) (?:that|this|the inconvenience))?",
    r"(?:please |kindly )?(?:let me know|feel free|consult|check|contact|ask|refer to|provide (?:more|further|additional))[^\d]{0,80}",
    r"(?:i |we )?(?:ill|ll|will|can|could|would|id|d|am|m|im) (?:\w+ )*(?:try|best|help|helpful|assist|happy|glad)[^\d]{0,60}",
    r"(?:as|being|i am|im) an? (?:\w+ ){0,4}(?:ai|model|assistant|bot|chatbot)(?: (?:and|so|i) [^\d]{0,60})?",
    r"(?:based on|according to|from|given|with) [^\d,;:]{0,60}",
    r"(?:answer|the answer|antwort|reponse|respuesta|答案)",
]
