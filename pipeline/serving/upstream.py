"""Another server with OpenAI's chat API (vLLM, llama.cpp's) writes the answers, to prompts made here with the bundle's passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import UserError
from pipeline.serving.candidate import Candidate, Put

if TYPE_CHECKING:
    from finetune.inference.generate import Generation

WHERE = "--upstream"


@dataclass(frozen=True)
class Upstream:
    """Where it listens."""

    url: str
    model: str
    key_env: str | None
    """The variable that holds its key; None: it asks for none."""
    seconds: float
    """The longest that one answer may take."""


def found(url: str, model: str | None, key_env: str | None, seconds: float) -> Upstream:
    """The server, asked for the name of its model where none is given; a UserError where it cannot be asked."""
    from finetune.errors import SetupError
    from finetune.inference.streamed import first_model

    try:
        return Upstream(url, model or first_model(url, key_env), key_env, seconds)
    except SetupError as error:
        raise UserError(f"{error}.", where=f"{WHERE} {url}", remedy="Start that server first, and name its address up to /v1.") from error


def check(candidate: Candidate) -> None:
    """A UserError where nobody else can write this candidate's answers."""
    if not candidate.arm.local or not candidate.arm.language_model:
        raise UserError(f"{candidate.arm.name} has no model of its own that another server could run.", where=WHERE)
    if any(candidate.context.task.scored(row) for row in candidate.context.test):
        raise UserError(
            f"{candidate.arm.name} chooses its answers by their likelihood, which a server does not tell.",
            where=WHERE,
            remedy="Serve it without --upstream.",
        )


def write(candidate: Candidate, server: Upstream, put: Put) -> Generation:
    """The answer to one prompt, told to its question while it is written."""
    from finetune.errors import SetupError
    from finetune.inference.endpoint import EndpointSettings
    from finetune.inference.generate import Prompt
    from finetune.inference.streamed import StreamedEndpoint

    task = candidate.context.task
    if task.scored(put.asked.row):
        raise UserError("choices are scored by likelihood, which the server behind this one does not tell.")
    settings = EndpointSettings(
        server.url, server.model, server.key_env, concurrency=1, timeout_s=server.seconds, retries=1, arguments=_form(task.schema)
    )
    try:
        endpoint = StreamedEndpoint(settings, put.question.listen)
    except SetupError as error:
        raise UserError(f"{error}.", where=WHERE) from error
    prompt = Prompt(put.asked.row.id, put.asked.messages)
    return endpoint.run([prompt], task.max_new_tokens, should_stop=lambda: put.question.over)[0]


def _form(schema: dict[str, Any] | None) -> dict[str, Any]:
    """How a JSON schema is asked for, where the task has one."""
    if schema is None:
        return {}
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}}
