"""Our decoder layers beside the library's: the same loss, gradients and tokens; and where they do not fit, the library's stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import DynamicCache
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from finetune.engine import llama, prefill
from finetune.engine.attention import attend
from finetune.engine.door import Mode, prepare
from finetune.engine.logits import logits_at
from finetune.engine.prefix_tree import Branch, parts_of
from finetune.loading import load_chat, load_model
from finetune.pretrained import Weights, locate
from finetune.rows import Encoded, Message, Pair
from finetune.training import adapters
from finetune.training.batches import collate
from finetune.training.gradient import step_gradient, summed_loss
from finetune.training.settings import TrainSettings
from tests.finetune.tiny_model import SETTINGS, make, pairs

STILL = replace(SETTINGS, dropout=0.0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return make(tmp_path_factory.mktemp("tiny"))


def adapted(weights: Weights, settings: TrainSettings, mode: Mode = "auto") -> Any:
    """With adapters that already do something."""
    model = adapters.wrap(weights, settings)
    prepare(model, mode)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05, generator=torch.Generator().manual_seed(len(name)))
    return model


def both(weights: Weights, settings: TrainSettings) -> tuple[Any, Any]:
    """The library's model and ours, alike."""
    library, ours = adapted(weights, settings, "library"), adapted(weights, settings)
    assert decoders(library) == {LlamaDecoderLayer}
    assert decoders(ours) == {llama.Layer}
    return library, ours


def decoders(model: Any) -> set[type]:
    """What the model's layers are."""
    return {type(module) for module in model.modules() if isinstance(module, LlamaDecoderLayer)}


def rows_of(weights: Weights, count: int = 7) -> list[Encoded]:
    return load_chat(weights).encode_all(pairs(count), 200).rows


