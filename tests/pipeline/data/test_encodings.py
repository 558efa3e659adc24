"""The encoding of a file: the commonest one that the bytes allow, told with words to check; what is given must be one of text."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.data.ingest.encodings import detected
from pipeline.data.ingest.rows.tables import read_rows
from pipeline.errors import UserError
from tests.pipeline.data.shown import notes, shown, why

TEXTS = {
    "cp1252": [
        "What is “item {i}” – the naïve one’s price?,{i} €",
        "Welche Größe hat die Tür Nummer {i} im Gebäude?,größer als {i}",
        "Où est la clé numéro {i} du château ?,à l’étage {i}",
        "¿Dónde está la habitación número {i}?,en el año {i}",
        "Hvor ligger nøkkel nummer {i} på Røros?,på hylle {i} på loftet",
    ],
    "cp1250": [
        "Gdzie kończy się łączność numer {i} żeby wyjść z biura?,źródło {i}",
        "Kde leží klíč číslo {i} od těžkých dveří ve městě?,v přízemí úřadu {i}",
    ],
    "cp1251": ["Где лежит ключ номер {i} от двери?,на полке {i}"],
    "shift_jis": ["第{i}号線はどこで終わりますか、誰がそう言いますか。,第{i}会場です"],
}


@pytest.mark.parametrize(("encoding", "line"), [(encoding, line) for encoding, lines in TEXTS.items() for line in lines])
def test_the_encoding_is_told_apart_with_words_to_check(encoding: str, line: str, tmp_path: Path) -> None:
    rows = [line.format(i=i) for i in range(40)]
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join(["question,answer", *rows]).encode(encoding))
    found = shown(path)
    assert [f"{row['input']},{row['references'][0]}" for row in found["rows"]] == rows
    word = next(word for word in line.replace(",", " ").split() if any(letter.isalpha() and not letter.isascii() for letter in word))
    assert "not UTF-8: read as" in notes(found)
    assert encoding == "cp1250" or word.strip("“”¿?.").split("{")[0] in notes(found)


def test_a_few_bad_bytes_do_not_make_the_rest_another_encoding(tmp_path: Path) -> None:
    rows = [f"Wie groß ist Tür {i}?,größer" for i in range(40)]
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join(["question,answer", *rows]).encode().replace("Tür 7".encode(), b"T\xfcr 7"))
    found = shown(path)
    assert [row["input"] for row in found["rows"]] == [row.split(",")[0] for row in rows if "Tür 7?" not in row]
    assert ["not UTF-8" in reason for reason in why(found)] == [True]


@pytest.mark.parametrize(
    "name", ["hex", "base64", "rot13", "zlib", "idna", "punycode", "undefined", "unicode_escape", "no such", "a\0b", "utf-8 ", ""]
)
def test_what_is_no_encoding_of_text_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"question,answer\na,b\n")
    if name.strip() in ("utf-8", ""):
        assert len(list(read_rows(path, name.strip() or None))) == 1
        return
    with pytest.raises(UserError, match="is no known encoding of text"):
        list(read_rows(path, name))


def test_a_mark_before_utf8_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfquestion,answer\na,b\n")
    for name in ("utf-8", "UTF8", "utf-8-sig", None):
        row = next(read_rows(path, name))
        assert list(row.cells) == ["question", "answer"]  # type: ignore[union-attr]


def test_czech_is_not_taken_for_western() -> None:
    assert detected("Příliš žluťoučký kůň úpěl ďábelské ódy a běžel přes hřiště. ".encode("cp1250") * 5) == "cp1250"
