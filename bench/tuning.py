"""Do chosen settings beat plain ones? Two runs on the same held-out rows of xquad's training articles; its test articles are not read.

    python bench/tuning.py [--train 64] [--report 48] [--data ../shared/data] [--search]

The training articles are split once more, by article: rows to train on, dev rows that everything is chosen by, and rows to report
on, which no choice sees. `plain` has learning rate 2e-4 and dense search over passages of 256 tokens; `chosen` has today's default
settings, and search, passage size and k chosen by `retrieval.tune`; with --search also rank, learning rate and epochs of each training
by `finetune.search`.
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

from eval.report.format import difference, measured
from pipeline.results.compare import compare_runs
from pipeline.run_folder.store import RunFolder
from pipeline.stages.tuning import search, tune

ROOT = Path(__file__).resolve().parent.parent
SEED = 13
DEV_ARTICLES, REPORT_ARTICLES = 4, 10
ARMS = ["rag", "lora", "hybrid"]
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {"finetune": {"learning_rate": 2e-4, "search": False}, "retrieval": {"tune": False}},
    "chosen": {"finetune": {"search": False}, "retrieval": {"tune": True}},
}


def rows_of(data: Path) -> list[dict[str, Any]]:
    """The rows of the training articles, with sides drawn by article: `split` is train, dev or test."""
    rows = [json.loads(line) for line in (data / "xquad/qa.jsonl").read_text().splitlines()]
    rows = [row for row in rows if row["split"] == "train"]
    articles = sorted({article(row) for row in rows})
    random.Random(SEED).shuffle(articles)
    sides = dict.fromkeys(articles[:DEV_ARTICLES], "dev") | dict.fromkeys(articles[DEV_ARTICLES : DEV_ARTICLES + REPORT_ARTICLES], "test")
    return [{**row, "split": sides.get(article(row), "train")} for row in rows]


def article(row: dict[str, Any]) -> str:
    return str(row["gold_doc_ids"][0]).rsplit("#", 1)[0]


def experiment(name: str, asked: argparse.Namespace, examples: Path) -> dict[str, Any]:
    own = SETTINGS[name]
    return {
        "name": name, "task": {"kind": "question_answering"}, "preset": "quick", "run": {"minutes": 0}, "arms": ARMS,
        "data": {
            "examples": str(examples),
            "columns": {"input": "question", "references": "answers", "id": "id", "group": "gold_doc_ids",
                        "gold_passages": "gold_doc_ids", "split": "split"},
            "documents": str(asked.data.resolve() / "xquad/documents.jsonl"),
            "document_columns": {"id": "doc_id", "title": "title", "text": "text"},
            "split": {"train": asked.train, "dev": 24, "test": asked.report, "by": "group", "seed": SEED},
        },
        "retrieval": {"source": "documents", "k": 2, **own["retrieval"]},
        "finetune": {**own["finetune"], **({"search": True} if asked.search and name == "chosen" else {})},
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=int, default=64)
    parser.add_argument("--report", type=int, default=48)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data", help="where the folder xquad is (bench/README.md)")
    parser.add_argument("--search", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bakeoff-tuning-") as place:
        folder = Path(place)
        (folder / "qa.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows_of(asked.data)))
        for name in SETTINGS:
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(experiment(name, asked, folder / "qa.jsonl")))
            command = [sys.executable, "-m", "pipeline", "run", str(folder / f"{name}.yaml"), "--out", str(folder / "runs")]
            subprocess.run(command, cwd=ROOT, check=False)
        found = compare_runs(folder / "runs", *SETTINGS)
        (chosen,) = (folder / "runs").glob("chosen-*")
        print(*tune.notes(RunFolder(chosen)), *search.notes(RunFolder(chosen)), sep="\n")
    print(f"\n| arm | {' | '.join(SETTINGS)} | difference ({found['metric']}, 95 % interval) |\n|---|---|---|---|")
    for row in found["arms"]:
        gap = difference(row["difference"]) if row["difference"] else found["note"]
        print(f"| {row['arm']} | {measured(row['one'])} | {measured(row['other'])} | {gap} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
