"""What a judge is asked with: plain values, checked as a whole before anything is spent. Reads no key and opens no connection."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.errors import SetupError
from eval.judge.providers.safe_http import address_fault, variable_fault

Provider = str
"""openai_compatible, anthropic and in_process are our own; any other is LangChain's."""
NAMES = (
    "outcome", "faithfulness", "answer_relevancy", "context_precision", "context_recall", "context_entity_recall", "factual_correctness",
    "answer_correctness", "noise_sensitivity", "rubric", "preference",
)  # fmt: skip
PREFERENCE = "preference"
"""The one that compares two answers; asked twice for each row, once in each order."""
OFFLINE = ("semantic_similarity",)
"""May be named among a judge's metrics, but need none: they are measured with the offline ones."""
DEFAULT_KEYS: dict[str, str] = {"openai_compatible": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}


@dataclass(frozen=True)
class JudgeSettings:
    """The experiment's `judge` section: `JudgeSettings(**section)` for plain values of the same names."""

    model: str
    provider: Provider = "openai_compatible"
    base_url: str | None = None
    """None: the provider's own address."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key. None: the provider's usual one, or no key where `base_url` is given."""
    metrics: Sequence[str] = ("faithfulness", "context_recall", "factual_correctness")
    rubric: str = ""
    """The team's own words, for the metric `rubric`: what an answer of five points does, and what costs points."""
    concurrency: int = 4
    """Requests under way at once."""
    timeout_s: float = 120.0
    """For one request, from sending it to the last byte of the answer."""
    retries: int = 4
    """Further tries after the first."""
    max_tokens: int = 2048
    """Of one answer."""
    reasoning_effort: str | None = None
    """low, medium, high, … as the provider takes it."""
    thinking_tokens: int = 0
    """What it may think beside the answer; counted with what it writes."""
    budget: Mapping[str, float] = field(default_factory=dict)
    """`money` and `tokens` that may be spent in all, earlier sessions on the same store included; what is not named has no cap."""
    price_per_million: Mapping[str, float] = field(default_factory=dict)
    """`input` and `output` tokens."""
    min_kappa: float = 0.6
    """Below this agreement with people the judge describes, but does not decide."""

    def __post_init__(self) -> None:
        if mistakes := list(_mistakes(self)):
            raise SetupError("judge: " + " ".join(mistakes))

    @property
    def key_variable(self) -> str | None:
        """The environment variable to read the key from; None where no key is sent."""
        if self.api_key_env or self.base_url:
            return self.api_key_env
        return DEFAULT_KEYS.get(self.provider)

    @property
    def most(self) -> int:
        """Tokens that one reply may have, thoughts included."""
        return self.max_tokens + self.thinking_tokens

    @property
    def thinking(self) -> dict[str, int | str]:
        """What a stored verdict depends on beside the rest; nothing where nothing is asked for, so that older verdicts are found."""
        told: dict[str, int | str] = {"reasoning_effort": self.reasoning_effort} if self.reasoning_effort else {}
        return {**told, **({"thinking_tokens": self.thinking_tokens} if self.thinking_tokens else {})}

    @property
    def tries(self) -> int:
        return self.retries + 1


def _mistakes(settings: JudgeSettings) -> list[str]:
    found = [_unknown(name) for name in settings.metrics if name not in (*NAMES, *OFFLINE)]
    if "rubric" in settings.metrics and not settings.rubric.strip():
        found.append("The metric rubric needs the team's words under judge.rubric.")
    if settings.base_url is not None and (fault := address_fault(settings.base_url)):
        found.append(f"judge.base_url {fault}.")
    if settings.api_key_env is not None and (fault := variable_fault(settings.api_key_env)):
        found.append(f"judge.api_key_env {fault}.")
    found += _cannot_think(settings)
    if not settings.model.strip():
        found.append("judge.model is empty.")
    if unknown := set(settings.budget) - {"money", "tokens"} | set(settings.price_per_million) - {"input", "output"}:
        found.append(f"{', '.join(sorted(unknown))}: a budget has money and tokens, prices have input and output.")
    if "money" in settings.budget and set(settings.price_per_million) != {"input", "output"}:
        found.append("A budget in money needs judge.price_per_million with input and output.")
    return found


def _cannot_think(settings: JudgeSettings) -> list[str]:
    if settings.provider == "in_process" and settings.thinking:
        return ["judge.reasoning_effort and thinking_tokens are for models behind an API."]
    if settings.provider == "anthropic" and settings.reasoning_effort:
        return ["judge.provider anthropic takes thinking_tokens, not reasoning_effort."]
    return []


def _unknown(name: str) -> str:
    known = (*NAMES, *OFFLINE)
    close = difflib.get_close_matches(name, known, n=1)
    guess = f", did you mean {close[0]}?" if close else "."
    return f"There is no metric {name!r}{guess} Available: {', '.join(known)}."
