"""Half of the questions have no answer in the documents: what does training on them do, and what does the cap on them change?

    python bench/unanswerable.py [--shares 0.2 1] [--arms base classic rag lora] [--train 160] [--test 100] [--runs FOLDER]

xquad: of every second article the paragraphs are left out of the documents, so that its questions cannot be answered (references empty).
Sides are drawn by article: training and dev from xquad's training articles, test from its test articles; on each side half of the rows have
an answer. One run a value of `finetune.unanswerable_share` (a number or dev); answers of arms that are not trained are taken over from the
first. With --runs the runs stay, and a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from pipeline.records import read_examples
from pipeline.run_folder.store import RunFolder

ROOT = Path(__file__).resolve().parent.parent
SEED, DEV, DEV_ARTICLES = 13, 40, 8


def article(row: dict[str, Any]) -> str:
    return str(row["gold_doc_ids"][0]).rsplit("#", 1)[0]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sides(rows: list[dict[str, Any]], draw: random.Random) -> tuple[dict[str, str], set[str]]:
    """The side of each article, and the articles that are left out of the documents: every second of each side."""
    known = {side: sorted({article(row) for row in rows if row["split"] == side}) for side in ("train", "test")}
    for articles in known.values():
        draw.shuffle(articles)
    parts = {"dev": known["train"][:DEV_ARTICLES], "train": known["train"][DEV_ARTICLES:], "test": known["test"]}
    return {one: side for side, articles in parts.items() for one in articles}, {one for part in parts.values() for one in part[::2]}


def build(data: Path, folder: Path, counts: dict[str, int]) -> None:
    """`qa.jsonl` and `documents.jsonl` in the folder: of each side so many rows, half of them without an answer."""
    rows, draw = lines(data / "qa.jsonl"), random.Random(SEED)
    side, absent = sides(rows, draw)
    drawn: list[dict[str, Any]] = []
    for name, count in counts.items():
        for without in (False, True):
            some = [row for row in rows if side[article(row)] == name and (article(row) in absent) is without]
            drawn += [
                {**row, "split": name, "article": article(row), **({"answers": [], "gold_doc_ids": []} if without else {})}
                for row in draw.sample(some, min(count // 2, len(some)))
            ]
    documents = [one for one in lines(data / "documents.jsonl") if one["doc_id"].rsplit("#", 1)[0] not in absent]
    for name, found in (("qa", drawn), ("documents", documents)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")


def experiment(asked: argparse.Namespace, share: str, folder: Path) -> dict[str, Any]:
    return {
        "name": f"unanswerable-{share}", "task": {"kind": "question_answering"}, "preset": "quick", "arms": asked.arms,
        "run": {"minutes": 0},  # what is cut for want of time differs from machine to machine
        "data": {
            "examples": str(folder / "qa.jsonl"),
            "columns": {"input": "question", "references": "answers", "id": "id", "group": "article",
                        "gold_passages": "gold_doc_ids", "split": "split"},
            "documents": str(folder / "documents.jsonl"),
            "document_columns": {"id": "doc_id", "title": "title", "text": "text"},
            "split": {"train": asked.train, "dev": DEV, "test": asked.test, "by": "group", "seed": SEED},
        },
        "retrieval": {"source": "documents", "k": 2},
        "finetune": {"unanswerable_share": yaml.safe_load(share), "seeds": [0]},
    }  # fmt: skip


def told(run: RunFolder) -> None:
    """The verdict, its notes on training, and of each arm what became of both kinds of questions."""
    import pandas as pd

    answerable = {row.id: bool(row.references) for row in read_examples(run.path / "data/test.jsonl")}
    scores = pd.read_parquet(run.path / "scores.parquet")
    decision, summary = run.read_json("decision.json") or {}, run.read_json("summary.json") or {}
    print(f"\n{run.id} ({decision.get('verdict')}): {decision.get('sentence')}")
    print(*(f"- {note}" for note in summary.get("notes", [])), *(f"- {one}" for one in decision.get("caveats", [])), sep="\n")
    print("\n| arm | right | with an answer: right, declined, wrong | without: declined, answered |\n|---|---|---|---|")
    for arm, own in scores.groupby("arm", sort=False):
        values = {(row, metric): value for row, metric, value in zip(own["row"], own["metric"], own["value"], strict=True)}
        count = {
            (has, metric): round(sum(values.get((row, metric), 0.0) for row, one in answerable.items() if one is has))
            for has in (True, False) for metric in ("right", "abstained", "fabricated", "correct")
        }  # fmt: skip
        right = count[True, "right"] + count[False, "right"]
        has = f"{count[True, 'right']}, {count[True, 'abstained']}, {count[True, 'fabricated']}"
        print(f"| {arm} | {right} of {len(answerable)} | {has} | {count[False, 'right']}, {count[False, 'fabricated']} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shares", nargs="+", default=["0.2", "1"])
    parser.add_argument("--arms", nargs="+", default=["base", "classic", "rag", "lora"])
    parser.add_argument("--train", type=int, default=160)
    parser.add_argument("--test", type=int, default=100)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data", help="where the folder xquad is (bench/README.md)")
    parser.add_argument("--runs", type=Path, help="where the runs stay; left out: they are removed")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bakeoff-unanswerable-") as place:
        folder = (asked.runs or Path(place)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        build(asked.data.resolve() / "xquad", folder, {"train": asked.train, "dev": DEV, "test": asked.test})
        for share in asked.shares:
            path = folder / f"unanswerable-{share}.yaml"
            path.write_text(yaml.safe_dump(experiment(asked, share, folder)), encoding="utf-8")
            subprocess.run([sys.executable, "-m", "pipeline", "run", str(path), "--out", str(folder / "runs")], cwd=ROOT, check=True)
            (run,) = (folder / "runs").glob(f"unanswerable-{share}-*")
            told(RunFolder(run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
