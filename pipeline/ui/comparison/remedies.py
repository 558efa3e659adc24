"""Messages of the import and the audit in the app's words: what a person reads here names a control of the page, never a key of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel

from pipeline.experiment.load import Experiment

TEST_ROWS, TRAIN_ROWS, LEFT_OUT = "Questions to test on, at most", "Rows to learn from, at most", "Unreadable rows to leave out, of 100"
SEVERAL, MASK = "Several answers in one cell", "Mask personal data"
UPLOAD = "Upload the training rows there and fine-tune it"
MARGIN, INSTRUCTIONS, TASK = "Smallest improvement worth acting on, of 100", "Instructions to the model", "Task"
COLUMNS = {
    "input": "Question or text", "references": "Right answer", "id": "Id", "group": "Group (stays on one side)",
    "gold_passages": "Gold documents", "split": "Split", "choices": "Choices of a row", "context": "Text that belongs to the input",
    "time": "Time", "slices": "Break results down by",
}  # fmt: skip
CONTROLS = {
    **{f"data.columns.{key}": label for key, label in COLUMNS.items()}, "data.split.test": TEST_ROWS, "data.split.train": TRAIN_ROWS,
    "data.bad_rows": LEFT_OUT, "data.separator": SEVERAL, "data.mask_personal_data": MASK, "decision.margin": MARGIN,
    "task.instructions": INSTRUCTIONS, "task.kind": TASK, "data.columns": "the lists above the first rows", "task.labels": INSTRUCTIONS,
}  # fmt: skip
PHRASES = {
    "or save it to a folder elsewhere and name that": "or upload its file",
    "`bakeoff run --upload-training-data`": f"a tick at “{UPLOAD}”", ", or leave endpoints[].finetune out": "",
    "Name it as data.encoding": "Save it as UTF-8", "Name the right one as data.encoding": "Save it as UTF-8",
    "Name it as data.": "Choose it as data.", "delete data.separator": f"untick “{SEVERAL}”",
    "Set data.mask_personal_data": f"Turn on “{MASK}”", "data.split.by: group": "a column chosen as “Group (stays on one side)”",
    " (sizes below 1 are shares, others are rows)": "", "`undecided`": "an open verdict",
}  # fmt: skip
"""Said otherwise, in this order, before keys are named."""


SHARES = re.compile(r"difference of about (0\.\d+), not the (0\.\d+) that matters")


ARM = re.compile(r"(?<=[ (])arm(s?)(?=[ ,:;)]|\.$|\. )")
"""What candidates are called in files."""


def _keys(model: type[BaseModel], at: str = "") -> Iterator[str]:
    """Every key of an experiment file below a section, joined by dots."""
    for name, field in model.model_fields.items():
        key = f"{at}{field.alias or name}"
        if at:
            yield key
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _keys(inner, f"{key}.")


KEYS = sorted(_keys(Experiment), key=len, reverse=True)
KEY = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, KEYS))})(?![\w-]|\.\w)")


def in_app_words(text: str) -> str:
    """The same message; keys go by their control's name, or where there is none, as a setting of an experiment file."""
    text = SHARES.sub(lambda found: f"difference of about {_of_100(found[1])} of 100, not the {_of_100(found[2])} that matter", text)
    for phrase, told in PHRASES.items():
        text = text.replace(phrase, told)
    text = ARM.sub(lambda found: f"candidate{found[1]}", text)
    return KEY.sub(lambda found: _control(found.group()), text)


def _of_100(share: str) -> str:
    return f"{100 * float(share):g}"


def _control(key: str) -> str:
    if key in CONTROLS:
        return CONTROLS[key] if CONTROLS[key].islower() else f"“{CONTROLS[key]}”"
    return f"“{key.rpartition('.')[2].replace('_', ' ')}” (only in an experiment file)"
