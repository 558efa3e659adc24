"""What published studies would lead one to expect of such a task, with their names. A prior, never evidence: no verdict rests on it."""

from __future__ import annotations

from typing import NamedTuple


class Expectation(NamedTuple):
    told: str
    studies: tuple[str, ...]


KNOWLEDGE = (
    "Ovadia et al. 2024, Fine-Tuning or Retrieval? Comparing Knowledge Injection in LLMs",
    "Soudani et al. 2024, Fine Tuning vs. Retrieval Augmented Generation for Less Popular Knowledge",
)
BOTH = (
    "Balaguer et al. 2024, RAG vs Fine-tuning: Pipelines, Tradeoffs, and a Case Study on Agriculture",
    "Zhang et al. 2024, RAFT: Adapting Language Model to Domain Specific RAG",
)
LABELS = (
    "Bucher and Martini 2024, Fine-Tuned 'Small' LLMs (Still) Significantly Outperform Zero-Shot Generative AI Models in Text "
    "Classification",
)
FORM = ("Zhang et al. 2024, When Scaling Meets LLM Finetuning",)


def expected(task: str, documents: bool, facts_change: str | None) -> Expectation:
    """`task`: the kind of task; `facts_change`: as in the constraints."""
    if task == "classification":
        return Expectation("Training usually beats prompting on labels; a classifier without a language model is often close.", LABELS)
    if task in ("extraction", "generation"):
        return Expectation("Fine-tuning usually pays where the answer's form matters, more so with more examples.", FORM)
    if not documents:
        return Expectation("Without documents there is little to retrieve; training adds form more readily than knowledge.", KNOWLEDGE[:1])
    if facts_change in ("daily", "weekly"):
        return Expectation("Retrieval: facts that change this often are out of date in weights before they are trained.", KNOWLEDGE)
    return Expectation("Retrieval usually brings in facts better than training; training on passages can add to it.", (*KNOWLEDGE, *BOTH))
