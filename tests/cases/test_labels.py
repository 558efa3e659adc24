"""Checks on the bundled sample case `labels`: its rule book, its snippets and how they were made."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml

from pipeline.data.ingest import load_examples
from pipeline.experiment.load import load
from pipeline.samples import experiment_of
from pipeline.samples.labels import make

CASE = Path(make.__file__).parent
ROWS: list[dict[str, str]] = [json.loads(line) for line in (CASE / "snippets.jsonl").read_text(encoding="utf-8").splitlines()]
RULES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((CASE / "documents").glob("*.md"))}
PARTS = yaml.safe_load((CASE / "parts.yaml").read_text(encoding="utf-8"))

BREACHES = {
    "keel": r"(fare|_total|price|deposit|refund|cost_in_pounds|surcharge|fee|discount|owed)\b.*(\.\d+\b|/ \d+, 2\)|float|Decimal|/ 100\b)",
    "tide": r"\.(now|utcnow|today|time|monotonic)\(",
    "gull": r"(?<!\.)\bprint\(|\blogging\.|\blogger\.|\blog\.|stderr|warnings\.",
    "rope": r"\bfetchall|db\.all|db\.rows|read_whole",
    "mast": r"def (?!may_)\w+\([^)]*\)(?: -> bool)?:\n\s+return (?:bool\()?\S+ ?(?:[<>!=]|in |\)|$)|def (can|check)_\w+\(\w+\) -> bool",
    "anchor": r"\bNone\b|Optional",
    "crane": r"\brequests\.|httpx|urllib|urlopen|socket\.create|http\.client",
    "chart": r"QF-",
    "bell": r"\btry:|suppress\(",
    "lantern": r"\benviron\b|getenv|json\.load|configparser|dotenv",
    "buoy": r"sleep\(|while |range\(|@retry|Event\(",
    "ferry": r"person\.(?!initials)\w+",
}
"""What a careful reader would search for; every rule once more, in other words than the parts the snippets are made of."""


def breaches(snippet: str) -> set[str]:
    return {rule for rule, pattern in BREACHES.items() if re.search(pattern, snippet, re.MULTILINE)}


def test_the_script_reproduces_the_file() -> None:
    assert make.text() == (CASE / "snippets.jsonl").read_text(encoding="utf-8")


def test_the_experiment_imports_every_row() -> None:
    experiment = load(experiment_of("labels"))
    loaded = load_examples(experiment.data, experiment.task)
    assert not loaded.quarantined
    assert [example.references for example in loaded.records] == [(row["rule"],) for row in ROWS]


def test_every_label_has_the_same_number_of_rows_on_every_side() -> None:
    counted = Counter((row["rule"], row["split"]) for row in ROWS)
    assert counted == {(rule, split): count for rule in (*RULES, "none") for split, count in make.PER_LABEL.items()}
    assert set(RULES) == set(PARTS["rules"]) == set(BREACHES)


def test_snippets_are_python_and_unique() -> None:
    assert len({row["snippet"] for row in ROWS}) == len(ROWS)
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        ast.parse(row["snippet"])
        assert 2 <= len(row["snippet"].splitlines()) <= 12, row
        assert len(row["snippet"]) <= 330, row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_the_named_rule_and_no_other_is_broken(row: dict[str, str]) -> None:
    assert breaches(row["snippet"]) == ({row["rule"]} - {"none"})


def test_the_topic_says_nothing_about_the_rule() -> None:
    rules_of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in ROWS:
        topic = max(PARTS["topics"], key=lambda name: len(re.findall(rf"\b{name}\b", row["snippet"], re.IGNORECASE)))
        rules_of[topic][row["rule"]] += row["split"] == "train"
    assert len(rules_of) == len(PARTS["topics"])
    for topic, counted in rules_of.items():
        assert max(counted.values()) <= 1, (topic, counted)


def test_names_of_rules_do_not_occur_in_the_snippets() -> None:
    for row in ROWS:
        assert not set(re.findall(r"[a-z]+", row["snippet"].lower())) & set(RULES), row


def test_some_breaches_of_the_test_are_not_in_training() -> None:
    trained = "\n".join(row["snippet"] for row in ROWS if row["split"] == "train")
    for telling in ("warnings.warn", "load_dotenv", "Event()", "http.client", "contextlib.suppress"):
        assert telling not in trained
        assert any(telling in row["snippet"] for row in ROWS if row["split"] == "test")


@pytest.mark.parametrize("rule", RULES)
def test_form_of_a_page(rule: str) -> None:
    assert RULES[rule].startswith(f"# {rule}\n\n")
    assert 35 <= len(RULES[rule].split()) <= 90
