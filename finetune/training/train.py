"""Training rows and a dev split → an adapter. LoRA and its kin on `transformers.Trainer`; logits are computed at the labels alone.

Checkpoints are exact: a run that is killed anywhere and called again ends with the same weights, bit for bit, as an undisturbed
one on the same machine. This module never sees the test split.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.errors import SetupError
from finetune.peft_import import import_peft
from finetune.training.settings import Job, Step, TrainSettings

if TYPE_CHECKING:
    from finetune.pretrained import Weights
    from finetune.rows import Encoded
    from finetune.training.callbacks import Watch
    from finetune.training.trainer import LabelTrainer


@dataclass(frozen=True)
class Trained:
    """What a training came to; also in `trained.json`."""

    adapter: Path
    steps: int
    best_dev_loss: float | None
    seconds: float
    tokens: int
    """Tokens of the rows seen, prompts included, padding not."""
    trainable_parameters: int
    stopped_early: bool
    notes: list[str]


def train(job: Job, on_step: Callable[[Step], None] = lambda step: None, should_stop: Callable[[], bool] = lambda: False) -> Trained:
    """Train into `job.folder`'s `adapter`; called again after a kill it goes on from the last whole checkpoint.

    Called by every process of `accelerate launch` it is one training of all of them, with the same rows a step as one process takes.
    Raises SetupError where the settings cannot work here or no row fits, Stopped when `should_stop` says so.
    """
    from finetune.loading import load_chat
    from finetune.training import distributed

    done, longest = job.folder / "trained.json", job.settings.max_length
    if done.exists():
        return stored(job.folder)
    chat = load_chat(job.weights, job.settings.chat)
    rows, held_out = (chat.encode_all(some, longest) for some in (job.pairs, job.dev))
    if not rows.rows:
        raise SetupError(f"all {len(job.pairs)} training rows are longer than {longest} tokens; raise model.max_context")
    notes = [f"{len(rows.too_long)} training rows are longer than {longest} tokens and were left out"] if rows.too_long else []
    fitted = _fit(job, rows.rows, held_out.rows, on_step, should_stop)
    trained = replace(fitted, notes=[*job.told, *notes, *fitted.notes])
    if distributed.is_main():
        _write_json(done, {**asdict(trained), "adapter": "adapter"})
    distributed.wait()
    return stored(job.folder)


def stored(folder: Path) -> Trained:
    """What a finished training wrote into its folder."""
    written = json.loads((folder / "trained.json").read_text(encoding="utf-8"))
    return Trained(**{**written, "adapter": folder / "adapter"})


def _fit(job: Job, rows: list[Encoded], dev: list[Encoded], on_step: Callable[[Step], None], should_stop: Callable[[], bool]) -> Trained:
    import_peft()  # before the library's trainer and callbacks, which import it too
    from finetune.engine.door import prepare
    from finetune.training import distributed
    from finetune.training.adapters import recompute, wrap
    from finetune.training.callbacks import Watch, last_checkpoint
    from finetune.training.memory import Memory
    from finetune.training.trainer import build

    weights, settings, folder = job.weights, job.settings, job.folder
    model = wrap(weights, settings)
    engine = prepare(model, settings.engine)
    watch = Watch(folder, settings, on_step, should_stop, Memory(recompute=partial(recompute, model) if not engine.replaced else None))
    trainer = build(model, engine, rows, dev, settings, folder, watch)
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    watch.raise_if_stopped()
    notes = [*engine.notes, *watch.memory.notes, *_keep(trainer, watch, weights, settings, folder)] if distributed.is_main() else []
    trained = Trained(
        adapter=folder / "adapter",
        steps=int(trainer.state.global_step),
        best_dev_loss=watch.best_loss(trainer.state),
        seconds=round(watch.seconds, 3),
        tokens=int(trainer.state.num_input_tokens_seen),
        trainable_parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        stopped_early=watch.stopped_early,
        notes=notes,
    )
    if distributed.is_main():
        watch.remove_checkpoints()
    return trained


def _keep(trainer: LabelTrainer, watch: Watch, weights: Weights, settings: TrainSettings, folder: Path) -> list[str]:
    """Put the adapter that counts in its place; what is to be told of it."""
    from finetune.training.adapters import save, wrap

    kept, best = "that of the best dev loss", folder / "best"
    if watch.trouble and not best.exists():
        good = watch.good_checkpoint(trainer.state)
        kept = f"that of {good.name}" if good else "the untrained one: no earlier one is known to be good"
        if good:
            trainer.load(good)
        save(trainer.model if good else wrap(weights, settings), best)
    elif not best.exists():
        save(trainer.model, best)
    _replace(best, folder / "adapter")
    return [f"{watch.trouble}; training ended there, and the last good adapter was kept, {kept}"] if watch.trouble else []


def _write_json(path: Path, value: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=1, default=str), encoding="utf-8")
    os.replace(part, path)


def _replace(source: Path, target: Path) -> None:
    import shutil

    if target.exists():
        shutil.rmtree(target)
    source.rename(target)
