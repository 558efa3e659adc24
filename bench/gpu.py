"""One step of LoRA and of QLoRA, prefill and decoding: tokens a second, share of the matmul peak, memory; plain PEFT beside it.

Without a GPU it says so and ends well. `--cpu` measures the packaged model in float32, int8 and nf4 on the processor instead. Each line
is a process of its own, so that memory is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROWS, WRITTEN = 8, 32
LARGE = {
    "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 49152, "max_position_embeddings": 8192,
}  # fmt: skip
"""The shape of an 8B Llama, with the packaged model's vocabulary so that its tokenizer serves."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", action="store_true", help="the packaged model on the processor")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(**json.loads(given.one))))
        return
    import torch

    if not (given.cpu or torch.cuda.is_available()):
        print("bench-gpu: skipped, no CUDA device was found (bench/gpu.py --cpu measures the packaged model on the processor)")
        return
    device = "cpu" if given.cpu else "cuda"
    print(json.dumps({"device": torch.cuda.get_device_name() if device == "cuda" else "cpu", "torch": torch.__version__}))
    for size in ["packaged"] if given.cpu else ["packaged", "8B"]:
        for kind in ("none", "int8", "nf4"):
            for part in (trained, plain, answered):
                told = json.dumps({"part": part.__name__, "size": size, "kind": kind, "device": device})
                done = subprocess.run([sys.executable, __file__, "--one", told], capture_output=True, text=True, check=False)
                failed = f"{told} failed: {done.stderr.strip()[-300:]}"
                print(done.stdout.strip().splitlines()[-1] if done.returncode == 0 else failed, flush=True)


def measured(part: str, size: str, kind: Any, device: str) -> dict[str, Any]:
    """One part of the work, of one size in one number of bits."""
    from finetune.pretrained import locate

    base = locate("smollm2-135m-instruct")
    with tempfile.TemporaryDirectory() as folder:
        weights = replace(base if size == "packaged" else large(Path(folder), base), quantization=kind)
        found = {"trained": trained, "plain": plain, "answered": answered}[part](weights, device)
        return {"part": part, "size": size, "weights": kind, **found, "gib": memory_gib(device)}


def trained(weights: Any, device: str) -> dict[str, Any]:
    """A step of LoRA by our code; of the peak: four operations a weight and token, since the weights themselves get no gradient."""
    from finetune.engine.door import prepare
    from finetune.engine.prefix_tree import planned
    from finetune.fits import shape_of
    from finetune.training.adapters import wrap
    from finetune.training.gradient import step_gradient
    from finetune.training.memory import PART_TOKENS

    rows = encoded(256)
    tokens, count = sum(len(row.input_ids) for row in rows), sum(row.learnt for row in rows)
    model = wrap(weights, settings(device))
    engine = prepare(model, "auto")
    work = planned(rows, PART_TOKENS, engine.lanes, engine.shares)
    seconds = timed(device, lambda: step_gradient(model, work, 0, count))
    peak = matmul_peak(device, next(p.dtype for p in model.parameters() if p.is_floating_point()))
    shape = shape_of(weights.path)
    share = 4 * shape.linear * tokens / seconds / peak if shape else None
    return {"step_tokens_s": round(tokens / seconds), "peak_share": share and round(share, 3)}


def plain(weights: Any, device: str) -> dict[str, Any]:
    """The same step as PEFT and transformers do it: all rows at once, logits everywhere."""
    import torch

    from finetune.training.adapters import wrap

    rows, model = encoded(256), wrap(weights, settings(device))
    ids, labels = (torch.tensor([getattr(r, n) for r in rows], device=model.device) for n in ("input_ids", "labels"))
    learnt = [p for p in model.parameters() if p.requires_grad]

    def step() -> None:
        torch.autograd.grad(model(input_ids=ids, labels=labels, use_cache=False).loss, learnt, allow_unused=True)

    return {"step_tokens_s": round(ids.numel() / timed(device, step))}


def answered(weights: Any, device: str) -> dict[str, Any]:
    """A batch of prompts, read and answered."""
    from finetune.inference.generate import Generator, Prompt
    from finetune.rows import Message

    generator = Generator(weights, device=device)
    prompts = [Prompt(str(n), (Message("system", "Go on."), Message("user", f"{n} " + "word " * 180))) for n in range(ROWS)]
    (batch,) = generator.plan(prompts)[:1]
    one, many = timed(device, lambda: generator.run(batch, 1)), timed(device, lambda: generator.run(batch, WRITTEN))
    told = generator.run(batch, WRITTEN)
    read, written = sum(g.prompt_tokens for g in told), sum(g.completion_tokens for g in told) - len(told)
    return {"prefill_tokens_s": round(read / one), "decode_tokens_s": round(written / max(many - one, 1e-9))}


def settings(device: str) -> Any:
    from finetune.training.settings import TrainSettings

    return TrainSettings(
        method="lora", rank=16, alpha=32.0, dropout=0.0, targets="all-linear", learning_rate=2e-4, epochs=1, batch_size=ROWS,
        gradient_accumulation=1, checkpoint_steps=100, patience=0, seed=0, max_length=4096, device=device,
    )  # fmt: skip


def encoded(tokens: int) -> list[Any]:
    """Rows with nothing in common, of which the last 16 tokens are learnt."""
    from finetune.rows import Encoded

    def row(n: int) -> list[int]:
        return [(n * 131 + i * 17) % 40_000 for i in range(tokens)]

    return [Encoded(str(n), row(n), [-100] * (tokens - 16) + row(n)[-16:]) for n in range(ROWS)]


def large(folder: Path, base: Any) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from finetune.loading import load_tokenizer
    from finetune.pretrained import locate

    with torch.device("cuda"):
        model = LlamaForCausalLM(LlamaConfig(**LARGE)).to(torch.bfloat16)
    model.save_pretrained(str(folder))
    load_tokenizer(base).save_pretrained(str(folder))
    return locate(str(folder))


def timed(device: str, work: Callable[[], object]) -> float:
    """Seconds of the second call: the first warms up."""
    import torch

    for _ in range(2):
        began = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
    return time.perf_counter() - began


def matmul_peak(device: str, dtype: Any) -> float:
    """Floating-point operations a second, of one large product."""
    import torch

    side = 8192 if device == "cuda" else 1024
    a = torch.randn(side, side, device=device, dtype=dtype)
    return 2 * side**3 / timed(device, lambda: a @ a)


def memory_gib(device: str) -> float:
    """The most that was held so far: of the GPU, or of the process."""
    import torch

    if device == "cuda":
        return round(torch.cuda.max_memory_allocated() / 2**30, 2)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)


if __name__ == "__main__":
    main()
