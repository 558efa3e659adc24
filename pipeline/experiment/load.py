"""The experiment file: what is compared, on which data, by which rules. All defaults stand here and nowhere else.

Reads YAML, applies overrides and the preset, and reports every mistake at once. Loads no model and reads no data.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.errors import UserError
from pipeline.experiment.data_section import Columns, Data, DocumentColumns, Section, Sides, Split
from pipeline.experiment.endpoint_section import Endpoint, Judge
from pipeline.experiment.retrieval_section import Retrieval
from pipeline.experiment.sections import (
    ARM_NAMES,
    ArmName,
    Constraints,
    Decision,
    Experiment,
    FewShot,
    Finetune,
    Model,
    Preset,
    Prices,
    Probes,
    Task,
    TaskKind,
)
from pipeline.experiment.systems_section import System
from pipeline.experiment.tracking_section import Tracking

PRESETS: dict[Preset, dict[str, dict[str, Any]]] = {
    "quick": {
        "data.split": {"test": 100, "train": 160},
        "retrieval": {"k": 2},
        "finetune": {"epochs": 2, "seeds": [0]},
        "run": {"minutes": 20},
    },
    "standard": {
        "data.split": {"test": 300, "train": 1000},
        "finetune": {"epochs": 3, "seeds": [0, 1]},
        "retrieval": {"tune": True},
        "probes": {"learning_curve": True, "forgetting": True},
    },
    "thorough": {
        "data.split": {"test": 1000, "train": 5000},
        "finetune": {"epochs": 4, "seeds": [0, 1, 2, 3, 4], "search": True},
        "retrieval": {"tune": True},
        "probes": {"learning_curve": True, "forgetting": True, "robustness": True, "change": True},
    },
}
"""What each preset sets where the file leaves a key out. A value in the file takes precedence."""


def load(path: Path, overrides: list[str] | None = None) -> Experiment:
    """The experiment at `path`, with `key.path=value` overrides applied and the preset filled in; paths made absolute."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError("there is no such experiment file.", where=str(path), remedy="Write one with `bakeoff init FILE…`.") from None
    except IsADirectoryError:
        raise UserError("this is a folder, not an experiment file.", where=str(path)) from None
    except PermissionError:
        raise UserError("no permission to read this file.", where=str(path)) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"{path}:{line + 1}" if line is not None else str(path)
        raise UserError("this is not readable YAML.", where=where, remedy="Check quotes, colons and indentation there.") from None
    if not isinstance(raw, dict):
        raise UserError("an experiment is a mapping of keys (name, task, data, …).", where=str(path))
    for override in overrides or []:
        _override(raw, override)
    return parse(raw, base=path.resolve().parent, where=str(path))


def parse(raw: dict[str, Any], base: Path, where: str = "experiment") -> Experiment:
    """A checked experiment from plain values; relative data paths are taken from `base`."""
    try:
        experiment = Experiment.model_validate(raw)
    except ValidationError as error:
        raise UserError(_all_at_once(error), where=where) from None
    return _absolute(_with_preset(experiment), base)


def dump(experiment: Experiment) -> dict[str, Any]:
    """Plain values that `parse` reads back to the same experiment."""
    return experiment.model_dump(mode="json", by_alias=True)


def answering(experiment: Experiment) -> dict[str, Any]:
    """The task's settings without those that only score answers."""
    return {key: value for key, value in dump(experiment)["task"].items() if key != "metrics"}


