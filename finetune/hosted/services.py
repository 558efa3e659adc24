"""How the fine-tuning APIs of services differ: paths, what a job is asked for, and how its replies are read. Asks nothing.

By the services' documentation as read in November 2026; none of them was asked. Every difference stands in this file, and its table in
docs/hosted.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from finetune.inference import safe_http

Ended = Literal["", "done", "failed", "cancelled"]
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,200}")


@dataclass(frozen=True)
class Order:
    """One training as it is asked for."""

    model: str
    train: str
    """The id of the uploaded file."""
    dev: str | None
    epochs: int
    suffix: str
    seed: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of the request."""


@dataclass(frozen=True)
class Seen:
    """A job as the service told it."""

    id: str
    status: str
    """In the service's own word."""
    ended: Ended
    files: tuple[str, ...]
    """Ids of its training files."""
    model: str | None
    """What to ask once it is done."""
    tokens: int | None
    """That were trained on, over all epochs."""
    seconds: float | None
    error: str


@dataclass(frozen=True)
class Service:
    """One kind of API."""

    host: str
    """What its addresses end in."""
    body: Callable[[Order], dict[str, Any]]
    jobs: str = "/fine_tuning/jobs"
    listed: str = "data"
    """Where a list of jobs holds them."""
    id: str = "id"
    status: str = "status"
    done: tuple[str, ...] = ("succeeded",)
    failed: tuple[str, ...] = ("failed",)
    cancelled: tuple[str, ...] = ("cancelled",)
    model: tuple[str, ...] = ("fine_tuned_model",)
    tokens: str = "trained_tokens"
    file: str = "training_file"
    datasets: bool = False
    """Whether files are datasets with ids of our own, and a job is ended by deleting it."""


def _openai(order: Order) -> dict[str, Any]:
    how = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": order.epochs}}}
    return {**_files(order), "model": order.model, "suffix": order.suffix, "seed": order.seed, "method": how}


def _together(order: Order) -> dict[str, Any]:
    watched = {"n_evals": order.epochs} if order.dev else {}
    how = {"n_epochs": order.epochs, "training_type": {"type": "Lora", "lora_r": 16, "lora_alpha": 32}, **watched}
    return {**_files(order), "model": order.model, "suffix": order.suffix, **how}


def _mistral(order: Order) -> dict[str, Any]:
    files: dict[str, Any] = {"training_files": [{"file_id": order.train, "weight": 1}]}
    files |= {"validation_files": [order.dev]} if order.dev else {}
    return {**files, "model": order.model, "suffix": order.suffix, "hyperparameters": {"epochs": order.epochs}, "auto_start": True}


def _fireworks(order: Order) -> dict[str, Any]:
    watched = {"evaluationDataset": order.dev} if order.dev else {}
    account = order.train.partition("/datasets/")[0]
    made = f"{account}/models/{order.suffix}"
    return {"dataset": order.train, "baseModel": order.model, "outputModel": made, "epochs": order.epochs, **watched}


def _files(order: Order) -> dict[str, Any]:
    return {"training_file": order.train, **({"validation_file": order.dev} if order.dev else {})}


SERVICES: dict[str, Service] = {
    "openai": Service("openai.com", _openai),
    "together": Service(
        "together.xyz", _together, jobs="/fine-tunes", done=("completed",), failed=("error", "user_error"),
        model=("model_output_name", "output_name"), tokens="token_count",
    ),
    "mistral": Service(
        "mistral.ai", _mistral, done=("SUCCESS",), failed=("FAILED", "FAILED_VALIDATION"), cancelled=("CANCELLED",), file="training_files",
    ),
    "fireworks": Service(
        "fireworks.ai", _fireworks, jobs="/supervisedFineTuningJobs", listed="supervisedFineTuningJobs", id="name", status="state",
        done=("JOB_STATE_COMPLETED",), failed=("JOB_STATE_FAILED", "JOB_STATE_EXPIRED"),
        cancelled=("JOB_STATE_CANCELLED", "JOB_STATE_DELETING"), model=("outputModel",), file="dataset", datasets=True,
    ),
}  # fmt: skip


def service_of(base_url: str, named: str | None = None) -> Service:
    """The one that is named, else by the address; an address that nobody knows speaks OpenAI's."""
    host = urlsplit(base_url).hostname or ""
    by_host = next((name for name, one in SERVICES.items() if host == one.host or host.endswith(f".{one.host}")), "openai")
    return SERVICES[named or by_host]


def seen(service: Service, reply: Any) -> Seen | None:
    """What a reply tells of a job; None where it tells of none that could be asked for again."""
    if not isinstance(reply, dict) or (name := safe_id(reply.get(service.id))) is None:
        return None
    status, files = str(reply.get(service.status, ""))[:60], reply.get(service.file)
    listed = files if isinstance(files, list) else [files]
    ids = [one.get("file_id") if isinstance(one, dict) else one for one in listed]
    model = next((value for key in service.model if isinstance(value := reply.get(key), str) and value), None)
    return Seen(
        name, status, _ended(service, status), tuple(one for one in ids if isinstance(one, str)),
        model if model and model.isprintable() else None,
        safe_http.count(reply.get(service.tokens)), _seconds(reply), _error(reply),
    )  # fmt: skip


def safe_id(value: Any) -> str | None:
    """An id that may stand in an address; None for anything else."""
    return value if isinstance(value, str) and ID.fullmatch(value) and ".." not in value else None


def _ended(service: Service, status: str) -> Ended:
    known: dict[Ended, tuple[str, ...]] = {"done": service.done, "failed": service.failed, "cancelled": service.cancelled}
    return next((ended for ended, words in known.items() if status in words), "")


def _seconds(reply: dict[str, Any]) -> float | None:
    began, finished = (reply.get(key) for key in ("created_at", "finished_at"))
    both = isinstance(began, int | float) and isinstance(finished, int | float)
    return float(finished - began) if both and 0 <= finished - began < 1e7 else None  # type: ignore[operator]


def _error(reply: dict[str, Any]) -> str:
    told = reply.get("error") or reply.get("message") or ""
    if not told and isinstance(reply.get("status"), dict):
        told = reply["status"]
    return " ".join(str(told.get("message", "") if isinstance(told, dict) else told).split())[:200]
