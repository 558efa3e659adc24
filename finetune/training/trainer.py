"""`transformers.Trainer` with a step of our own: a step's rows in parts, shared out among the processes, one loss. Knows no prompts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from transformers import PrinterCallback, Trainer, TrainingArguments

from finetune.errors import SetupError
from finetune.training import distributed
from finetune.training.batches import LengthOrder, StepRows
from finetune.training.gradient import dev_loss, step_gradient
from finetune.training.memory import Memory
from finetune.training.moves import Moves
from finetune.training.settings import steps_of

if TYPE_CHECKING:
    from finetune.engine.door import Engine
    from finetune.rows import Encoded
    from finetune.training.callbacks import Watch
    from finetune.training.settings import TrainSettings


SHARED_BY_ROWS = ("NO", "MULTI_CPU", "MULTI_GPU")
"""Ways of launching, by accelerate's names, in which every process holds the whole model."""


NO_GRADIENT = (
    "nothing would be learnt: the loss has no gradient by any of the {count} tensors that are trained. Leave out finetune.layers and "
    "finetune.targets; where that does not help, this model's code cannot be trained by this version of transformers and PEFT"
)


class Rows(Dataset["Encoded"]):
    """Encoded rows, by number."""

    def __init__(self, rows: list[Encoded]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Encoded:
        return self.rows[index]


class Steps(DataLoader["Encoded"]):
    """All rows of an optimizer step at a time, the same ones in every process."""

    def set_epoch(self, epoch: int) -> None:
        cast(StepRows, self.batch_sampler).set_epoch(epoch)


class LabelTrainer(Trainer):
    """Loss = mean cross-entropy over the labels of an optimizer step, in all processes; only the positions that need logits get them.

    Gradients are exchanged once, at the end of a step: DistributedDataParallel would do it amid a step that may have to begin anew.
    """

    def __init__(
        self, *, rows: list[Encoded], dev: list[Encoded], settings: TrainSettings, engine: Engine, memory: Memory, **arguments: Any
    ) -> None:
        super().__init__(train_dataset=Rows(rows), **arguments)
        self._rows, self._dev, self._settings, self._engine, self._memory, self._pad = rows, dev, settings, engine, memory, 0
        model: Any = self.model
        self._plain = model
        self._learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def get_train_dataloader(self) -> Steps:
        lengths, settings = [len(row.input_ids) for row in self._rows], self._settings
        order = LengthOrder(lengths, settings.batch_size, settings.seed)
        return Steps(Rows(self._rows), batch_sampler=StepRows(order, settings.batch_size * settings.gradient_accumulation), collate_fn=list)

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Tensor:
        """Gradient and loss of these rows; what this process does not take the others do."""
        rows: list[Encoded] = inputs
        self._plain.train()
        count, mine = sum(row.learnt for row in rows), _share(rows)
        engine = self._engine
        loss, gradients = self._memory.run(
            mine, lambda lanes: step_gradient(self._plain, lanes, self._pad, count), engine.shares, engine.lanes, engine.pads
        )
        if mine and all(gradient is None for gradient in gradients):
            raise SetupError(NO_GRADIENT.format(count=len(self._learnt)))
        for parameter, gradient in zip(self._learnt, gradients, strict=True):
            parameter.grad = gradient
        self._agree(loss)
        self.state.num_input_tokens_seen += sum(len(row.input_ids) for row in rows)
        return loss

    def _agree(self, loss: Tensor) -> None:
        """Loss and gradients become the sums over all distributed."""
        if distributed.world() == 1:
            return
        for parameter in self._learnt:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        distributed.add_up([loss, *(cast(Tensor, parameter.grad) for parameter in self._learnt)])
        self._memory.lower(-distributed.largest(-self._memory.tokens, self.args.device))

    def evaluate(self, *arguments: Any, **settings: Any) -> dict[str, float]:
        """Mean dev loss over all labels, every label weighing the same."""
        mine = _share(self._dev)
        engine = self._engine
        total = self._memory.run(mine, lambda lanes: dev_loss(self._plain, lanes, self._pad), engine.shares, engine.lanes, engine.pads)
        distributed.add_up([total])
        metrics = {"eval_loss": float(total) / sum(row.learnt for row in self._dev)}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def load(self, checkpoint: Path) -> None:
        """The weights of a checkpoint in place of those at hand."""
        self._load_from_checkpoint(str(checkpoint))


def _share(rows: Sequence[Encoded]) -> list[Encoded]:
    """This process's rows: every process gets some of each length."""
    return sorted(rows, key=lambda row: -len(row.input_ids))[distributed.rank() :: distributed.world()]


def warm_up(rows: int, settings: TrainSettings) -> float:
    """The share of steps over which the learning rate rises from 0; none for a single step, which would then change nothing."""
    return 0.05 if steps_of(rows, settings) > 1 else 0.0


def optimiser(model: Any) -> str:
    """Transformers' name of it: paged AdamW in 8 bits where the weights are quantised on a GPU (not verified here), else AdamW."""
    quantised = bool(getattr(model, "is_quantized", False) or getattr(getattr(model, "config", None), "quantization_config", None))
    return "paged_adamw_8bit" if quantised and next(model.parameters()).device.type == "cuda" else "adamw_torch"


def build(
    model: Any, engine: Engine, rows: list[Encoded], dev: list[Encoded], settings: TrainSettings, folder: Path, watch: Watch
) -> LabelTrainer:
    """A trainer for these rows; nothing of it writes outside `folder` or talks to anybody but the training's other distributed.

    Raises SetupError where a launcher asks for another way of sharing the work than by rows.
    """
    arguments = TrainingArguments(
        output_dir=str(folder), num_train_epochs=settings.epochs, per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate, lr_scheduler_type="linear", warmup_steps=warm_up(len(rows), settings),
        weight_decay=0.0, max_grad_norm=1.0,
        seed=settings.seed, data_seed=settings.seed, logging_steps=1, logging_nan_inf_filter=False,
        eval_strategy="epoch" if dev else "no", save_strategy="steps", save_steps=settings.checkpoint_steps, report_to=[],
        disable_tqdm=True, use_cpu=not torch.cuda.is_available() or settings.device == "cpu", remove_unused_columns=False,
        include_num_input_tokens_seen="no", dataloader_pin_memory=False, optim=optimiser(model),
    )  # fmt: skip
    trainer = LabelTrainer(
        rows=rows, dev=dev, settings=settings, engine=engine, memory=watch.memory, model=model, args=arguments,
        eval_dataset=Rows(dev) if dev else None, callbacks=[watch, Moves()],
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    if (way := str(trainer.accelerator.distributed_type.value)) not in SHARED_BY_ROWS:
        raise SetupError(f"a training on several devices shares its rows among them and nothing else; launched for {way}")
    if distributed.rank():
        torch.manual_seed(settings.seed + distributed.rank())  # each process drops out its own
    return trainer
