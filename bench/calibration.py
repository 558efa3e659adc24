"""Do cheap judges agree with people? On WiCE and BEGIN (is the answer supported?) and RAGChecker's pairs (which answer is better?).

    python bench/calibration.py [--data ../shared/data] [--judge 0]

The grounding checker is measured on rows it was not fitted on. `--judge N` asks the packaged 135M model, in this
process and under a JSON schema, for ragas' faithfulness on N rows of each data set (about ten seconds a row).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from grounding_rows import DATA, Row, embed, is_held_out, read
from numpy.typing import NDArray

from eval.judge.offline import AnswerRow, MetricValue
from eval.judge.people.agreement import Measure
from eval.judge.people.calibration import Labelled, agreement
from eval.metrics.answer import token_f1
from eval.metrics.grounding.checker import Grounding

Scores = Sequence[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parent.parent / "../shared/data")
    parser.add_argument("--judge", type=int, default=0, help="rows of each data set that the packaged model judges")
    asked = parser.parse_args()
    print("| data | judged by | n | κ (95 % CI) | AUROC (95 % CI) | may decide |\n|---|---|---|---|---|---|")
    rows, _ = read(asked.data)
    for data in DATA:
        supported(data, [row for row in rows if row.data == data and is_held_out(row)], asked.judge)
    preferred([json.loads(line) for line in (asked.data / "ragchecker_pairs/pairs.jsonl").read_text(encoding="utf-8").splitlines()])


def supported(data: str, rows: Sequence[Row], judged: int) -> None:
    """Whether passages support an answer: people against word overlap, the checker, and a small judge."""
    show(data, "word overlap", rows, [row.overlap for row in rows])
    found = Grounding.load().answers([(row.answer, [row.context]) for row in rows], embed)
    kept = [(row, one.mean) for row, one in zip(rows, found, strict=True) if one.mean is not None]
    show(data, "grounding checker", [row for row, _ in kept], [float(value) for _, value in kept])
    if judged:
        some = rows[:judged]
        values = faithfulness(some)
        told = [(row, one.value) for row, one in zip(some, values, strict=True) if one.value is not None]
        for reason, count in Counter(one.reason for one in values if one.value is None).most_common():
            print(f"| {data} | the 135M model, no verdict: {reason} | {count} of {len(some)} | | | |", flush=True)
        if told:
            show(data, "the 135M model (faithfulness)", [row for row, _ in told], [value for _, value in told])


def show(data: str, name: str, rows: Sequence[Row], scores: Scores) -> None:
    labelled = [
        Labelled(str(number), "answer", row.supported, min(1.0, max(0.0, score)), len(row.answer.split()))
        for number, (row, score) in enumerate(zip(rows, scores, strict=True))
    ]
    found = agreement(name, labelled)
    print(f"| {data} | {name} | {found.n} | {told(found.kappa)} | {told(found.auroc)} | {'yes' if found.decides else 'no'} |", flush=True)


def told(value: Measure) -> str:
    return "–" if value.value is None else f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"


def faithfulness(rows: Sequence[Row]) -> list[MetricValue]:
    """ragas' faithfulness by the packaged model, or why it gave no verdict."""
    from eval.judge.panel import Tools, judge
    from eval.judge.settings import JudgeSettings
    from finetune.inference.generate import Generator, Prompt
    from finetune.pretrained import locate
    from finetune.rows import Message

    generator = Generator(locate("smollm2-135m-instruct"))

    def generate(prompt: str, schema: dict[str, object]) -> str:
        messages = (Message("system", "You judge answers. Reply in JSON."), Message("user", prompt))
        (batch,) = generator.plan([Prompt("judge", messages)])
        return generator.run(batch, 400, schema)[0].text

    asked = [
        AnswerRow(str(number), "answer", 0, str(number), "What is said?", row.answer, (), (row.context,), (), False, True)
        for number, row in enumerate(rows)
    ]
    settings = JudgeSettings(model="smollm2-135m-instruct", provider="in_process", metrics=["faithfulness"], max_tokens=400)
    with tempfile.TemporaryDirectory() as folder:
        return judge(asked, settings, Path(folder) / "judge.sqlite", tools=Tools(generate=generate)).values


def preferred(pairs: Sequence[dict[str, object]]) -> None:
    """Which of two answers is better: the sign of a difference in likeness to the gold answer against people's mean preference."""
    print("\n| which answer is better | pairs with a preference | agrees % (95 % CI) |\n|---|---|---|")
    people = np.array([float(np.mean(pair["labels"]["overall"])) for pair in pairs])  # type: ignore[index]
    texts = sorted({str(pair[key]) for pair in pairs for key in ("gold_answer", "answer_a", "answer_b")})
    vectors = dict(zip(texts, embed(texts), strict=True))
    ways: dict[str, Callable[[str, str], float]] = {
        "token F1 to the gold answer": lambda answer, gold: token_f1(answer, [gold]),
        "semantic similarity (MiniLM)": lambda answer, gold: float(vectors[answer] @ vectors[gold]),
        "the longer answer": lambda answer, gold: float(len(answer.split())),
    }
    between = [pair["labels"]["overall"] for pair in pairs]  # type: ignore[index]
    both = np.array([(one, other) for one, other in between if one and other])
    line("one person against the other, where both prefer", np.sign(both[:, 0]) == np.sign(both[:, 1]))
    for name, way in ways.items():
        gap = np.array([way(str(p["answer_b"]), str(p["gold_answer"])) - way(str(p["answer_a"]), str(p["gold_answer"])) for p in pairs])
        line(name, (np.sign(gap) == np.sign(people))[people != 0])


def line(name: str, right: NDArray[np.bool_]) -> None:
    """A share with its 95 % Wilson interval."""
    from scipy import stats

    low, high = stats.binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    print(f"| {name} | {len(right)} | {100 * right.mean():.0f} ({100 * low:.0f} to {100 * high:.0f}) |", flush=True)


if __name__ == "__main__":
    main()
