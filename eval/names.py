"""How metrics are called, in one place, so that sentence, page, report and table agree. Computes nothing."""

from __future__ import annotations

import re

METRIC_NAMES = {
    "right": "Right answers",
    "token_f1": "Token F1", "exact_match": "Exact match", "contains": "Answer contained", "accuracy": "Accuracy", "macro_f1": "Macro-F1",
    "correct": "Correct", "abstained": "Declined", "fabricated": "Wrong", "well_formed": "Right form",
    "semantic_similarity": "Semantic similarity (ragas)", "string_similarity": "String similarity (ragas)", "chrf": "chrF (ragas)",
    "rouge_l": "ROUGE-L (ragas)", "context_precision": "Context precision (ragas)", "context_recall": "Context recall (ragas)",
    "mrr": "MRR", "grounded": "Supported by passages (estimate)", "cites_gold": "Cites the gold passage",
    "field_f1": "Field F1", "field_precision": "Field precision", "field_recall": "Field recall", "exact_record": "Exact record",
    "label_f1": "Label F1", "exact_labels": "All labels right",
    "figure_f1": "Figures F1", "length_match": "Length match", "style_match": "Style match",
    "judge_preference": "Preferred to the base arm (judge, both orders)",
    "unsupported_figures": "Unsupported figures", "unsupported_claims": "Unsupported sentences (estimate)",
    "fabricated_contradicts": "Made up: against the gold evidence", "fabricated_unfounded": "Made up: not found in it",
    "fabricated_neither": "Wrong, though not made up",
}  # fmt: skip


def metric_name(metric: str) -> str:
    """As people read it; ranking metrics with their cut-off."""
    if metric in METRIC_NAMES:
        return METRIC_NAMES[metric]
    cut = re.fullmatch(r"(recall|ndcg)_at_(\d+)", metric)
    return f"{'Recall' if cut.group(1) == 'recall' else 'nDCG'}@{cut.group(2)}" if cut else metric.replace("_", " ")


def in_a_sentence(metric: str) -> str:
    """The same among other words: without its maker, in lower case where it is no proper name."""
    name = metric_name(metric).removesuffix(" (ragas)")
    return name if name[:2].isupper() or not name[:1].isupper() else name[0].lower() + name[1:]
