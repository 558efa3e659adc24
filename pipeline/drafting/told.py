"""What came of drafting, as plain values and as text: every stage counted, what to do where nothing was kept. Drafts nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pipeline.drafting.asking import LOCAL
from pipeline.drafting.engine import counts
from pipeline.drafting.record import STAGES, Draft
from pipeline.drafting.reviews import outcomes, rates, reviews
from pipeline.drafting.run import Request, Result
from pipeline.drafting.size import need

REMEDIES = {
    "unanswered": "No reply came for most questions: look at the endpoint or raise the budget, then repeat the command.",
    "schema": "The model does not write what it is asked for: take a larger model, or an endpoint that holds replies to a JSON schema.",
    "quote": "The model does not copy from its passage, or answers beside its quote: take a larger model.",
    "rules": "The model words its questions as no test question may be: take a larger model.",
    "round trip": "The model cannot answer its own questions from their passages, or answers them without: take a larger model, or "
                  "documents that hold what a model does not know.",
    "duplicates": "The questions repeat each other or the rows at hand: give more documents.",
}  # fmt: skip
"""By the stage that dropped the most."""
LISTED = 3


def told(result: Result, request: Request, margin: float) -> dict[str, Any]:
    """`--json` of `bakeoff draft-questions`."""
    found, kept = result.found, [draft for draft in result.found if not draft.ended]
    counted = counts(found)
    rate = rates(outcomes(kept, reviews(result.drafts)))
    share = rate["all"].accepted / rate["all"].decided if "all" in rate and rate["all"].decided >= 10 else None
    wanted = need(margin, **{name: value for name, value in (("kept", len(kept) / len(found)), ("accepted", share)) if value})
    return {
        "schema": 1, "set": result.drafts.name, "folder": str(result.drafts.path), "documents": result.documents,
        "passages": result.passages, "counts": counted, "reasons": reasons(found), "kinds": dict(Counter(d.kind for d in kept)),
        "languages": dict(Counter(d.language or "not told" for d in kept)), "spent": result.spent,
        "priced": bool(request.model.prices), "local": request.model.provider == LOCAL,
        "need": asdict(wanted), "possible": len(found) >= request.number,
        "wanted": request.number, "source": "log" if request.logs else "documents", "remedy": remedy(counted),
    }  # fmt: skip


def reasons(found: Sequence[Draft]) -> dict[str, dict[str, int]]:
    """Stage → why → how many; what is special to one draft (behind a colon) is left out."""
    named = [stage for stage in STAGES if any(draft.ended == stage for draft in found)]
    return {
        stage: dict(Counter(draft.why.partition(":")[0] for draft in found if draft.ended == stage).most_common()) for stage in named
    }  # fmt: skip


def remedy(counted: dict[str, int]) -> str:
    """What to do, by the stage that dropped the most; empty where something was kept."""
    if counted["kept"]:
        return ""
    return REMEDIES[max(STAGES, key=lambda stage: counted[stage])]


def text(found: dict[str, Any]) -> str:
    """The same for the terminal."""
    lines = [f"{found['documents']} documents, {found['passages']} passages; set {found['set']} in {found['folder']}", ""]
    left = found["counts"]["asked"]
    lines.append(f"{'asked':12} {left:5}")
    for stage, meaning in STAGES.items():
        dropped = found["counts"][stage]
        left -= dropped
        lines.append(f"{stage:12} {left:5} left   {f'{dropped} dropped' if dropped else 'none dropped':14} {meaning}")
        lines += [f"{'':27}{count} × {why}" for why, count in list(found["reasons"].get(stage, {}).items())[:LISTED]]
    lines.append(f"{'kept':12} {left:5}")
    if found["kinds"]:
        lines += ["", f"Kinds: {_shares(found['kinds'])}. Languages: {_shares(found['languages'])}."]
    return "\n".join([*lines, "", _spent(found), *_next(found)])


def _shares(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _spent(found: dict[str, Any]) -> str:
    if found["local"]:
        return "Nothing was sent anywhere: the model is on this machine."
    spent = found["spent"]
    tokens = spent.get("prompt_tokens", 0) + spent.get("completion_tokens", 0)
    money = f", {spent['money']:.4f} by the prices given" if found["priced"] and spent.get("money") is not None else ""
    return f"Spent in all: {spent.get('requests', 0)} requests, {tokens} tokens{money}."


def _next(found: dict[str, Any]) -> list[str]:
    lines = []
    if not found["possible"]:
        source = "The log allows" if found["source"] == "log" else "The documents allow"
        lines.append(f"{source} no more than {found['counts']['asked']} of the {found['wanted']} drafts asked for.")
    if found["counts"]["unanswered"]:
        lines.append("Repeat the command: it asks only for what is missing.")
    if not found["counts"]["kept"]:
        return lines
    need_ = found["need"]
    lines.append(
        f"To show a difference of {100 * need_['margin']:.0f} points with a chance of 80 %: about {need_['test']} test rows, so "
        f"{need_['accepted']} accepted questions, so about {need_['drafts']} drafts."
    )
    return [*lines, "Next: accept or reject them on the page Questions (`bakeoff app`), then "
                    f"`bakeoff export-drafts {found['set']} FOLDER`."]  # fmt: skip
