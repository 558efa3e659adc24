"""What is known of a model before anything is built on it, from its configuration and tokenizer alone; loads no weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finetune.checkpoint import config_of, quantised_by
from finetune.fits import answering, memory_of, shape_of, training
from finetune.loading import Dtype, device_of, dtype_of, load_tokenizer

if TYPE_CHECKING:
    from finetune.fits import Need
    from finetune.pretrained import Weights

ASKED, ANSWERED = "What is asked?", "What is answered."
WINDOWS = ("sliding_window", "attention_window_size", "local_attention_window", "attention_chunk_size")


@dataclass(frozen=True)
class Fit:
    """One use of the model on one device."""

    use: str
    gib: float
    """Estimated, for all of the process."""
    fits: bool


@dataclass(frozen=True)
class Card:
    """Values for a page or a file; empty or None where it is not known."""

    name: str
    revision: str
    licence: str
    family: str
    architecture: str
    parameters: int | None
    stored: str
    """The precision of its files, or how they were quantised."""
    context: int | None
    """Tokens of prompt and answer together."""
    window: int | None
    """Earlier tokens that some layers see no more."""
    template: bool
    system_role: bool
    ends: tuple[str, ...]
    """Tokens that end an answer, that of a turn first."""
    thinking: str
    """`no`, `can be turned off` or `always`."""
    device: str
    computes: str
    """The precision on this device, unless another is asked for."""
    memory_gib: float
    fit: tuple[Fit, ...]
    notes: tuple[str, ...]
    """What to know before a run."""


def card_of(weights: Weights, device: str | None = None, dtype: Dtype = "auto") -> Card:
    """Of this model on this device; SetupError where its files are not whole."""
    config, tokenizer, place = config_of(weights.path), load_tokenizer(weights), device_of(device)
    text: dict[str, Any] = {**config, **(config.get("text_config") or {})}
    template = str(getattr(tokenizer, "chat_template", None) or "")
    shape, way = shape_of(weights.path), quantised_by(weights.path)
    computes, system = dtype_of(weights, dtype, place), bool(template) and _takes_system(tokenizer)
    window = next((int(text[key]) for key in WINDOWS if text.get(key) and text.get("use_sliding_window", True)), None)
    context = int(text.get("max_position_embeddings") or text.get("n_positions") or 0) or None
    there = memory_of(place)
    fit = _fits(shape, computes, there) if shape and not way else ()
    thinking = _thinking(template)
    return Card(
        weights.name, weights.revision, weights.licence, str(config.get("model_type") or ""),
        ", ".join(config.get("architectures") or []), shape.parameters if shape else None,
        way or str(text.get("dtype") or text.get("torch_dtype") or "float32"), context,
        window if not context or (window or 0) < context else None,
        bool(template), system, _ends(weights, tokenizer, template), thinking, place, computes, round(there / 2**30, 1), fit,
        _notes(weights, bool(template), system, thinking, fit),
    )  # fmt: skip


def lines(card: Card) -> list[str]:
    """For a person, `What: value`."""
    size = f"{card.parameters / 1e6:,.0f} million parameters" if card.parameters else "of unknown size"
    window = f", some layers see the last {card.window}" if card.window else ""
    return [
        f"Model: {card.name} ({card.revision})",
        f"Family: {card.family} ({card.architecture}), {size}, stored in {card.stored}",
        f"Licence: {card.licence}",
        f"Context: {card.context or 'unknown'} tokens{window}",
        f"Template: {'its own' if card.template else 'none'}, {'with' if card.system_role else 'without'} a system role",
        f"Ends an answer: {' '.join(card.ends) or 'nothing'}",
        f"Thinks: {card.thinking}",
        f"On this device: {card.device}, {card.memory_gib} GiB, computes in {card.computes}",
        *(f"Memory for {one.use}: about {one.gib} GiB: {'fits' if one.fits else 'does not fit'}" for one in card.fit),
        *(f"Note: {note}" for note in card.notes),
    ]


def _takes_system(tokenizer: Any) -> bool:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ASKED}]
    try:
        return "Be brief." in str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    except Exception:  # a template raises whatever it likes
        return False


def _ends(weights: Weights, tokenizer: Any, template: str) -> tuple[str, ...]:
    """What closes a rendered turn, then what the model's own files name."""
    found: list[str] = []
    if template:
        turns = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}]
        try:
            behind = str(tokenizer.apply_chat_template(turns, tokenize=False)).rpartition(ANSWERED)[2]
            found += [tokenizer.convert_ids_to_tokens(i) for i in tokenizer(behind.strip(), add_special_tokens=False)["input_ids"][:1]]
        except Exception:
            found += []
    file = weights.path / "generation_config.json"
    named = json.loads(file.read_text("utf-8")).get("eos_token_id") if file.is_file() else None
    ids = named if isinstance(named, list) else [named] if named is not None else []
    found += [tokenizer.convert_ids_to_tokens(int(i)) for i in ids] + ([tokenizer.eos_token] if tokenizer.eos_token else [])
    return tuple(dict.fromkeys(str(one) for one in found if one))


def _thinking(template: str) -> str:
    if "enable_thinking" in template or "/no_think" in template:
        return "can be turned off"
    return "always" if "<think>" in template and "split('</think>')" not in template.replace('"', "'") else "no"


def _fits(shape: Any, dtype: str, there: float) -> tuple[Fit, ...]:
    uses: dict[str, Need] = {
        f"answering in {dtype}": answering(shape, dtype), f"LoRA in {dtype}": training(shape, dtype),
        "answering in nf4": answering(shape, dtype, "nf4"), "QLoRA (nf4)": training(shape, dtype, "nf4"),
    }  # fmt: skip
    return tuple(Fit(use, round(need.total / 2**30, 1), need.total <= there) for use, need in uses.items())


def _notes(weights: Weights, template: bool, system: bool, thinking: str, fit: tuple[Fit, ...]) -> tuple[str, ...]:
    told = {
        "its licence is not known here: read it before you use or pass on what is trained": weights.licence == "unknown",
        "it has no chat template: it was not tuned to answer, and is asked in plain words": not template,
        "its template has no system role": template and not system,
        "it thinks before it answers": thinking == "always",
        "it does not fit this device": bool(fit) and not any(one.fits for one in fit),
    }
    return tuple(note for note, true in told.items() if true)