def gradients(model: Any, rows: list[Encoded]) -> tuple[float, dict[str, torch.Tensor]]:
    """By the library's own way of gathering them."""
    model.zero_grad()
    loss = summed_loss(model, collate(rows, 4))
    loss.backward()  # type: ignore[no-untyped-call]
    return float(loss.detach()), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def apart(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> float:
    """The largest distance of two gradients of one parameter, as a share of the second's length."""
    return max(float((found[name] - expected[name]).norm() / expected[name].norm()) for name in expected)


@pytest.mark.parametrize(
    "changed",
    [{}, {"targets": ["q_proj", "v_proj"]}, {"targets": ["k_proj", "up_proj", "o_proj"]}, {"layers": 1}, {"method": "rslora"}],
    ids=["all", "q and v", "mixed", "last layer", "rslora"],
)
def test_loss_and_gradients_are_the_librarys(weights: Weights, changed: dict[str, Any]) -> None:
    rows = rows_of(weights)
    library, ours = both(weights, replace(STILL, **changed))
    (expected, theirs), (loss, found) = gradients(library, rows), gradients(ours, rows)
    assert loss / sum(row.learnt for row in rows) == pytest.approx(expected / sum(row.learnt for row in rows), abs=1e-5)
    assert found.keys() == theirs.keys() != set()
    assert apart(found, theirs) < 1e-4


def test_the_packaged_models_too() -> None:
    weights, texts = (
        locate("smollm2-135m-instruct"),
        ("What is the capital of France?", "Name a river that flows through Vienna and Budapest."),
    )
    asked = [Pair(text, (Message("system", "Answer briefly."), Message("user", text)), "I do not know.") for text in texts]
    rows = load_chat(weights).encode_all(asked, 200).rows
    library, ours = both(weights, replace(STILL, rank=16, alpha=32.0))
    (expected, theirs), (loss, found) = gradients(library, rows), gradients(ours, rows)
    assert loss == pytest.approx(expected, abs=1e-4)
    assert apart(found, theirs) < 1e-4


def test_rows_one_by_one_and_padded_have_one_loss_and_gradient(weights: Weights) -> None:
    model, rows = adapted(weights, STILL), rows_of(weights)
    count = sum(row.learnt for row in rows)
    (padded, together), (single, alone) = (step_gradient(model, [Branch(0, parts_of(rows, tokens))], 4, count) for tokens in (10_000, 1))
    assert float(padded) == pytest.approx(float(single), abs=1e-5)
    for a, b in zip(together, alone, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("new", "before"), [(6, 0), (6, 5), (500, 0), (500, 41)])
def test_attention_without_a_mask_is_causal(new: int, before: int) -> None:
    query, keys, values = (torch.randn(2, heads, tokens, 8) for heads, tokens in ((4, new), (2, new + before), (2, new + before)))
    mask = torch.ones(new, new + before, dtype=torch.bool).tril(before)[None, None].expand(2, 1, -1, -1)
    torch.testing.assert_close(attend(query, keys, values, None, 0.3), attend(query, keys, values, mask, 0.3))
    last = attend(query[:, :, -1:], keys, values, None, 0.3)
    torch.testing.assert_close(last, attend(query, keys, values, None, 0.3)[:, -1:])


def test_padding_on_the_left_is_masked_and_a_cache_goes_on(weights: Weights) -> None:
    model, plain = load_model(weights), load_model(weights)
    assert llama.rewrite(model)
    ids, mask = torch.randint(6, 200, (2, 9)), torch.tensor([[0, 0, 0, *[1] * 6], [1] * 9])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    with torch.inference_mode():
        one, other = DynamicCache(), DynamicCache()
        for cut in (slice(0, 7), slice(7, 8), slice(8, 9)):
            asked = {"input_ids": ids[:, cut], "position_ids": positions[:, cut], "attention_mask": mask[:, : cut.stop], "use_cache": True}
            found = model(**asked, past_key_values=one).logits[:, -1]
            torch.testing.assert_close(found, plain(**asked, past_key_values=other).logits[:, -1], rtol=1e-4, atol=1e-4)


def test_logits_of_a_few_tokens_are_those_of_all_and_the_cache_holds_every_token(weights: Weights) -> None:
    model, plain = load_model(weights), load_model(weights)
    assert llama.rewrite(model)
    ids, columns = torch.randint(6, 200, (3, 9)), torch.tensor([2, 5, 6])
    with torch.inference_mode():
        cache, other = DynamicCache(), DynamicCache()
        expected = plain(input_ids=ids, past_key_values=other, use_cache=True).logits[:, columns]
        found = logits_at(model, columns, input_ids=ids, past_key_values=cache, use_cache=True)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(logits_at(plain, columns, input_ids=ids), expected, rtol=1e-4, atol=1e-4)
    assert cache.get_seq_length() == other.get_seq_length() == 9
    for ours, theirs in zip(prefill.keys_and_values(cache), prefill.keys_and_values(other), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("beginning", [0, 6])
def test_prompts_read_in_parts_side_by_side_are_those_read_one_by_one(
    weights: Weights, monkeypatch: pytest.MonkeyPatch, beginning: int, alike: bool, lanes: int
) -> None:
    model, plain = load_model(weights), load_model(weights)
    assert llama.rewrite(model)
    monkeypatch.setattr(prefill, "PART_TOKENS", 24)
    monkeypatch.setattr(prefill, "MIN_TOKENS", 5)
    shared = torch.randint(6, 200, (beginning,)).tolist()
    prompts = [torch.randint(6, 200, (length,)).tolist() for length in (30, 17, 11, 9, 9, 4, 1)]
    if alike:  # two begin alike, and three others
        prompts[1][:12] = prompts[0][:12]
        prompts[2][:9], prompts[4][:8] = prompts[3], prompts[3][:8]
    with torch.inference_mode():
        cache = DynamicCache()
        if shared:
            plain(input_ids=torch.tensor([shared]), past_key_values=cache, use_cache=True)
        state = prefill.prefill(model, prompts, prefill.keys_and_values(cache), 4, lanes)
        alone = [plain(input_ids=torch.tensor([shared + ids])).logits[0, -1] for ids in prompts]
        torch.testing.assert_close(state.logits, torch.stack(alone), rtol=1e-4, atol=1e-4)
        assert state.read == sum(map(len, prompts)) - (12 + 2 * 8 if alike else 0)
        following = state.step(model, torch.arange(20, 20 + len(prompts)))
        alone = [plain(input_ids=torch.tensor([[*shared, *ids, 20 + row]])).logits[0, -1] for row, ids in enumerate(prompts)]
        torch.testing.assert_close(following, torch.stack(alone), rtol=1e-4, atol=1e-4)


def test_positions_that_change_with_the_length_keep_the_librarys_layers(weights: Weights) -> None:
    model = load_model(weights)
    model.config.rope_parameters = {**model.config.rope_parameters, "rope_type": "dynamic"}
    assert not llama.rewrite(model)


@pytest.mark.parametrize(
    "changed",
    [{"dropout": 0.1}, {"method": "dora"}, {"method": "full"}, {"dtype": "bfloat16"}],
    ids=["dropout", "dora", "all weights", "bfloat16"],
)
def test_what_does_not_fit_keeps_the_librarys_layers(weights: Weights, changed: dict[str, Any]) -> None:
    model = adapters.wrap(weights, replace(STILL, **changed))
    assert not llama.rewrite(model)
    assert decoders(model) == {LlamaDecoderLayer}


def test_a_saved_adapter_is_that_of_the_librarys_names(weights: Weights, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    library, ours = both(weights, STILL)
    for name, model in (("library", library), ("ours", ours)):
        adapters.save(model, tmp_path / name)
    expected, found = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("library", "ours"))
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)
