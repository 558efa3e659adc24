"""What was set otherwise in two runs, and which rows flipped between right and wrong. Reads what is stored; computes no statistics."""

from __future__ import annotations

from typing import Any

import yaml

from pipeline.run_folder import pages
from pipeline.run_folder.pages import Line
from pipeline.run_folder.store import RunFolder

MADE_BY = {"data": "data (hash)", "code": "code (hash)", "bakeoff": "Bakeoff"}
"""Of the manifest, beside the versions of libraries."""


def changed_settings(one: RunFolder, other: RunFolder) -> list[dict[str, Any]]:
    """`{"setting", "one", "other"}` for each that is not the same, None where a run does not have it: of the experiment by its key, then
    data, code and versions."""
    first, second = _settings(one), _settings(other)
    names = dict.fromkeys((*first, *second))
    return [{"setting": name, "one": first.get(name), "other": second.get(name)} for name in names if first.get(name) != second.get(name)]


def _settings(run: RunFolder) -> dict[str, Any]:
    experiment = yaml.safe_load((run.path / "experiment.yaml").read_text(encoding="utf-8"))
    manifest = run.read_json("manifest.json") or {}
    made = {label: str(manifest.get(key))[:12] for key, label in MADE_BY.items() if manifest.get(key)}
    versions = {f"{name} (version)": version for name, version in (manifest.get("versions") or {}).items()}
    return {**_flat(experiment), **made, **versions}


def _flat(value: Any, at: str = "") -> dict[str, Any]:
    """Keys joined by dots; lists whole."""
    if not isinstance(value, dict) or (at and not value):
        return {at: value}
    return {name: one for key, inner in value.items() for name, one in _flat(inner, f"{at}.{key}" if at else str(key)).items()}


def flips(one: RunFolder, other: RunFolder) -> dict[str, dict[str, list[dict[str, str]]]] | None:
    """By arm of both runs: `{"mended", "broken"}`, rows that are right in the second run alone and in the first alone.

    A row is `{"row", "input", "references", "one", "other"}`, the last two its answers' beginnings. None where a run has no report.
    """
    paths = [pages.ready(run) for run in (one, other)]
    if paths[0] is None or paths[1] is None:
        return None
    first, second = pages.lines(paths[0]), {line.row: line for line in pages.lines(paths[1])}
    pairs = [(line, second[line.row]) for line in first if line.row in second]
    arms = dict.fromkeys(arm for before, after in pairs for arm in before.right if arm in after.right)
    return {
        arm: {kind: [_row(a, b, arm) for a, b in pairs if (a.right.get(arm), b.right.get(arm)) == was]
              for kind, was in (("mended", (False, True)), ("broken", (True, False)))}
        for arm in arms
    }  # fmt: skip


def _row(before: Line, after: Line, arm: str) -> dict[str, str]:
    return {
        "row": before.row, "input": before.input, "references": before.references, "one": before.answers.get(arm, ""),
        "other": after.answers.get(arm, ""),
    }  # fmt: skip