def _override(raw: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise UserError(f"--set takes key=value, not {override!r}.", remedy="For example --set finetune.epochs=1.")
    *parents, last = key.strip().split(".")
    here: Any = raw
    for name in parents:
        here = here.setdefault(name, {})
        if not isinstance(here, dict):
            raise UserError(f"--set {key}: {name!r} holds no further keys.")
    here[last] = yaml.safe_load(value)


def _with_preset(experiment: Experiment) -> Experiment:
    values = experiment.model_dump(by_alias=True)
    for place, defaults in PRESETS[experiment.preset].items():
        if place == "data.split" and not (experiment.arms or experiment.endpoints):
            continue  # nothing is trained, and answers that are there cost nothing: every row without a side is a test row
        section = values
        for name in place.split("."):
            section = section[name]
        for key, default in defaults.items():
            if section[key] is None:
                section[key] = default
    if values["finetune"]["unanswerable_share"] is None:
        values["finetune"]["unanswerable_share"] = "dev" if values["finetune"]["search"] else Finetune.USUAL_SHARE
    if experiment.finetune.method == "qlora" and experiment.model.quantization == "none":
        values["model"]["quantization"] = "nf4"
    return Experiment.model_validate(values)


def _absolute(experiment: Experiment, base: Path) -> Experiment:
    def resolve(path: str) -> str:
        if path.startswith("hub:"):
            return path
        return os.path.abspath(base / Path(path).expanduser())  # a link keeps its name, so that messages name what the user named

    data = experiment.data
    sides = Sides(**{side: [resolve(p) for p in files] for side, files in data.sides.model_dump().items()})
    places = {"examples": [resolve(p) for p in data.examples], "documents": [resolve(p) for p in data.documents], "sides": sides}
    name, template = _local(experiment.model.name, base) or experiment.model.name, _template(experiment.model.chat_template, base)
    model = experiment.model.model_copy(update={"name": name, "chat_template": template})
    found = {key: _local(name, base) for key in ("embedder", "reranker") if isinstance(name := getattr(experiment.retrieval, key), str)}
    retrieval = experiment.retrieval.model_copy(update={key: place for key, place in found.items() if place})
    files = [{key: resolve(file) for key in ("answers", "few_shots") if (file := getattr(one, key))} for one in experiment.systems]
    systems = [one.model_copy(update=update) for one, update in zip(experiment.systems, files, strict=True)]
    own = {"systems": systems, "own_code": resolve(experiment.own_code), "tracking": _tracked(experiment, base)}
    return experiment.model_copy(update={"data": data.model_copy(update=places), "model": model, "retrieval": retrieval, **own})


def _tracked(experiment: Experiment, base: Path) -> Tracking:
    """A folder relative to the experiment file; whatever has a scheme as it is."""
    named = experiment.tracking.mlflow
    if named is None or "://" in named or named.startswith("file:") or named == "databricks":
        return experiment.tracking
    return Tracking(mlflow=(base / Path(named).expanduser()).resolve().as_uri())


def _local(name: str, base: Path) -> str | None:
    """The absolute path of a model that is named by one, relative to `base`; None where it is an alias or an id of the hub."""
    from finetune.pretrained import EMBEDDERS, LANGUAGE_MODELS

    if name in LANGUAGE_MODELS or name in EMBEDDERS:
        return None
    path = base / Path(name).expanduser()
    written_as_path = name.startswith((".", "~", "/")) or name.lower().endswith(".gguf")
    return os.path.abspath(path) if written_as_path or path.is_dir() else None


def _template(named: str, base: Path) -> str:
    """A template's text; `auto` and `plain`, and a text as it is kept in a run, stay what they are."""
    if named in ("auto", "plain") or "{%" in named or "{{" in named:
        return named
    path = base / Path(named).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Give auto, plain, or a file with a chat template in Jinja."
        raise UserError(f"{path} cannot be read ({type(error).__name__}).", where="model.chat_template", remedy=remedy) from None


def _all_at_once(error: ValidationError) -> str:
    lines = []
    for mistake in error.errors():
        place = ".".join(str(part) for part in mistake["loc"])
        if mistake["type"] == "extra_forbidden":
            lines.append(f"{place}: unknown key{_nearest(mistake['loc'])}")
        elif mistake["type"] == "missing":
            lines.append(f"{place}: is needed and missing")
        else:
            lines.append(f"{place}: {mistake['msg']}")
    count = len(lines)
    return f"{count} mistake{'s' if count > 1 else ''} in the experiment:\n  " + "\n  ".join(lines)


def _nearest(loc: tuple[int | str, ...]) -> str:
    model: Any = Experiment
    for name in loc[:-1]:
        if isinstance(name, int):
            continue
        annotation = model.model_fields[name].annotation if name in getattr(model, "model_fields", {}) else None
        candidates = [getattr(one, "__origin__", one) for one in (annotation, *getattr(annotation, "__args__", ()))]
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), model)
    known = [field.alias or name for name, field in model.model_fields.items()]
    close = difflib.get_close_matches(str(loc[-1]), known, n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else f" (known: {', '.join(known)})"


__all__ = [
    "ARM_NAMES",
    "PRESETS",
    "ArmName",
    "Columns",
    "Constraints",
    "Data",
    "Decision",
    "DocumentColumns",
    "Endpoint",
    "Experiment",
    "FewShot",
    "Finetune",
    "Judge",
    "Model",
    "Preset",
    "Prices",
    "Probes",
    "Retrieval",
    "Section",
    "Sides",
    "Split",
    "System",
    "Task",
    "TaskKind",
    "answering",
    "dump",
    "load",
    "parse",
]
