"""What is known of a model before anything is built on it, from its configuration and tokenizer alone; loads no weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finetune.checkpoint import config_of, quantised_by
from finetune.fits import answering, memory_of, shape_of, training
from finetune.loading import Dtype, device_of, dtype_of, load_chat

if TYPE_CHECKING:
    from finetune.chat import Chat
    from finetune.fits import Need
    from finetune.pretrained import Weights

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
    """`no`, `can be turned off`, `always`, or `perhaps` with why."""
    device: str
    computes: str
    """The precision on this device, unless another is asked for."""
    memory_gib: float
    fit: tuple[Fit, ...]
    notes: tuple[str, ...]
    """What to know before a run."""


def card_of(weights: Weights, device: str | None = None, dtype: Dtype = "auto") -> Card:
    """Of this model on this device; SetupError where its files are not whole."""
    config, chat, place = config_of(weights.path), load_chat(weights), device_of(device)
    text: dict[str, Any] = {**config, **(config.get("text_config") or {})}
    shape, way = shape_of(weights.path), quantised_by(weights.path)
    computes, template, system = dtype_of(weights, dtype, place), not chat.plain, not (chat.plain or chat.folds_system)
    window = next((int(text[key]) for key in WINDOWS if text.get(key) and text.get("use_sliding_window", True)), None)
    context = int(text.get("max_position_embeddings") or text.get("n_positions") or 0) or None
    there = memory_of(place)
    fit = _fits(shape, computes, there) if shape and not way else ()
    thinking = _thinking(chat)
    return Card(
        weights.name, weights.revision, weights.licence, str(config.get("model_type") or ""),
        ", ".join(config.get("architectures") or []), shape.parameters if shape else None,
        way or str(text.get("dtype") or text.get("torch_dtype") or "float32"), context,
        window if not context or (window or 0) < context else None,
        template, system, _ends(chat), thinking, place, computes, round(there / 2**30, 1), fit,
        _notes(weights, template, system, thinking, fit),
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


def _ends(chat: Chat) -> tuple[str, ...]:
    """What closes a turn, then what else ends an answer."""
    ids = [chat.end, *sorted(chat.stops - {chat.end})]
    return tuple(str(chat.tokenizer.convert_ids_to_tokens(one)) for one in ids)


def _thinking(chat: Chat) -> str:
    """Whether the template thinks, and whether it can be told not to."""
    if chat.thought is None:
        return "no"
    if chat.can_be_told:
        return "can be turned off"
    return "always" if chat.opened else "perhaps: its template knows thoughts"


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
