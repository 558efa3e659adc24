"""`bakeoff model`: what a model is, what fits, and whether we compute what the library does; a model that does not pass is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from finetune.card import card_of
from finetune.model_check import check
from finetune.pretrained import locate
from pipeline.cli.main import app
from tests.finetune.tiny_model import make


def family(name: str, folder: Path) -> Path:
    """A tiny random model of this family, with the tokenizer and template of the tiny one."""
    import transformers

    make(folder)
    torch.manual_seed(3)
    common = {"vocab_size": 262, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "eos_token_id": 0, "pad_token_id": 4}
    more: dict[str, dict[str, Any]] = {
        "Qwen2": {"num_key_value_heads": 2, "intermediate_size": 96},
        "Mistral": {"num_key_value_heads": 2, "intermediate_size": 96, "sliding_window": None},
        "Granite": {"num_key_value_heads": 2, "intermediate_size": 96}, "GPTNeoX": {"intermediate_size": 96},
        "Olmo2": {"num_key_value_heads": 2, "intermediate_size": 96},
    }  # fmt: skip
    library: Any = transformers
    config = getattr(library, f"{name}Config")(**common, **more[name], bos_token_id=None, max_position_embeddings=512)
    getattr(library, f"{name}ForCausalLM")(config).save_pretrained(str(folder), safe_serialization=True)
    return folder


@pytest.mark.parametrize("name", ["Qwen2", "Mistral", "Granite", "GPTNeoX", "Olmo2"])
def test_five_families_are_told_and_computed_as_the_library_does(name: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["model", str(family(name, tmp_path)), "--device", "cpu", "--json"])
    told = json.loads(done.stdout)
    assert told["family"] == {"GPTNeoX": "gpt_neox"}.get(name, name.lower())
    assert [one["name"] for one in told["checks"]] == ["answers", "labels", "training"]
    assert [one for one in told["checks"] if not one["passed"]] == []
    assert done.exit_code == 0
    assert (told["context"], told["template"], told["system_role"], told["ends"][0]) == (512, True, True, "<|end|>")


def templated(folder: Path, change: Callable[[str], str]) -> Path:
    make(folder)
    file = folder / "chat_template.jinja"
    file.write_text(change(file.read_text()))
    return folder


def test_what_a_template_cannot_do_is_told(tmp_path: Path) -> None:
    refusing = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    assert not card_of(locate(str(templated(tmp_path / "a", lambda text: refusing + text)))).system_role
    thinks = card_of(
        locate(str(templated(tmp_path / "b", lambda text: text + "{% if enable_thinking %}<think>{% else %}<think></think>{% endif %}")))
    )
    assert thinks.thinking == "can be turned off"
    make(tmp_path / "c")
    (tmp_path / "c" / "chat_template.jinja").unlink()
    bare = card_of(locate(str(tmp_path / "c")))
    assert (bare.template, bare.system_role, bare.ends) == (False, False, ("<|end|>",))
    assert any("no chat template" in note for note in bare.notes)


def test_a_model_whose_adapter_would_not_learn_does_not_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from finetune import model_check

    real = model_check.wrap

    def reentrant(*arguments: Any) -> Any:
        model = real(*arguments)
        model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": True})
        return model

    monkeypatch.setattr(model_check, "wrap", reentrant)
    make(tmp_path)
    found = {one.name: one for one in check(locate(str(tmp_path)), "cpu")}
    assert not found["training"].passed
    assert found["answers"].passed


def test_a_model_that_is_not_there_is_one_message() -> None:
    from pipeline.errors import UserError

    done = CliRunner().invoke(app, ["model", "nothing/like this"])
    assert isinstance(done.exception, UserError)
    assert "there is no model" in str(done.exception)
