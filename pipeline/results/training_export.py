"""The pairs that an arm's training learnt from, as files for other trainers. Training and dev rows alone; the test rows are not in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import yaml

from pipeline.arms import TRAININGS, Arm, table
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, load
from pipeline.files import write_bytes
from pipeline.run_folder.progress import Progress
from pipeline.run_folder.store import RunFolder
from pipeline.stages.base import Context
from pipeline.stages.training_pairs import chats, pairs_of, said, turns

README = """# Training pairs of {run}, as the arm {arm} learns from them

{train} training and {dev} dev pairs; the test rows are not among them. Only the last turn, the assistant's, is to be learnt.

| file | for |
|---|---|
| `train.jsonl`, `dev.jsonl`: `{{"messages": […]}}` | Axolotl, LLaMA-Factory, Unsloth, and hosted fine-tuning (OpenAI and those like it) |
| `*.prompt_completion.jsonl`: `{{"prompt": […], "completion": […]}}` | TRL's SFTTrainer, which masks the prompt; Unsloth uses it |
| `dataset_info.json` | LLaMA-Factory: `--dataset_dir` this folder, `--dataset bakeoff_train`, `--eval_dataset bakeoff_dev` |
| `axolotl.yaml` | the keys `datasets` and `test_datasets` of an Axolotl configuration |

```python
from datasets import load_dataset                       # TRL and Unsloth
rows = load_dataset("json", data_files={{"train": "train.prompt_completion.jsonl", "dev": "dev.prompt_completion.jsonl"}})
SFTTrainer(model, train_dataset=rows["train"], eval_dataset=rows["dev"], args=SFTConfig(completion_only_loss=True))
```

Train the base model of the comparison (`{model}`) with its own chat template, and serve it behind an
OpenAI-compatible address: as an endpoint of the same experiment it is asked the same test rows.
"""


def export_training(run: RunFolder, arm: str, target: Path) -> Path:
    """The folder written; a UserError for an arm without training, a run without its data, or a folder that exists."""
    experiment = load(run.path / "experiment.yaml")
    trained = {name: known for name, known in table(experiment).items() if known.adapter or known.hosted}
    if arm not in trained:
        raise UserError(f"{arm!r} is no fine-tuned arm (these are: {', '.join(sorted(trained))}).", where="--arm")
    training = TRAININGS[str(trained[arm].adapter or trained[arm].hosted)]
    if not (run.path / ("retrieved/train.jsonl" if training.retrieved else "data/train.jsonl")).exists():
        raise UserError(f"{run.id} has no training rows for {arm} yet.", remedy=f"Finish it with `bakeoff resume {run.id}`.")
    if target.exists():
        raise UserError("this folder is there already.", where=str(target), remedy="Name one that is not.")
    context = Context(run, experiment, Progress(run))
    seed = (context.experiment.finetune.seeds or [0])[0]
    rows = {"train": context.taught(training.name), "dev": context.dev}
    sides = {side: pairs_of(context, training, seed, some) for side, some in rows.items()}
    for side, pairs in sides.items():
        write_bytes(target / f"{side}.jsonl", chats(pairs))
        _write(target / f"{side}.prompt_completion.jsonl", ({"prompt": turns(pair), "completion": [said(pair)]} for pair in pairs))
    info = {f"bakeoff_{side}": _llama_factory(side) for side in sides}
    write_bytes(target / "dataset_info.json", orjson.dumps(info, option=orjson.OPT_INDENT_2))
    write_bytes(target / "axolotl.yaml", yaml.safe_dump(_axolotl(), sort_keys=False).encode())
    model = _base_model(experiment, trained[arm])
    told = README.format(run=run.id, arm=arm, train=len(sides["train"]), dev=len(sides["dev"]), model=model)
    write_bytes(target / "README.md", told.encode())
    return target


def _base_model(experiment: Experiment, arm: Arm) -> str:
    return next((one.model for one in experiment.endpoints if one.name == arm.endpoint), experiment.model.name)


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    write_bytes(path, b"".join(orjson.dumps(row) + b"\n" for row in rows))


def _llama_factory(side: str) -> dict[str, Any]:
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
    return {"file_name": f"{side}.jsonl", "formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": tags}


def _axolotl() -> dict[str, Any]:
    form = {"ds_type": "json", "split": "train", "type": "chat_template", "field_messages": "messages", "train_on_eos": "turn"}
    roles = {"message_property_mappings": {"role": "role", "content": "content"}, "roles_to_train": ["assistant"]}
    return {name: [{"path": f"{side}.jsonl", **form, **roles}] for name, side in (("datasets", "train"), ("test_datasets", "dev"))}
