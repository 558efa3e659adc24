"""How a model says that it does not know, in languages whose refusals are not matched as whole sentences (see `abstention`)."""

from __future__ import annotations

SPACED: tuple[str, ...] = (
    # Italian
    r"non (lo )?so",
    r"non (ho|ci sono|dispongo di) (\w+ )?(informazioni|risposta|dati)",
    r"non (è|viene|sono) (\w+ )?(menzionat|indicat|specificat|not)[oaie]",
    r"non (lo |la )?(menziona|indica|specifica|dice|precisa)",
    r"non (posso|è possibile) (rispondere|dire|determinare|aiutar)",
    r"(come|in quanto) (ia|modello linguistico|assistente)( \w+){0,4} non (posso|ho|so)",
    r"^sconosciut[oa]$",
    # Portuguese
    r"não (o )?sei",
    r"não (tenho|há|existe) (\w+ )?(informação|informações|resposta|dados)",
    r"não (é|foi|está) (\w+ )?(mencionad|indicad|especificad|informad|conhecid)[oa]",
    r"não (menciona|indica|especifica|diz|informa|esclarece)",
    r"não (posso|é possível) (responder|dizer|determinar|ajudar)",
    r"como (ia|modelo de linguagem|assistente)( \w+){0,4} não (posso|tenho|sei)",
    r"^desconhecid[oa]$",
    r"não (consta|encontrei|se sabe)",
    # Dutch
    r"(dat )?weet ik (het )?niet",
    r"ik weet (het|dat) niet",
    r"(geen|niet genoeg|onvoldoende) (informatie|antwoord|gegevens)",
    r"(wordt|is|staat) (\w+ ){0,4}niet (\w+ ){0,3}(vermeld|genoemd|bekend|aangegeven)",
    r"vermeld[td]? (dit|dat|het) niet|(zegt|noemt|vermeldt) (dit|dat|het|hier)( \w+)? niet",
    r"kan ik niet (zeggen|beantwoorden)",
    r"^onbekend$",
    r"(staat|staan) (\w+ ){0,3}niet in|niet (gevonden|duidelijk)",
    r"geen idee",
    # Polish
    r"nie wiem",
    r"(brak|nie ma|nie mam) (\w+ )?(informacji|odpowiedzi|danych)",
    r"nie (jest |został[ao]? )?(\w+ )?(podan|wspomnian|określon|znan)[oeya]",
    # Swedish, Danish, Norwegian
    r"(vet jag|jag vet) (det )?inte",
    r"(nämns|framgår|anges) (det )?inte",
    r"(ved jeg|jeg ved|vet jeg|jeg vet) (det )?ikke",
    r"(nævnes|fremgår|angives|nevnes) (det )?ikke",
    r"(ingen|inte tillräckligt med|ikke nok) (information|oplysninger|informasjon|aning|anelse|idé)",
    # Turkish
    r"bilmiyorum",
    r"bilgi (yok|bulunmuyor|verilmemiş)",
    r"(belirtilmemiş|bilinmiyor|belirtilmiyor)\w*",
    r"(yer almıyor|bahsedilmiyor|bilgim yok|cevap (yok|bulunamadı|veremiyorum)|cevaplayamıyorum)",
    # Russian
    r"не знаю",
    r"^неизвестно$",
    r"(нет|недостаточно) (\w+ )?(информации|данных|ответа)",
    r"не (указан|упомянут|сказан|известн|упоминается|указывается)\w*",
    r"не могу (ответить|сказать)",
    r"не (говорится|говорит|описан|описывается|найден|нашлось|нашел)\w*",
    r"ничего (об этом )?не (сказано|говорится|написано)",
    r"(ответа|сведений) нет",
    # Arabic
    r"لا (أعرف|أعلم|ادري|أدري)",
    r"(لا توجد|ليس لدي) معلومات",
    r"لم (يذكر|يرد|يتم ذكر)",
    r"غير (مذكور|محدد|متوفر)ة?|لا (يذكر|يحتوي|توجد إجابة|يمكنني الإجابة)",
    r"^غير معروف$",
    # Hindi
    r"(मुझे|मैं) (\w+ )?नहीं (पता|जानता|जानती)",
    r"जानकारी (\w+ )?नहीं",
    r"(उल्लेख|उत्तर) (\w+ )?नहीं",
    # Vietnamese, Indonesian, Finnish, Hungarian, Czech, Greek, Ukrainian, Hebrew, Persian, Romanian
    r"(tôi )?không (biết|rõ|có thông tin|được đề cập|thể trả lời)",
    r"(saya )?tidak (tahu|diketahui|disebutkan|ada informasi|dapat (menjawab|menentukan))",
    r"en tiedä|ei (mainita|tietoa)",
    r"nem (tudom|ismert|szerepel)|nincs (információ|adat)",
    r"(to )?nevím|není (uvedeno|známo)|žádné informace",
    r"δεν (ξέρω|γνωρίζω|αναφέρεται|υπάρχουν πληροφορίες)",
    r"не (зазначено|вказано)|немає інформації",
    r"(אני )?לא (יודע|יודעת|צוין)|אין (מידע|תשובה)",
    r"نمی ?دانم|اطلاعاتی (نیست|وجود ندارد)",
    r"nu (știu|se menționează|există informații)",
)
UNSPACED: tuple[str, ...] = (
    # Thai, Lao, Khmer, Burmese
    r"ไม่(ทราบ|รู้|แน่ใจ|พบ|ได้ระบุ|ได้กล่าวถึง|มีข้อมูล|สามารถ(ตอบ|ระบุ))",
    r"ບໍ່(ຮູ້|ມີຂໍ້ມູນ|ສາມາດ)",
    r"មិន(ដឹង|មានព័ត៌មាន)",
    r"မသိ|အချက်အလက်မရှိ",
    # Japanese
    r"(分|わ)か(りません|らない)",
    r"知りません",
    r"(記載|言及|情報|記述|回答|答え)(は|が|されて)?(あり|い)?ま?(せん|ない)",
    r"(書かれて|述べられて|示されて|明記されて|触れられて|載って)い?(ません|ない)",
    r"(答え|回答|判断|確認)(られ|でき|することができ)(ません|ない)|見つか(りません|らない)",
    r"^不明(です)?$",
    # Korean
    r"모르겠|모릅",
    r"알 수 없",
    r"(언급|명시)되(어 있지|지) 않",
    r"정보(가|는) 없",
    r"(답변|대답|확인)(할|해 드릴) 수 없|찾을 수 없|나와 있지 않|적혀 있지 않",
)
"""Patterns over text in lower case without punctuation and apostrophes; `^…$`: the phrase is the whole answer."""
