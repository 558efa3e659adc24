"""Question answering: free short answers, several accepted references, unanswerable rows; or a closed set (yes/no, choices of a row)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from eval.metrics.answer import containment, exact_match, normalise, token_f1
from eval.metrics.fabrication import Kind
from eval.metrics.grading.abstention import declines
from eval.metrics.grading.choices import chosen
from eval.metrics.grading.grade import Asked, Grade, grade, ungradable
from eval.metrics.grading.reading import answer_of, only_thought, without_reasoning
from eval.metrics.grading.words import unspaced, words
from eval.metrics.grounding.text import sentences
from eval.metrics.hallucination import OUTCOMES
from pipeline.records import Example, Prediction
from pipeline.tasks.base import Answer, TaskKind
from pipeline.tasks.prompts import NO_ANSWER

FEW_WORDS = 8
"""Training references of so many words at most are asked for as a few words."""
WELL_FORMED_WORDS = 12
"""A short answer is asked for: more words than this, or twice those of the training references, are the wrong form."""
CITED = re.compile(r"[\s,;]*\[\d{1,2}(?:\s*,\s*\d{1,2})*\]")
QUOTED = re.compile(r"^\s*“[^”]*”\s*(?=answer\s*:)", re.IGNORECASE)
"""A quotation before the answer, as training with `finetune.quote` teaches it; whoever writes it, it is no part of the answer."""
LEAD = re.compile(
    r"^(?:the\s+)?(?:short\s+|final\s+|correct\s+)?answer(?:\s+to\s+(?:this|the)\s+question)?(?:\s+is)?\s*:?\s*", re.IGNORECASE
)


class QuestionAnswering(TaskKind):
    """Primary: right answers by `eval.metrics.grading`. Token F1 and exact match (SQuAD, Rajpurkar et al. 2016) describe the form."""

    primary = "right"
    metrics = ("right", "token_f1", "exact_match", "contains", *OUTCOMES, "well_formed")
    offline_metrics = ("semantic_similarity", "string_similarity", "chrf", "rouge_l", "context_precision", "context_recall", "grounded")
    default_new_tokens = 24

    def instructions(self) -> str:
        asked = f'Answer the question {self._length}. If you cannot know the answer, say "{NO_ANSWER}"'
        return f"{asked} Name the passages your answer comes from behind it, as [1]." if self.settings.cite else asked

    @property
    def _length(self) -> str:
        """As long as the team's own answers are: arms that were not trained on them cannot know it otherwise."""
        usual = self._usual_words
        return "in a few words" if usual <= FEW_WORDS else f"in about {round(usual, -1) or 10} words"

    @cached_property
    def _usual_words(self) -> int:
        """The middle length of the training references, in words."""
        lengths = sorted(_length_of(row.references[0]) for row in self.train if row.references)
        return lengths[len(lengths) // 2] if lengths else 0

    def target_from(self, example: Example, gold: Sequence[bool]) -> str:
        numbers = [number for number, is_gold in enumerate(gold, 1) if is_gold] if self.settings.cite and example.references else []
        return " ".join([self.target(example), *(f"[{number}]" for number in numbers)])

    def quoted(self, example: Example, target: str, texts: Sequence[str]) -> str:
        """The first sentence that holds an accepted answer, then the answer (quoting as in RAFT, Zhang et al. 2024, section 3.1)."""
        if self.scored(example):
            return target
        holding = (one for text in texts for one in sentences(text) if any(answer.lower() in one.lower() for answer in example.references))
        found = next(holding, "")
        return f"“{' '.join(found.split())}” Answer: {target}" if found else target

    def ask(self, example: Example) -> str:
        choices = self.choices(example)
        listed = f"\nOptions: {' | '.join(choices)}" if choices else ""
        return f"Question: {example.input}{listed}"

    def choices(self, example: Example) -> tuple[str, ...]:
        return example.choices or tuple(self.settings.choices)

    def read(self, text: str, example: Example) -> Answer:
        """The answer in the first line, or its choice; passages cited and quoted are taken out."""
        text = QUOTED.sub("", without_reasoning(text))
        first = next((line.strip() for line in text.split("\n") if answer_of(line)), "")
        cited = tuple(dict.fromkeys(int(number) for found in CITED.findall(text) for number in re.findall(r"\d+", found)))
        if self.settings.cite:
            text, first = CITED.sub("", text).strip(), CITED.sub("", first).strip()
        content = LEAD.sub("", first).strip().strip('"“”').rstrip(".").strip()
        choices = self.choices(example)
        if choices:
            return self._read_choice(answer_of(text), choices)
        if declines(answer_of(text), example.input):
            return Answer(content, abstained=True, well_formed=normalise(first) == normalise(NO_ANSWER))
        brief = 0 < len(content.split()) <= max(WELL_FORMED_WORDS, 2 * self._usual_words) and "\n" not in text.strip()
        return Answer(content, well_formed=brief, cited=cited if self.settings.cite else ())

    def _read_choice(self, text: str, choices: tuple[str, ...]) -> Answer:
        """The one choice that is named; none or several: nothing was read."""
        named = chosen(text, choices)
        if named is not None:
            return Answer(named, well_formed=normalise(named) == normalise(text))
        return Answer("", abstained=declines(text), well_formed=False)

    def measure(self, answer: str, example: Example) -> dict[str, float]:
        references = example.references
        exact = exact_match(answer, references)
        if self.choices(example):
            return {"token_f1": exact, "exact_match": exact, "contains": exact}
        return {"token_f1": token_f1(answer, references), "exact_match": exact, "contains": containment(answer, references)}

    def ungradable(self, example: Example) -> str:
        return ungradable(self._asked(example))

    def graded(self, prediction: Prediction, example: Example, measured: dict[str, float]) -> Grade:
        """The response without what it quotes and cites, by the words of the row's references or as one of its choices."""
        text = CITED.sub("", prediction.text) if self.settings.cite else prediction.text
        return grade(self._asked(example), text if only_thought(text) else QUOTED.sub("", without_reasoning(text)))

    def _asked(self, example: Example) -> Asked:
        return Asked(example.references, example.input, "question_answering", self.choices(example), self.settings.answer_words)

    def wrong(self, answer: str, example: Example, passages: Sequence[str]) -> Kind:
        """One choice of a closed set excludes every other."""
        return "contradicts" if self.choices(example) else super().wrong(answer, example, passages)

    def is_correct(self, measured: dict[str, float]) -> bool:
        return max(measured["exact_match"], measured["contains"]) == 1.0


def _length_of(text: str) -> int:
    """In words; two signs of a script without spaces are about one."""
    return len(words(text)) // 2 if unspaced(text) else len(text.split())
