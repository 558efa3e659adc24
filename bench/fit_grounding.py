"""Fits the grounding checker of `eval/metrics/grounding` and measures it on rows that neither fitting nor choosing has seen.

    python bench/fit_grounding.py [--data ../shared/data] [--out eval/metrics/grounding/coefficients.json] [--json FILE]

Rows: WiCE's and BEGIN's dev files (bench/README.md). Rows that share a context, a question or an answer are one group; a hash of the
group says whether it is for fitting or held out, half and half. Features (by AUROC), C (by log loss) and the threshold (by balanced
accuracy) are chosen by cross-validation among the fitting rows; the held-out rows are scored once, after that. AUROC is that of an
answer's mean probability; its intervals, and those of the difference to plain word overlap on the same rows, come from resampling groups
(percentile bootstrap, Efron 1979).
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.grounding_rows import DATA, EMBEDDER, Floats, Row, is_held_out, read  # noqa: E402
from eval.metrics.grounding.checker import COEFFICIENTS, Grounding  # noqa: E402
from eval.metrics.grounding.features import NAMES  # noqa: E402

DRAWS, FOLDS, REPEATS = 2_000, 5, 4
WORDS = ("words_best", "words_window", "words_all", "rare_all", "words_missing", "pairs_all", "clause_words")
FACTS = ("names_best", "names_all", "numbers_best", "numbers_all", "numbers_contradict", "negation_agrees")
COSINES = ("cosine_best", "cosine_clause")
SETS = {
    "words": WORDS,
    "words, facts": (*WORDS, *FACTS),
    "words, cosines": (*WORDS, *COSINES),
    "facts, cosines": (*FACTS, *COSINES),
    "all": NAMES,
}
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--out", type=Path, default=COEFFICIENTS)
    parser.add_argument("--json", type=Path, help="also write what was measured here")
    parser.add_argument("--choose-only", action="store_true", help="stop before the held-out rows are scored")
    given = parser.parse_args()
    rows, dropped = read(given.data)
    fitting, held = [row for row in rows if not is_held_out(row)], [row for row in rows if is_held_out(row)]
    with threadpool_limits(1):
        tried = {(name, c): cross_validated(fitting, SETS[name], c) for name in SETS for c in STRENGTHS}
    for (name, c), (scores, _) in tried.items():
        print(f"{name:16} C={c:<6} " + " ".join(f"{data} {scores[data]:.3f}" for data in DATA))
    name, _ = max(tried, key=lambda key: sum(tried[key][0].values()))
    c = min(STRENGTHS, key=lambda strength: loss(fitting, tried[name, strength][1]))
    threshold = best_threshold(fitting, tried[name, c][1])
    print(f"chosen: {name}, C={c}, threshold {threshold:.3f}")
    print("word overlap on the fitting rows: ", {data: round(auroc(fitting, [r.overlap for r in fitting], data), 3) for data in DATA})
    if given.choose_only:
        return
    model = fit(fitting, SETS[name], c)
    model = Grounding(**{**vars(model), "threshold": threshold})
    measured = {data: held_out(model, [row for row in held if row.data == data]) for data in DATA}
    about = {
        "what": "Logistic regression: the probability that the passages support all of a sentence.",
        "data": {"wice": "WiCE dev (annotations ODC-BY)", "begin": "BEGIN, Wizard of Wikipedia, dev (CC BY 4.0)"},
        "rows": {data: counts(fitting, held, data, dropped) for data in DATA},
        "chosen": {"features": name, "C": c, "cross_validated_auroc": {d: round(v, 3) for d, v in tried[name, c][0].items()}},
        "held_out": measured,
        "embedder": EMBEDDER,
        "fitted": date.today().isoformat(),
        "versions": {"python": platform.python_version(), "scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    print(json.dumps(about, indent=1))
    write(given.out, model, about)
    if given.json:
        given.json.write_text(json.dumps(about, indent=1), encoding="utf-8")


def teaching(rows: Sequence[Row]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Sentences with a label and a weight; both data sets weigh the same, and so do both labels within each.

    Where an answer of several sentences is not supported, nobody says which: the one that shares fewest words carries the label.
    """
    taken, labels, weights, where = [], [], [], []
    for row in rows:
        chosen = row.features if row.supported else row.features[[int(row.features[:, NAMES.index("words_all")].argmin())]]
        taken += list(chosen)
        labels += [row.supported] * len(chosen)
        weights += [1 / len(chosen)] * len(chosen)
        where += [(row.data, row.supported)] * len(chosen)
    totals = {key: sum(w for w, k in zip(weights, where, strict=True) if k == key) for key in set(where)}
    balanced = np.array([w / totals[k] for w, k in zip(weights, where, strict=True)])
    return np.stack(taken), np.array(labels), balanced * len(rows) / balanced.sum()


