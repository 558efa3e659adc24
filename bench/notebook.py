"""docs/notebook.ipynb: a comparison of two files of answers from Python, run cell by cell, with what each cell shows.

    python -m bench.notebook docs/notebook.ipynb        (make docs)

The cells are run here, in this process and in a folder that is gone afterwards; a notebook server is not needed for it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

CELLS: tuple[tuple[str, str], ...] = (
    (
        "markdown",
        "# A comparison from Python\n\nTwo systems have answered the same questions. Which is right more often, and is that more than "
        "chance? "
        "Nothing is built and no model is loaded: this takes seconds.",
    ),
    ("markdown", "Forty questions of a bundled case with their right answers, and what two systems said to them."),
    (
        "code",
        "import json\nfrom pathlib import Path\n\nfrom pipeline.samples import experiment_of\n\n"
        'lines = experiment_of("facts").with_name("questions.jsonl").read_text("utf-8").splitlines()\n'
        'rows = [row for row in map(json.loads, lines) if row["answers"]][:40]\n'
        'questions = [{key: row[key] for key in ("id", "question", "answers")} for row in rows]\n'
        'said = {"current": 34, "proposed": 21}  # so many of their answers are right\n\n'
        "for name, right in said.items():\n"
        '    answers = [row["answers"][0] if place < right else "ask the front desk" for place, row in enumerate(rows)]\n'
        '    told = [json.dumps({"id": row["id"], "answer": answer}) for row, answer in zip(rows, answers)]\n'
        '    Path(f"{name}.jsonl").write_text("\\n".join(told))\n'
        'Path("questions.jsonl").write_text("\\n".join(map(json.dumps, questions)))\nquestions[0]',
    ),
    ("markdown", "`compare` does what `bakeoff run` does. At the end of a cell, what it returns shows the verdict's first screen."),
    (
        "code",
        "from pipeline.api import compare\n\nfound = compare(\n    {\n"
        '        "name": "two-systems",\n        "task": {"kind": "question_answering"},\n'
        '        "data": {"examples": "questions.jsonl", "columns": {"input": "question", "references": "answers", "id": "id"}},\n'
        '        "arms": [],\n        "systems": [{"name": name, "answers": f"{name}.jsonl"} for name in said],\n    }\n)\nfound',
    ),
    ("markdown", "The verdict with its evidence is a dictionary."),
    ("code", 'print(found.decision["verdict"], found.decision["arm"])\nfound.decision["comparisons"][0]'),
    ("markdown", "Every score, one line each. A missing one has a reason and is never 0."),
    ("code", "found.scores.query(\"metric == 'right'\").head()"),
    ("code", "found.scores.query(\"metric == 'right'\").groupby(\"arm\")[\"value\"].agg(['mean', 'count'])"),
    ("markdown", "Every answer, and the report for those who do not read notebooks."),
    ("code", 'print(found.report.name, found.report.stat().st_size > 0)\nfound.answers[["row", "arm", "text", "failure"]].tail(3)'),
)
"""Kind and source of each."""


def notebook() -> dict[str, Any]:
    """The cells with their outputs, in Jupyter's format 4.5."""
    names: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        cells = [_cell(number, kind, source, names) for number, (kind, source) in enumerate(CELLS)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


def _cell(number: int, kind: str, source: str, names: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source.splitlines(keepends=True)}
    if kind != "code":
        return made
    count = 1 + sum(one == "code" for one, _ in CELLS[:number])
    return {**made, "execution_count": count, "outputs": _run(source, names, count)}


def _run(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """What is printed, and the last expression as a notebook shows it."""
    tree, printed, shown = ast.parse(source), io.StringIO(), None
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "notebook", "exec"), names)
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), "notebook", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue().splitlines(keepends=True)})
    if shown is not None:
        draws = getattr(shown, "_repr_html_", None)
        data = {"text/html": draws()} if draws else {}
        plain = f"<{type(shown).__name__}>" if draws and not hasattr(shown, "columns") else repr(shown)
        data["text/plain"] = plain
        outputs.append({"output_type": "execute_result", "execution_count": count, "data": data, "metadata": {}})
    return outputs


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    path = Path(sys.argv[1]).resolve()
    text = json.dumps(notebook(), indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{path.name} written\n")


if __name__ == "__main__":
    main()
