"""What follows a training from step to step: reports, keeps the best adapter, ends it early or when it goes wrong, marks checkpoints."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from finetune.errors import Stopped
from finetune.training import distributed
from finetune.training.adapters import save
from finetune.training.divergence import last_good_step, trouble

if TYPE_CHECKING:
    from finetune.training.memory import Memory
    from finetune.training.settings import Step, TrainSettings

WHOLE = "whole"
"""A file that says that the checkpoint it stands in was written to its end."""
EARLIER = "earlier.json"
"""What a checkpoint does not hold and a resumed training must know: seconds so far, tokens at once, notes."""


class Watch(TrainerCallback):
    """Follows a training; with several processes the main one alone writes files and tells of steps."""

    def __init__(
        self,
        folder: Path,
        settings: TrainSettings,
        on_step: Callable[[Step], None],
        should_stop: Callable[[], bool],
        memory: Memory,
    ) -> None:
        self.folder, self.settings, self.memory = folder, settings, memory
        self.trouble = ""
        """What ended the training before its time; empty: nothing did."""
        self.stopped_early = self._stopped = False
        self._on_step, self._should_stop = on_step, should_stop
        self._last: Step | None = None
        self._began, self._tokens_before, self._earlier_s = time.monotonic(), 0, 0.0
        if (folder / EARLIER).exists():
            earlier = json.loads((folder / EARLIER).read_text(encoding="utf-8"))
            self._earlier_s, memory.tokens, notes = earlier["seconds"], earlier["tokens"], earlier["notes"]
            if earlier.get("recomputes"):
                memory.recompute()
            memory.notes = notes

    @property
    def seconds(self) -> float:
        """Of this training, those before an interruption with them."""
        return self._earlier_s + time.monotonic() - self._began

    def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        self._tokens_before = state.num_input_tokens_seen

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **rest: Any) -> None:
        """Pass a step on; loss that explodes or is no number ends the training."""
        logs = logs or {}
        if "loss" in logs:
            self._report(state, logs)
            self.trouble = trouble(_losses(state))
            if self.trouble:
                control.should_training_stop, control.should_save = True, False
        elif "eval_loss" in logs and self._last is not None:
            self._tell(type(self._last)(**{**self._last.__dict__, "dev_loss": float(logs["eval_loss"])}))

    def _report(self, state: Any, logs: dict[str, Any]) -> None:
        from finetune.training.settings import Step

        seconds, tokens = time.monotonic() - self._began, state.num_input_tokens_seen - self._tokens_before
        self._last = Step(
            state.global_step, state.max_steps, round(state.epoch or 0.0, 4), float(logs["loss"]),
            float(logs["learning_rate"]), round(tokens / max(seconds, 1e-9), 1),
        )  # fmt: skip
        self._tell(self._last)

    def _tell(self, step: Step) -> None:
        if distributed.is_main():
            self._on_step(step)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        if self.trouble:
            control.should_evaluate = False

    def on_evaluate(self, args: Any, state: Any, control: Any, model: Any = None, **rest: Any) -> None:
        """Keep the adapter where the dev loss is the lowest so far; stop where it has not fallen for `patience` passes."""
        losses = _dev_losses(state)
        if math.isfinite(losses[-1]) and losses[-1] <= min(losses):
            if distributed.is_main():
                save(model, self.folder / "best")
        elif self.settings.patience and len(losses) - 1 - losses.index(min(losses)) >= self.settings.patience:
            self.stopped_early = control.should_training_stop = True

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        if distributed.largest(int(self._should_stop()), args.device):
            self._stopped = control.should_save = control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Only the newest checkpoint is kept, and the newest that is known to be good."""
        distributed.wait()
        if not distributed.is_main():
            return
        (self.folder / f"checkpoint-{state.global_step}" / WHOLE).write_text("")
        so_far = {"seconds": self.seconds, "tokens": self.memory.tokens, "notes": self.memory.notes, "recomputes": self.memory.recomputes}
        (self.folder / EARLIER).write_text(json.dumps(so_far), encoding="utf-8")
        for checkpoint in checkpoints(self.folder):
            if checkpoint not in (checkpoints(self.folder)[-1], self.good_checkpoint(state)):
                shutil.rmtree(checkpoint)

    def good_checkpoint(self, state: Any) -> Path | None:
        """The newest whose weights are known to be in order; None where there is none."""
        known = [one for one in checkpoints(self.folder) if _step_of(one) <= last_good_step(_losses(state))]
        return known[-1] if known else None

    def raise_if_stopped(self) -> None:
        if self._stopped:
            raise Stopped

    def best_loss(self, state: Any) -> float | None:
        finite = [loss for loss in _dev_losses(state) if math.isfinite(loss)]
        return min(finite) if finite else None

    def remove_checkpoints(self) -> None:
        for checkpoint in checkpoints(self.folder):
            shutil.rmtree(checkpoint)
        (self.folder / EARLIER).unlink(missing_ok=True)


def _losses(state: Any) -> list[float]:
    return [float(entry["loss"]) for entry in state.log_history if "loss" in entry]


def _dev_losses(state: Any) -> list[float]:
    return [float(entry["eval_loss"]) for entry in state.log_history if "eval_loss" in entry]


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.rsplit("-", 1)[1])


def checkpoints(folder: Path) -> list[Path]:
    """By step, the newest last."""
    return sorted(folder.glob("checkpoint-*"), key=_step_of)


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint that was written to its end; the main process removes those that were not."""
    for checkpoint in reversed(checkpoints(folder)):
        if (checkpoint / WHOLE).exists():
            return str(checkpoint)
        if distributed.is_main():
            shutil.rmtree(checkpoint)
    return None
