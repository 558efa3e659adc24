"""The reference pages of the docs, made from the code itself: every setting with its default, every command with its options.

    python -m pipeline.cli.reference docs       writes docs/experiment.md and docs/help.md

A test compares the pages with what this makes.
"""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.experiment.load import PRESETS, Experiment


def settings_page() -> str:
    """Markdown of all sections of the experiment file."""
    lines = [
        "# The experiment file",
        "",
        "Made from the code by `make docs`. Only `name`, `task` and `data` are needed.",
        "`bakeoff run --set section.key=value` overrides one value. An unknown key is an error that suggests the nearest known one.",
        "",
        *_section("", Experiment),
        "## Presets",
        "",
        "A preset sets what the file leaves out. A value in the file takes precedence.",
        "",
    ]
    for name, places in PRESETS.items():
        filled = [f"`{place}.{key}` = {json.dumps(value)}" for place, values in places.items() for key, value in values.items()]
        lines.append(f"- **{name}**: {', '.join(filled)}")
    return "\n".join(lines) + "\n"


def _section(place: str, model: type[BaseModel]) -> Iterator[str]:
    inner: list[tuple[str, type[BaseModel]]] = []
    yield f"## {place or 'Top level'}"
    yield ""
    if place and model.__doc__ and model.__doc__ != BaseModel.__doc__:
        yield f"{model.__doc__}\n"
    yield "| key | values | default | |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        key = field.alias or name
        sections = _models_of(field.annotation)
        section = next(iter(sections), None)
        for one in sections:
            kind = f" ({next(iter(one.model_fields))})" if len(sections) > 1 else ""
            inner.append((f"{place}.{key}{kind}".lstrip("."), one))
        text = " ".join((field.description or "").split())
        yield f"| `{key}` | {_cell(_values(field.annotation))} | {_cell(_default(field, section))} | {_cell(text)} |"
    yield ""
    for below, found in inner:
        yield from _section(below, found)


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    """The sections that stand in this type, itself or beside others."""
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return [bare]
    return [found for part in get_args(bare) for found in _models_of(part)]


def _bare(annotation: Any) -> Any:
    """Without what pydantic is told beside the type."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _values(annotation: Any) -> str:
    annotation = _bare(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(str(value) for value in get_args(annotation))
    if origin in (Union, types.UnionType):
        return " or ".join(_values(part) for part in get_args(annotation) if part is not type(None))
    if origin is list:
        return f"list of {_values(get_args(annotation)[0])}"
    if origin is dict:
        return "mapping"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a section"
    names = {"str": "text", "int": "whole number", "float": "number", "bool": "true, false"}
    return names.get(str(annotation.__name__), str(annotation.__name__))


def _default(field: FieldInfo, section: type[BaseModel] | None) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "see below"
    return ("off" if section else "–") if value is None else f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def help_page() -> str:
    """Markdown of all commands, as `--help` prints them."""
    from pipeline.cli.main import app

    command = typer.main.get_command(app)
    lines = ["# Commands", "", "Made from the code by `make docs`.", ""]
    codes = "0 done, 1 a bug in Bakeoff, 2 a mistake in input or setup, 3 the verdict is blocked, 4 damaged files, 130 interrupted"
    lines += [f"Exit codes: {codes}.", ""]
    for name, sub in getattr(command, "commands", {}).items():
        lines += [f"## bakeoff {name}", "", *_command(name, sub), ""]
    return "\n".join(lines)


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    usage = " ".join([f"bakeoff {name}", *(p.metavar or str(p.name).upper() for p in arguments), *(["[OPTIONS]"] if options else [])])
    yield f"    {usage}"
    yield ""
    yield re.sub(r"\s+", " ", command.help or "")
    if options:
        yield ""
        for option in options:
            yield f"- `{', '.join(option.opts)}`: {getattr(option, 'help', '') or ''}"


def main() -> None:
    folder = Path(sys.argv[1])
    (folder / "experiment.md").write_text(settings_page(), encoding="utf-8")
    (folder / "help.md").write_text(help_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