def fit(rows: Sequence[Row], names: Sequence[str], c: float) -> Grounding:
    """Every feature is made so that more of it means better supported: one that weighs the other way is noise, and is dropped."""
    measured, labels, weights = teaching(rows)
    left = [name for name in names if np.ptp(measured[:, NAMES.index(name)]) > 0]
    while True:
        chosen = measured[:, [NAMES.index(name) for name in left]]
        means = np.average(chosen, axis=0, weights=weights)
        scales = np.sqrt(np.average((chosen - means) ** 2, axis=0, weights=weights))
        found = LogisticRegression(C=c, max_iter=1_000).fit((chosen - means) / scales, labels, sample_weight=weights)
        worst = int(found.coef_[0].argmin())
        if found.coef_[0][worst] >= 0:
            return Grounding(tuple(left), means, scales, found.coef_[0], float(found.intercept_[0]), 0.5, {})
        left.pop(worst)


def mean_support(model: Grounding, rows: Sequence[Row]) -> Floats:
    return np.array([model.probabilities(row.features).mean() for row in rows])


def share_supported(model: Grounding, rows: Sequence[Row]) -> Floats:
    return np.array([(model.probabilities(row.features) >= model.threshold).mean() for row in rows])


def cross_validated(rows: Sequence[Row], names: Sequence[str], c: float) -> tuple[dict[str, float], Floats]:
    """The mean AUROC on each data set over repeats, and each row's mean out-of-fold probability."""
    order = sorted({row.group for row in rows})
    found = np.zeros((REPEATS, len(rows)))
    for repeat in range(REPEATS):
        fold = dict(zip(order, np.random.default_rng(repeat).permutation(len(order)) % FOLDS, strict=True))
        for out in range(FOLDS):
            model = fit([row for row in rows if fold[row.group] != out], names, c)
            places = [i for i, row in enumerate(rows) if fold[row.group] == out]
            found[repeat, places] = mean_support(model, [rows[i] for i in places])
    return {data: float(np.mean([auroc(rows, one, data) for one in found])) for data in DATA}, found.mean(axis=0)


def auroc(rows: Sequence[Row], scores: Sequence[float] | Floats, data: str) -> float:
    own = [(row.supported, score) for row, score in zip(rows, scores, strict=True) if row.data == data]
    return float(roc_auc_score([label for label, _ in own], [score for _, score in own]))


def loss(rows: Sequence[Row], scores: Floats) -> float:
    """The mean over data sets of the log loss of out-of-fold probabilities: AUROC hardly depends on C, probabilities do."""
    return float(
        np.mean([log_loss(*zip(*[(r.supported, s) for r, s in zip(rows, scores, strict=True) if r.data == d], strict=True)) for d in DATA])
    )


def best_threshold(rows: Sequence[Row], scores: Floats) -> float:
    """Where balanced accuracy, the mean of both data sets, is highest out of fold; midway between neighbouring probabilities."""
    ordered = np.unique(scores)
    candidates = (ordered[1:] + ordered[:-1]) / 2
    by_data = [(np.array([r.data == d for r in rows]), d) for d in DATA]
    labels = np.array([row.supported for row in rows])
    worth = [np.mean([balanced_accuracy_score(labels[own], scores[own] >= t) for own, _ in by_data]) for t in candidates]
    return float(candidates[int(np.argmax(worth))])


def held_out(model: Grounding, rows: Sequence[Row]) -> dict[str, Any]:
    labels = np.array([row.supported for row in rows])
    columns = np.stack([labels, mean_support(model, rows), [row.overlap for row in rows], share_supported(model, rows)])
    return {
        "n": len(rows),
        "supported": int(labels.sum()),
        "groups": len({row.group for row in rows}),
        "auroc": interval(rows, columns, lambda x: roc_auc_score(x[0], x[1])),
        "auroc_word_overlap": interval(rows, columns, lambda x: roc_auc_score(x[0], x[2])),
        "difference": interval(rows, columns, lambda x: roc_auc_score(x[0], x[1]) - roc_auc_score(x[0], x[2])),
        "auroc_share": interval(rows, columns, lambda x: roc_auc_score(x[0], x[3])),
        "balanced_accuracy": interval(rows, columns, lambda x: balanced_accuracy_score(x[0], x[3] == 1)),
    }


def interval(rows: Sequence[Row], columns: Floats, value: Callable[[Floats], float]) -> dict[str, float]:
    """A value and its 95 % interval, groups drawn with replacement; draws without both labels are drawn again."""
    order = sorted({row.group for row in rows})
    members = [np.array([i for i, row in enumerate(rows) if row.group == group]) for group in order]
    rng, drawn = np.random.default_rng(0), []
    while len(drawn) < DRAWS:
        sample = columns[:, np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])]
        if 0 < sample[0].mean() < 1:
            drawn.append(value(sample))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": round(float(value(columns)), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def counts(fitting: Sequence[Row], held: Sequence[Row], data: str, dropped: dict[str, int]) -> dict[str, int]:
    return {
        "fitting": sum(r.data == data for r in fitting),
        "held_out": sum(r.data == data for r in held),
        "nothing_to_check": dropped[data],
    }


def write(path: Path, model: Grounding, about: dict[str, Any]) -> None:
    parts = zip(model.features, model.means, model.scales, model.weights, strict=True)
    features = [
        {"name": name, "mean": round(float(m), 6), "scale": round(float(s), 6), "weight": round(float(w), 6)} for name, m, s, w in parts
    ]
    held = {**about, "intercept": round(model.intercept, 6), "threshold": round(model.threshold, 4), "features": features}
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
