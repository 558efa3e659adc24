"""Weights in four or eight bits: trained, answered and measured in the same ones, on a CPU too."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finetune.errors import SetupError
from finetune.export import export
from finetune.inference.generate import Generator, Prompt
from finetune.loading import is_quantised, load_model
from finetune.pretrained import Quantization, Weights, locate
from finetune.rows import Message, Pair
from finetune.training.adapters import wrap
from finetune.training.settings import Job, Step
from finetune.training.train import Trained, train
from tests.finetune.tiny_model import SETTINGS, make, pairs

ROOT = Path(__file__).parents[2]
IDS = torch.tensor([[1, 9, 30, 12, 3, 44, 101, 7]])
STILL = replace(SETTINGS, dropout=0.0, epochs=6)
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module", params=["nf4", "int8"])
def weights(plain: Weights, request: pytest.FixtureRequest) -> Weights:
    return replace(plain, quantization=request.param)


@pytest.fixture(scope="module")
def trained(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, list[Step]]:
    steps: list[Step] = []
    return train(Job(weights, pairs(24), [], STILL, tmp_path_factory.mktemp("trained")), steps.append), steps


@torch.no_grad()
def logits(weights: Weights, adapter: Path | None = None) -> torch.Tensor:
    return load_model(weights, adapter=adapter)(input_ids=IDS).logits


def test_linear_layers_hold_few_bits_and_compute_nearly_what_they_did(plain: Weights, weights: Weights) -> None:
    model = load_model(weights)
    types = {parameter.dtype for name, parameter in model.named_parameters() if "proj" in name}
    assert types == {torch.uint8 if weights.quantization == "nf4" else torch.int8}
    assert is_quantised(weights)
    assert not is_quantised(plain)
    layer, exact = model.model.layers[1].mlp.down_proj, load_model(plain).model.layers[1].mlp.down_proj
    inputs = torch.randn(32, exact.in_features, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        apart = float((layer(inputs) - exact(inputs)).norm() / exact(inputs).norm())
    assert (0.02 if weights.quantization == "nf4" else 1e-3) < apart < (0.12 if weights.quantization == "nf4" else 0.02)


def test_the_loss_falls_and_the_adapter_moves(trained: tuple[Trained, list[Step]], weights: Weights) -> None:
    done, steps = trained
    assert steps[-1].loss < 0.5 * steps[0].loss
    assert float((logits(weights, done.adapter) - logits(weights)).abs().max()) > 0.05


def test_training_and_answering_compute_the_same(trained: tuple[Trained, list[Step]], weights: Weights, tmp_path: Path) -> None:
    answering = load_model(weights, adapter=trained[0].adapter)
    training = wrap(weights, STILL)
    from safetensors.torch import load_file

    stored = load_file(trained[0].adapter / "adapter_model.safetensors")
    told = training.load_state_dict({name.replace(".weight", ".default.weight"): one for name, one in stored.items()}, strict=False)
    assert not told.unexpected_keys
    with torch.no_grad():
        learnt = training.train()(input_ids=IDS).logits
        assert torch.equal(answering.eval()(input_ids=IDS).logits, learnt)
        assert torch.equal(answering(input_ids=torch.cat([IDS, IDS.flip(1)])).logits[:1], learnt)


def test_the_generator_answers_as_those_weights_do(trained: tuple[Trained, list[Step]], weights: Weights) -> None:
    generator = Generator(weights, trained[0].adapter)
    prompts = [Prompt(str(n), (Message("system", "s"), Message("user", "word " * n))) for n in (1, 2, 5)]
    told = {g.id: g.text for batch in generator.plan(prompts) for g in generator.run(batch, 8)}
    model = load_model(weights, adapter=trained[0].adapter)
    for prompt in prompts:
        ids = torch.tensor([generator._ids[prompt.id]])
        written = model.generate(ids, max_new_tokens=8, do_sample=False, eos_token_id=0, pad_token_id=4)[0, ids.shape[1] :]
        assert told[prompt.id] == generator.chat.tokenizer.decode(written, skip_special_tokens=True).strip()


def test_an_export_holds_the_adapter_and_no_merged_file(trained: tuple[Trained, list[Step]], weights: Weights, tmp_path: Path) -> None:
    made = export(weights, trained[0].adapter, tmp_path / "out")
    assert made.merged is None
    assert sorted(path.name for path in made.folder.iterdir()) == ["README.md", "adapter"]
    guide = made.guide.read_text()
    assert "no merged weights" in guide
    assert ("load_in_4bit" if weights.quantization == "nf4" else "load_in_8bit") in guide


def test_all_weights_cannot_be_trained_in_few_bits(weights: Weights, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="full cannot train"):
        train(Job(weights, pairs(4), [], replace(STILL, method="full"), tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nf4", "int8"])
def test_the_packaged_model_learns_and_answers_in_few_bits(kind: Quantization, tmp_path: Path) -> None:
    weights = replace(locate("smollm2-135m-instruct"), quantization=kind)
    rows = [
        Pair(str(n), (Message("system", "Answer."), Message("user", f"What is the code of box {n}?")), f"code {n * 7 % 10}{n % 10}")
        for n in range(16)
    ]
    steps: list[Step] = []
    settings = replace(STILL, rank=8, alpha=16.0, learning_rate=1e-3, epochs=4, max_length=512)
    done = train(Job(weights, rows, [], settings, tmp_path), steps.append)
    assert steps[-1].loss < 0.6 * steps[0].loss
    answers = {
        g.id: g.text
        for generator in [Generator(weights, done.adapter)]
        for batch in generator.plan([Prompt(row.id, row.prompt) for row in rows])
        for g in generator.run(batch, 12)
    }
    assert all(text.startswith("code ") for text in answers.values())


TRAINS = """
import sys, logging
from pathlib import Path
from finetune.training.settings import Job
from finetune.training.train import train
from tests.finetune.tiny_model import SETTINGS, make, pairs
folder = Path(sys.argv[1])
train(Job(make(folder), pairs(2), [], SETTINGS, folder / "trained"))
import kernels
print("fine")
"""
"""A training as a run does it: PEFT is imported by the library's trainer too."""


@pytest.mark.slow
def test_nothing_is_fetched_where_the_package_kernels_is_installed(tmp_path: Path) -> None:
    (tmp_path / "kernels.py").write_text("def get_kernel(*name, **rest):\n    raise SystemExit('fetched from the hub')\n")
    told = subprocess.run(
        [sys.executable, "-c", TRAINS, str(tmp_path / "model")],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.stdout == "fine\n", told.stderr
    assert "kernels" not in told.stderr
