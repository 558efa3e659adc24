"""The engine's door: both modes compute the same; what is off is given back with a note; nothing else of the process moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import MistralConfig, MistralForCausalLM

from finetune.engine import linear_group, llama, onednn_linear
from finetune.engine.door import Engine, Mode, prepare, prepare_embedder
from finetune.engine.logits import logits_at
from finetune.engine.prefix_tree import planned
from finetune.inference.generate import Generation, Generator, Prompt
from finetune.loading import load_chat, load_model, load_tokenizer
from finetune.pretrained import Weights, locate, locate_embedder
from finetune.rows import Message
from finetune.training.adapters import wrap
from finetune.training.gradient import step_gradient
from tests.finetune.tiny_model import SETTINGS, make, pairs

STILL = replace(SETTINGS, dropout=0.0)
CHOICES = ("yes", "no", "yes please", "maybe")
PASSAGE = "a passage that some of them have in common, and long enough to be read once for all of these: "


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def with_onednn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onednn_linear, "gains", lambda: True)


def training(weights: Weights) -> Any:
    return wrap(weights, STILL)


def classes(model: Any) -> dict[str, type]:
    return {name: type(module) for name, module in model.named_modules()}


def step(weights: Weights, mode: Mode) -> tuple[Engine, float, list[Tensor]]:
    """Loss and gradient of a step of adapters that already do something."""
    model = wrap(weights, STILL)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1, generator=torch.Generator().manual_seed(len(name)))
    engine, rows = prepare(model, mode), load_chat(weights).encode_all(pairs(7), 200).rows
    loss, gradient = step_gradient(model, planned(rows, 80, engine.lanes, engine.shares), 4, sum(row.learnt for row in rows))
    return engine, float(loss), [one for one in gradient if one is not None]


def answers(weights: Weights, mode: Mode, choices: tuple[str, ...] = ()) -> dict[str, Generation]:
    generator = Generator(weights, engine=mode)
    said = [(PASSAGE if i % 2 else "") + "x y " * (i % 5) + str(i) for i in range(9)]
    asked = [Prompt(f"p{i}", (Message("system", "be brief"), Message("user", text)), choices) for i, text in enumerate(said)]
    return {done.id: done for batch in generator.plan(asked) for done in generator.run(batch, 12)}


def test_both_modes_have_one_loss_and_one_gradient(weights: Weights, with_onednn: None) -> None:
    (ours, loss, found), (library, plain, expected) = step(weights, "auto"), step(weights, "library")
    assert (len(ours.replaced), ours.shares, ours.notes) == (2, True, ())
    assert library == Engine()
    assert loss == pytest.approx(plain, abs=1e-5)
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


def test_both_modes_write_the_same_and_score_the_same(weights: Weights, with_onednn: None) -> None:
    written, plain = answers(weights, "auto"), answers(weights, "library")
    assert {name: done.text for name, done in written.items()} == {name: done.text for name, done in plain.items()}
    assert len({done.text for done in written.values()}) > 1
    scored, alone = answers(weights, "auto", CHOICES), answers(weights, "library", CHOICES)
    for name, done in scored.items():
        assert done.choices == pytest.approx(alone[name].choices, abs=1e-4)
        assert (done.text, done.prompt_tokens, done.completion_tokens) == (
            alone[name].text,
            alone[name].prompt_tokens,
            alone[name].completion_tokens,
        )


@pytest.mark.parametrize("load", [load_model, training], ids=["answering", "training"])
def test_the_library_mode_leaves_every_module_as_it_was(weights: Weights, with_onednn: None, load: Callable[[Weights], Any]) -> None:
    model = load(weights)
    before = classes(model)
    assert prepare(model, "library") == Engine()
    assert classes(model) == before
    assert model.config._attn_implementation == "sdpa"
    assert prepare(model, "auto").replaced
    assert classes(model) != before


def heavy(x: Tensor, weight: Tensor) -> Tensor:
    return onednn_linear.fastest(x, weight * 1.001)


def steep(gradient: Tensor, x: Tensor, inverse: Tensor, weight: Tensor) -> Tensor:
    return scaled_backward(gradient, x, inverse, weight) * 1.01


def unknown(*arguments: Any, **words: Any) -> Tensor:
    raise TypeError("no such argument")


scaled_backward = llama.scaled_backward


WRONG = [
    (linear_group, "fastest", heavy, "numbers are up to"),
    (onednn_linear, "product", lambda x, weight, bias: x @ weight.t() * 1.01, "numbers are up to"),
    (llama, "attend", unknown, "TypeError: no such argument"),
]


@pytest.mark.parametrize(
    ("load", "place", "name", "wrong", "told"),
    [
        *((load_model, *one) for one in WRONG),
        *((training, *one) for one in [*WRONG, (llama, "scaled_backward", steep, "gradient is off")]),
    ],
)
def test_what_is_wrong_is_given_back_with_a_note(
    weights: Weights, with_onednn: None, monkeypatch: pytest.MonkeyPatch,
    load: Callable[[Weights], Any], place: Any, name: str, wrong: Any, told: str,
) -> None:  # fmt: skip
    library, model = load(weights), load(weights)
    monkeypatch.setattr(place, name, wrong)
    engine = prepare(model, "auto")
    assert (engine.replaced, engine.lanes, engine.shares) == ((), 1, False)
    assert [told in note for note in engine.notes] == [True]
    assert classes(model) == classes(library)
    assert model.config._attn_implementation == "sdpa"
    for module, other in zip(model.modules(), library.modules(), strict=True):
        assert module.__dict__.keys() == other.__dict__.keys()
    storages = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    assert len(storages) == len(list(model.parameters()))
    ids = torch.arange(6, 60)[None]
    assert torch.equal(model.eval()(input_ids=ids).logits, library.eval()(input_ids=ids).logits)


@pytest.mark.parametrize(
    "load", [load_model, training, lambda weights: wrap(weights, SETTINGS)], ids=["answering", "training", "training with dropout"]
)
def test_the_check_moves_neither_weights_nor_modes_nor_random_numbers(weights: Weights, load: Callable[[Weights], Any]) -> None:
    model = load(weights)
    weights_before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    modes, numbers = [module.training for module in model.modules()], torch.get_rng_state()
    prepare(model, "auto")
    assert torch.equal(torch.get_rng_state(), numbers)
    assert [module.training for module in model.modules()] == modes
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, weights_before[name])
        assert parameter.grad is None


def test_a_column_too_many_is_an_error(weights: Weights) -> None:
    model, columns = load_model(weights), torch.tensor([2, 5])
    ids, plain = torch.arange(6, 15)[None], model.forward
    assert logits_at(model, columns, input_ids=ids).shape[1] == 2
    model.forward = lambda **inputs: plain(**{**inputs, "logits_to_keep": torch.tensor([2, 5, 6])})  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="logits after 3 tokens of a row where 2 were asked for"):
        logits_at(model, columns, input_ids=ids)


def test_a_model_that_forgets_early_tokens_shares_none_and_scores_as_choices_read_alone(weights: Weights, tmp_path: Path) -> None:
    load_tokenizer(weights).save_pretrained(str(tmp_path))
    torch.manual_seed(3)
    config = MistralConfig(
        vocab_size=262, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        sliding_window=8, eos_token_id=0, pad_token_id=4, bos_token_id=None, initializer_range=0.2,
    )  # fmt: skip
    MistralForCausalLM(config).save_pretrained(str(tmp_path))
    short_sighted = locate(str(tmp_path))
    generator = Generator(short_sighted)
    assert not generator.engine.shares
    prompt = Prompt("p", (Message("system", "be brief"), Message("user", PASSAGE)), CHOICES)
    ((batch,), ids) = generator.plan([prompt]), generator._ids["p"]
    (done,) = generator.run(batch, 1)
    model = load_model(short_sighted)
    for choice in CHOICES:
        tail = generator.chat.completion_ids(choice)
        with torch.inference_mode():
            logs = torch.log_softmax(model(torch.tensor([ids + tail])).logits[0], -1)
        alone = sum(float(logs[len(ids) - 1 + i, token]) for i, token in enumerate(tail)) / len(tail)
        assert done.choices is not None
        assert done.choices[choice] == pytest.approx(alone, abs=1e-4)


def test_an_embedder_is_taken_over_and_given_back(with_onednn: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(locate_embedder("all-minilm-l6-v2").path), device="cpu")
    before, texts = classes(model), ["a text", "another one, somewhat longer"]
    expected = model.encode(texts)
    assert prepare_embedder(model, "library") == Engine()
    assert classes(model) == before
    assert prepare_embedder(model, "auto") == Engine(replaced=("linear layers, by oneDNN",))
    assert classes(model) != before
    assert model.encode(texts) == pytest.approx(expected, abs=1e-5)
    onednn_linear.restore(model)
    monkeypatch.setattr(onednn_linear, "product", lambda x, weight, bias: torch.nn.functional.linear(x, weight * 1.01, bias))
    (note,) = prepare_embedder(model, "auto").notes
    assert "numbers are up to" in note
    assert classes(model) == before
