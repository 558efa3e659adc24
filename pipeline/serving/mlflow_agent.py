"""A bundle as an MLflow model, from code: MLflow runs this file where the model is loaded. Thin: the engine answers, as for the server."""

from __future__ import annotations

import queue
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow.models
import mlflow.pyfunc
import mlflow.types.responses

from pipeline.results.ask import Said
from pipeline.serving import openai_form
from pipeline.serving.engine import Engine

BUNDLE = "bundle"
"""The artifact's name."""
forms: Any = mlflow.types.responses
Agent: Any = mlflow.pyfunc.ResponsesAgent


class BundleAgent(Agent):  # type: ignore[misc]
    """Answers over MLflow's Responses form."""

    def load_context(self, context: Any) -> None:
        """Opens the bundle that lies among the model's artifacts."""
        self._engine = Engine(Path(context.artifacts[BUNDLE]))

    def predict(self, request: Any) -> Any:
        """One answer, and what it cites."""
        said = _sound(self._engine.ask(_row(request)).result())
        return forms.ResponsesAgentResponse(output=[self._item(said, f"msg_{uuid.uuid4().hex}")], custom_outputs=openai_form.told(said, ()))

    def predict_stream(self, request: Any) -> Iterator[Any]:
        """What is written so far, part by part, and the whole answer with what it cites."""
        name, shown, parts = f"msg_{uuid.uuid4().hex}", "", queue.Queue[str | None]()
        future = self._engine.ask(_row(request), parts.put)
        future.add_done_callback(lambda done: parts.put(None))
        while (text := parts.get()) is not None:
            if text.startswith(shown) and len(text) > len(shown):
                yield forms.ResponsesAgentStreamEvent(**self.create_text_delta(text[len(shown) :], name))
                shown = text
        yield forms.ResponsesAgentStreamEvent(type="response.output_item.done", item=self._item(_sound(future.result()), name))

    def _item(self, said: Said, name: str) -> dict[str, Any]:
        cited = [{"type": "file_citation", **one["file_citation"]} for one in openai_form.citations(said)]
        item: dict[str, Any] = self.create_text_output_item(said.text, name, cited)
        return item


def _sound(said: Said) -> Said:
    if said.failure:
        raise RuntimeError(said.failure)
    return said


def _row(request: Any) -> Any:
    """The last user message, and what stands before it."""
    items = [item if isinstance(item, dict) else item.model_dump() for item in request.input]
    messages = [{"role": item.get("role"), "content": _text(item.get("content"))} for item in items if item.get("role")]
    return openai_form.read({"messages": messages}).row


def _text(content: Any) -> Any:
    """Parts of text as one; anything else is refused by `openai_form`."""
    if not isinstance(content, list):
        return content
    kinds = ("input_text", "output_text", "text")
    return [{"type": "text", "text": part.get("text")} if part.get("type") in kinds else part for part in content]


mlflow.models.set_model(BundleAgent())
