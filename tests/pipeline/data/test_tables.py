"""Tables as programs write them: every row is read as it stands or left out by name, and what the reader decided is told."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from pipeline.errors import UserError
from tests.pipeline.data.shown import jsonl, notes, shown, why

COUNT = 30
ROWS = [(f"Where is item {i}?", f"shelf {i % 7}") for i in range(COUNT)]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def lines(*before: str, rows: list[str] | None = None, sign: str = ",", header: str = "question,answer") -> str:
    body = rows or [f"{question}{sign}{answer}" for question, answer in ROWS]
    return "\n".join([*before, header.replace(",", sign), *body]) + "\n"


def pairs(found: dict) -> list[tuple[str, str]]:  # type: ignore[type-arg]
    return [(row["input"], row["references"][0]) for row in found["rows"]]


TABLES = {
    "excel-german": "\ufeffsep=;\n" + lines(sign=";").replace("\n", "\r\n"),
    "sep-tab": "sep=\t\n" + lines(sign="\t"),
    "trailing-commas": lines(header="question,answer,,", rows=[f"{q},{a},," for q, a in ROWS]),
    "libreoffice-trailing-headers": lines(header="question,answer,,", rows=[f"{q},{a}" for q, a in ROWS]),
    "sheets-title": lines("Export of 2026-03-01,", ","),
    "title-alone": lines("Questions of the branch in Ulm", ""),
    "pandas-index": lines(header=",question,answer", rows=[f"{i},{q},{a}" for i, (q, a) in enumerate(ROWS)]),
    "old-mac": lines().replace("\n", "\r"),
    "all-quoted": lines(header='"question","answer"', rows=[f'"{q}","{a}"' for q, a in ROWS]),
    "semicolon-with-commas": lines(sign=";", rows=[f"{q};{a}" for q, a in ROWS]).replace("item", "item, as it is called,"),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_read(name: str, tmp_path: Path) -> None:
    found = shown(written(tmp_path / "t.csv", TABLES[name]))
    assert found["quarantined"] == []
    assert [(question.replace(", as it is called,", ""), answer) for question, answer in pairs(found)] == ROWS
    assert ("stands above the header" in notes(found)) == ("title" in name)
    assert ("called 'column 1'" in notes(found)) == (name == "pandas-index")


@pytest.mark.parametrize(("place", "closes"), [(5, None), (5, 20), (29, None), (0, 29)])
def test_a_stray_quote_costs_its_own_line_alone(place: int, closes: int | None, tmp_path: Path) -> None:
    rows = [f"{q},{a}" for q, a in ROWS]
    rows[place] = rows[place].replace(",", ',"')
    if closes:
        rows[closes] = rows[closes] + '"'
    found = shown(written(tmp_path / "t.csv", lines(rows=rows)))
    assert [bad["where"].rpartition(":")[2] for bad in found["quarantined"]] == [str(place + 2)]
    assert "quote" in why(found)[0]
    kept = [row for number, row in enumerate(ROWS) if number != place]
    assert [(q, a.rstrip('"')) for q, a in pairs(found)] == kept


def test_a_cell_of_several_lines_is_one_cell(tmp_path: Path) -> None:
    poem = "One, and\ntwo, and\nthree"
    rows = [f'"{poem} {i}",shelf' for i in range(COUNT)]
    found = shown(written(tmp_path / "t.csv", lines(rows=rows)))
    assert [row["input"] for row in found["rows"]] == [f"{poem} {i}" for i in range(COUNT)]


def test_whole_numbers_that_pandas_wrote_as_floats_are_whole_again(tmp_path: Path) -> None:
    rows = [f"How many seats has room {i}?,{i}.0" if i != 7 else f"How many seats has room {i}?," for i in range(COUNT)]
    found = shown(written(tmp_path / "t.csv", lines(rows=rows)))
    assert [row["references"] for row in found["rows"]] == [[str(i)] for i in range(COUNT) if i != 7]
    assert ("read as 0" in notes(found), why(found)) == (True, ["there is no reference answer"])
    prices = shown(written(tmp_path / "p.csv", lines(rows=[f"What costs item {i}?,{i}.{i % 3}0" for i in range(COUNT)])))
    assert [row["references"][0] for row in prices["rows"]][:3] == ["0.00", "1.10", "2.20"]


@pytest.mark.parametrize("missing", ["NaN", "nan", "#N/A", "#NV", "<NA>", "#REF!"])
def test_what_programs_write_into_empty_cells_is_no_answer(missing: str, tmp_path: Path) -> None:
    found = shown(written(tmp_path / "t.csv", lines(rows=[*(f"{q},{a}" for q, a in ROWS), f"Who?,{missing}"])))
    assert (len(found["rows"]), why(found)) == (COUNT, ["there is no reference answer"])


def test_nan_infinity_and_null_of_json_are_no_answers_and_half_characters_are_named(tmp_path: Path) -> None:
    good = [f'{{"question": "{q}", "answers": "{a}"}}' for q, a in ROWS]
    odd = ["NaN", "Infinity", "-Infinity", "null", "[null, NaN]", '"\\ud83d"', '[NaN, "shelf"]']
    text = "\n".join([*good, *(f'{{"question": "Who?", "answers": {value}}}' for value in odd)])
    found = shown(written(tmp_path / "q.jsonl", text))
    assert why(found)[:5] == ["there is no reference answer"] * 4 + [why(found)[4]]
    assert sum("lone surrogate" in reason for reason in why(found)) == 1
    assert (len(found["rows"]), found["rows"][-1]["references"]) == (COUNT + 1, ["shelf"])
    whole = written(tmp_path / "q.json", f"[{', '.join(text.split(chr(10)))}]")
    assert [row["references"] for row in shown(whole)["rows"]] == [row["references"] for row in found["rows"]]


@pytest.mark.parametrize(
    ("header", "mention"), [("question,answer,answer", "columns 2 and 3"), ("question,question,question", "columns 1 and 2 and 3")]
)
def test_a_name_that_comes_twice_is_told_with_its_places(header: str, mention: str, tmp_path: Path) -> None:
    from pipeline.data.ingest.rows.tables import read_rows

    path = written(tmp_path / "t.csv", f"{header}\na,b,c\n")
    with pytest.raises(UserError, match=mention):
        list(read_rows(path))


def test_answers_in_whatever_form(tmp_path: Path) -> None:
    forms = [
        (["shelf 1", "Shelf 1", "shelf 1 "], ["shelf 1", "Shelf 1"]),
        (["", None, "shelf 2"], ["shelf 2"]),
        ({"text": ["shelf 3"], "answer_start": [4]}, ["shelf 3"]),
        ("['shelf 4', 'shelf four']", ["shelf 4", "shelf four"]),
        ("['shelf 4' 'shelf four']", ["shelf 4", "shelf four"]),
        ('["shelf 4"]', ["shelf 4"]),
        ([{"text": "shelf 6", "answer_start": 1}], ["shelf 6"]),
        ("{'text': ['shelf 7'], 'answer_start': [3]}", ["shelf 7"]),
        ("shelf 5;shelf five", ["shelf 5", "shelf five"]),
    ]
    found = shown(jsonl(tmp_path / "q.jsonl", [{"question": f"Where is item {i}?", "answers": forms[i % 9][0]} for i in range(36)]))
    assert [row["references"] for row in found["rows"]] == [forms[i % 9][1] for i in range(36)]
    assert found["proposal"]["data"] == {"separator": ";"}
    assert any("delete data.separator" in question for question in found["proposal"]["questions"])
    alone = shown(
        jsonl(tmp_path / "a.jsonl", [{"question": f"Q{i}?", "answers": "He came; he saw." if i == 3 else "yes, he did"} for i in range(36)])
    )
    assert alone["rows"][3]["references"] == ["He came; he saw."]


def workbook(path: Path, rows: list[list[object]], title: str = "Sheet") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


def test_a_workbook_is_read_whatever_it_says_of_its_size(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = workbook(path, [["Report", None, None], [], ["question", "answer", None], *([q, a] for q, a in ROWS)])
    book.create_sheet("More").append(["x"])
    book.save(path)
    for dimension in ("A1:B19", "A1:XFD1048576", "A1"):
        wrong = tmp_path / "wrong.xlsx"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(wrong, "w", zipfile.ZIP_DEFLATED) as out:
            for name in source.namelist():
                content = source.read(name)
                out.writestr(
                    name,
                    content.replace(b'<dimension ref="A1:C33"', f'<dimension ref="{dimension}"'.encode())
                    if name.endswith("sheet1.xml")
                    else content,
                )
        found = shown(wrong)
        assert (pairs(found), found["quarantined"]) == (ROWS, [])
        assert "stands above the header and is left out: Report" in notes(found)
        assert "the sheet 'More' is not read" in notes(found)


def test_values_of_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    values = [datetime(2026, 3, 1), datetime(2026, 3, 1, 12, 30), 7, 7.5, True, "#REF!", "a_x000D_b"]
    workbook(path, [["question", "answer"], *([f"Q{i}?", values[i % 7]] for i in range(28))])
    found = shown(path)
    assert [row["references"][0] for row in found["rows"]][:6] == ["2026-03-01", "2026-03-01T12:30:00", "7", "7.5", "true", "a\rb"]
    assert why(found) == ["there is no reference answer"] * 4
