"""What a limit of time cost the run, in words, from what its stage stored."""

from __future__ import annotations

from typing import Any

from eval.numerals import duration, listed
from pipeline.experiment.load import Experiment
from pipeline.run_folder.store import RunFolder
from pipeline.stages.limit.cut import MEASURED


def caveats(run: RunFolder, experiment: Experiment) -> list[str]:
    """What was cut, and what all of it would take; nothing where nothing was."""
    told = run.read_json(MEASURED) or {}
    if not told or not (lost := parts(told["whole"], told["size"])):
        return []
    took, minutes = told["seconds"], experiment.run.minutes or 0.0
    if not took:
        return [f"By run.training_rows every arm had less than there is: {lost}. With all of it another arm may be ahead."]
    all_, kept = took["all"] + took["measuring"], took["kept"] + took["measuring"]
    late = "" if kept <= 60 * minutes else f" Even so about {duration(kept)} were expected: nothing more may be cut."
    return [
        f"To keep {minutes:g} minutes (run.minutes) every arm had less than there is: {lost}. With all of it another arm may be ahead; "
        f"that would take about {duration(all_)} on this machine (run.minutes: 0).{late}"
    ]


def notes(run: RunFolder, experiment: Experiment) -> list[str]:
    """What was expected beforehand, and how to have the same cut on any machine."""
    told = run.read_json(MEASURED) or {}
    took = told.get("seconds")
    if not took:
        return []
    said = f"Before anything was trained the run was expected to take about {duration(took['kept'] + took['measuring'])}"
    if not parts(told["whole"], told["size"]):
        return [f"{said}; nothing was cut to keep run.minutes {experiment.run.minutes:g}."]
    size = told["size"]
    pinned = f"run.training_rows: {size['rows']}, retrieval.k: {size['k']}, finetune.epochs: {size['epochs']:g} and run.minutes: 0"
    return [f"{said}. A cut by measured time may differ on another machine; {pinned} repeat it anywhere."]


def parts(whole: dict[str, Any], size: dict[str, Any]) -> str:
    """What a size lacks of the whole, in words; empty where nothing."""
    words = {"rows": "training rows", "k": "passages in a prompt", "epochs": "epochs"}
    lost = [f"{size[key]:g} of {whole[key]:g} {name}" for key, name in words.items() if size[key] != whole[key]]
    return listed(lost) if lost else ""
