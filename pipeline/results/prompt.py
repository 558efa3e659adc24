"""What a candidate was asked on a test row, put together anew from what the run stored. Loads no model and no tokenizer."""

from __future__ import annotations

from dataclasses import asdict

from pipeline.arms import table
from pipeline.experiment.load import load
from pipeline.records import read_lines
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.prediction.prompting import Prompter
from pipeline.tasks.prompts import Messages, messages


def prompt_of(run: RunFolder, name: str, row: str) -> Messages | None:
    """The messages with the passages that were kept, before the model's chat template; None where this arm got no prompt from us."""
    context = Context(run, load(run.path / "experiment.yaml"), Progress(run))
    arm = table(context.experiment).get(name)
    asked = next((one for one in context.test if one.id == row), None)
    seed = next((seed for known, seed in run.predicted() if known == name), None)
    if arm is None or asked is None or seed is None or not arm.language_model or arm.system:
        return None
    prompter = Prompter(context)
    said = next((line for line in read_lines(run.predictions_path(name, seed)) if line["row"] == row), {})
    passages = [prompter.text(hit["passage"]) for hit in said.get("passages") or ()]
    shots = [shot for shot in prompter.shots if shot.id != row] if arm.shots else []
    made = messages(context.task, asked, passages, shots)
    return [one if isinstance(one, dict) else asdict(one) for one in made]
