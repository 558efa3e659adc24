"""Countries and what is called after them: Swiss law is the law of Switzerland."""

from __future__ import annotations

from eval.metrics.grading.words import plain

_PAIRS = """
switzerland:swiss germany:german france:french italy:italian spain:spanish portugal:portuguese austria:austrian belgium:belgian
netherlands:dutch luxembourg:luxembourgish denmark:danish,dane sweden:swedish,swede norway:norwegian finland:finnish iceland:icelandic
ireland:irish england:english scotland:scottish wales:welsh britain:british poland:polish hungary:hungarian romania:romanian
bulgaria:bulgarian greece:greek turkey:turkish russia:russian ukraine:ukrainian croatia:croatian serbia:serbian slovakia:slovak
slovenia:slovenian lithuania:lithuanian latvia:latvian estonia:estonian china:chinese japan:japanese korea:korean vietnam:vietnamese
thailand:thai india:indian pakistan:pakistani indonesia:indonesian malaysia:malaysian philippines:philippine,filipino israel:israeli
egypt:egyptian morocco:moroccan nigeria:nigerian kenya:kenyan ethiopia:ethiopian canada:canadian mexico:mexican brazil:brazilian
argentina:argentine,argentinian chile:chilean colombia:colombian peru:peruvian australia:australian europe:european africa:african
schweiz:schweizer,schweizerisch deutschland:deutsch frankreich:franzosisch italien:italienisch spanien:spanisch osterreich:osterreichisch
"""
_COUNTRY = {name: country for pair in _PAIRS.split() for country, names in [pair.split(":")] for name in (country, *names.split(","))}


def country(word: str) -> str:
    """The country that a word in plain letters names or is called after; empty: none."""
    return _COUNTRY.get(word) or _COUNTRY.get(word.removesuffix("s")) or _COUNTRY.get(plain(word).removesuffix("es").removesuffix("en"), "")
