"""Which candidate a finished run says to take. Decides nothing."""

from __future__ import annotations

from pipeline.errors import UserError
from pipeline.run_folder.store import RunFolder


def taken(run: RunFolder) -> str:
    """The winner, or what the run says to take today; a UserError where it names neither."""
    decision = run.read_json("decision.json")
    if decision is None:
        raise UserError(f"{run.id} has no verdict yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    arm = decision.get("arm") or (decision.get("today") or {}).get("arm")
    if arm is None:
        raise UserError(f"{run.id} says of no candidate to take it.", remedy="Choose one with --arm.")
    return str(arm)
