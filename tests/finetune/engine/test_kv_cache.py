"""Keys and values that grow in place are those of the library's own cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import DynamicCache

from finetune.engine import kv_cache
from finetune.loading import load_model
from tests.finetune.tiny_model import make


def states(tokens: int, rows: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(rows, 2, tokens, 4), torch.randn(rows, 2, tokens, 4)


def same(one: Any, other: Any) -> bool:
    return all(torch.equal(a.keys, b.keys) and torch.equal(a.values, b.values) for a, b in zip(one.layers, other.layers, strict=True))


def test_what_is_appended_and_dropped_stays_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kv_cache, "ROOM", 2)
    torch.manual_seed(0)
    ours, theirs = kv_cache.growing(), DynamicCache()
    for tokens in (5, 1, 1, 1, 1, 3):
        new = states(tokens)
        for cache in (ours, theirs):
            got = cache.update(*new, 0)
        assert torch.equal(got[0], ours.layers[0].keys)
        assert same(ours, theirs)
    for cache in (ours, theirs):
        cache.batch_select_indices(torch.tensor([2, 0]))
    for _ in range(4):
        new = states(1, rows=2)
        for cache in (ours, theirs):
            cache.update(*new, 0)
        assert same(ours, theirs)
    assert ours.get_seq_length() == theirs.get_seq_length() == 16


def test_one_more_token_moves_nothing_while_there_is_room() -> None:
    cache = kv_cache.growing()
    cache.update(*states(7), 0)
    first = cache.layers[0].keys.data_ptr()
    for _ in range(kv_cache.ROOM):
        cache.update(*states(1), 0)
        assert cache.layers[0].keys.data_ptr() == first
    cache.update(*states(1), 0)
    assert cache.layers[0].keys.data_ptr() != first


def test_a_model_gives_the_same_logits(tmp_path: Path) -> None:
    model: Any = load_model(make(tmp_path))
    ids = torch.randint(10, 200, (2, 9))
    with torch.inference_mode():
        found = []
        for cache in (kv_cache.growing(), DynamicCache()):
            logits = [model(input_ids=ids[:, :6], past_key_values=cache, use_cache=True).logits[:, -1]]
            logits += [model(input_ids=ids[:, i : i + 1], past_key_values=cache, use_cache=True).logits[:, -1] for i in range(6, 9)]
            found.append(torch.stack(logits))
    torch.testing.assert_close(found[0], found[1], rtol=1e-6, atol=1e-6)
