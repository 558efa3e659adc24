"""What annotation and evaluation tools export, one object a row → plain cells. Chooses no columns."""

from __future__ import annotations

import re

from pipeline.data.ingest.rows.layouts.parsed import parsed
from pipeline.data.ingest.rows.layouts.shaped import Cells

ASSERTED = ("equals", "contains", "icontains", "contains-any", "icontains-any", "contains-all", "icontains-all", "is-json", "starts-with")
"""promptfoo's assertions whose value is an accepted answer."""
JUDGED = ("llm-rubric", "similar", "javascript", "python", "grade", "fn", "model-graded-closedqa", "factuality")
"""Those that name no answer."""
TYPED = re.compile(r"([a-z-]+)\s*:\s*(.*)", re.DOTALL)


def as_exported(cells: Cells) -> Cells:
    """Rows of Label Studio, Argilla, LangSmith and promptfoo; any other as it is."""
    for made in (_label_studio(cells), _argilla(cells), _langsmith(cells), _promptfoo(cells)):
        if made is not None:
            return made
    return cells


def _label_studio(cells: Cells) -> Cells | None:
    """`{"data": {...}, "annotations": [{"result": [...]}]}`: the first annotation that was not skipped counts."""
    data, annotations = cells.get("data"), cells.get("annotations", cells.get("completions"))
    if not isinstance(data, dict) or not isinstance(annotations, list):
        return None
    kept = [one for one in annotations if isinstance(one, dict) and not one.get("was_cancelled")]
    results = kept[0].get("result") if kept else []
    told: Cells = {}
    for result in results if isinstance(results, list) else []:
        value = result.get("value") if isinstance(result, dict) else None
        if isinstance(value, dict):
            found = next((value[key] for key in ("choices", "text", "taxonomy", "rating", "number") if key in value), None)
            name = str(result.get("from_name") or "label")
            told[name if name not in data else f"{name}_label"] = found
    return {"id": cells.get("id"), **data, **(told or {"label": None})}


def _argilla(cells: Cells) -> Cells | None:
    """Records with `fields` and `responses`, or a datasets export with columns `label.responses`; else its suggestions."""
    if isinstance(fields := cells.get("fields"), dict) and ("responses" in cells or "suggestions" in cells):
        told: Cells = {}
        for part in ("suggestions", "responses"):
            answered = cells.get(part)
            for name, value in (answered if isinstance(answered, dict) else {}).items():
                one = next(iter(value), None) if isinstance(value, list) else value
                told[name] = one.get("value") if isinstance(one, dict) else one
        return {"id": cells.get("id"), **fields, **told}
    asked = [name.removesuffix(".responses") for name in map(str, cells) if name.endswith(".responses")]
    if not asked:
        return None
    rest = {name: value for name, value in cells.items() if str(name).rpartition(".")[0].split(".")[0] not in asked}
    for name in asked:
        found, suggested = parsed(cells[f"{name}.responses"]), cells.get(f"{name}.suggestion")
        rest[name] = (found[0] if isinstance(found, list) else found) if found else suggested
    return rest


def _langsmith(cells: Cells) -> Cells | None:
    """`inputs` and `outputs` (or `reference_outputs`), each an object."""
    asked, told = parsed(cells.get("inputs")), parsed(cells.get("outputs", cells.get("reference_outputs")))
    if not isinstance(asked, dict) or not isinstance(told, dict):
        return None
    turns = asked.get("messages")
    if isinstance(turns, list):
        said = told.get("messages") or told.get("message") or told.get("output") or told.get("answer")
        said = [{"role": "assistant", "content": said}] if isinstance(said, str) else said if isinstance(said, list) else [said]
        return {"id": cells.get("id"), "messages": [*turns, *said]}
    named = {name if name not in asked else f"output_{name}": value for name, value in told.items()}
    single = len(named) == 1 and isinstance(next(iter(named.values())), str | int | float | bool)
    return {"id": cells.get("id"), **asked, **({"answer": next(iter(named.values()))} if single else named)}


def _promptfoo(cells: Cells) -> Cells | None:
    """`vars` and `assert`, or a table with the column `__expected`."""
    if isinstance(variables := cells.get("vars"), dict) and isinstance(asserted := cells.get("assert"), list):
        values = [one.get("value") for one in asserted if isinstance(one, dict) and one.get("type") in ASSERTED]
        flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
        return {**variables, "references": flat}
    if "__expected" not in cells:
        return None
    rest = {name: value for name, value in cells.items() if not str(name).startswith("__")}
    text = str(cells["__expected"] or "").strip()
    typed = TYPED.fullmatch(text)
    if typed and typed.group(1) in ASSERTED:
        several = typed.group(1).endswith(("-any", "-all"))
        return {**rest, "references": [part.strip() for part in typed.group(2).split(",")] if several else typed.group(2).strip()}
    judged = typed and typed.group(1) in JUDGED
    return {**rest, "references": None if judged else text}
