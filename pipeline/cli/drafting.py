"""The commands that draft questions from documents and write out those that people accepted."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import exits
from pipeline.cli.options import RUNS, Json, Out, show, with_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eval.judge.budget import Spent
    from pipeline.drafting.asking import Progress
    from pipeline.drafting.run import Request

SetName = Annotated[str, typer.Argument(metavar="SET", help="A set of drafts, by its name.")]


@dataclass(frozen=True)
class Asked:
    """The model that drafts, and how it is asked."""

    model: Annotated[str, typer.Option(help="An endpoint's model; without --base-url and --provider a model folder or a packaged model.")]
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="An OpenAI-compatible endpoint.")] = None
    provider: Annotated[str | None, typer.Option(help="Another provider, as the judge's (docs/providers.md).")] = None
    api_key_env: Annotated[str | None, typer.Option(metavar="VARIABLE", help="The environment variable that holds the key.")] = None
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at the same time.")] = 4
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one request.")] = 120
    retries: Annotated[int, typer.Option(min=0, help="Further tries after one that failed.")] = 4
    price_input: Annotated[float | None, typer.Option(min=0, help="Price of a million tokens that are sent.")] = None
    price_output: Annotated[float | None, typer.Option(min=0, help="Price of a million tokens that are written.")] = None
    budget: Annotated[float | None, typer.Option(min=0, help="Money to be spent at most; needs both prices.")] = None
    budget_tokens: Annotated[int | None, typer.Option(min=1, help="Tokens to be spent at most.")] = None


@dataclass(frozen=True)
class Drafting:
    """What is drafted."""

    name: Annotated[str | None, typer.Option(help="The set's name. If left out: that of the documents.")] = None
    number: Annotated[int | None, typer.Option("--number", "-n", min=1, help="Questions to draft. If left out: by --margin.")] = None
    margin: Annotated[float, typer.Option(min=0.01, max=0.99, help="The difference in right answers that the test is to show.")] = 0.15
    kinds: Annotated[str, typer.Option(help="Kinds of questions, with commas between.")] = "fact,linked,comparison,unanswerable,yes_no"
    users: Annotated[
        list[str] | None, typer.Option("--user", help='Who asks, for example "a new employee". May be given several times.')
    ] = None
    rows: Annotated[list[Path] | None, typer.Option(help="Rows at hand; what is nearly one of them is not drafted again.")] = None
    questions: Annotated[
        list[Path] | None, typer.Option(help="Questions without answers (a search log): they are answered, none is drafted.")
    ] = None
    log: Annotated[
        list[Path] | None, typer.Option(help="A log of `bakeoff serve --log-texts`: questions are sampled from it and answered.")
    ] = None
    embedder: Annotated[str, typer.Option(help="Finds passages and near duplicates; a multilingual one for other languages.")] = (
        "all-minilm-l6-v2"
    )
    chunk_tokens: Annotated[int, typer.Option(min=16, help="Tokens of a passage, at most.")] = 256
    seed: Annotated[int, typer.Option(help="Draws passages, kinds and users.")] = 13


@with_groups
def draft_questions(
    *,
    documents: Annotated[list[Path], typer.Argument(help="Documents, or folders of them.")],
    asked: Asked,
    wanted: Drafting,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Draft questions with answers from documents, check them, and keep them for people to accept (page Questions of the app).

    Repeat the command to go on after an interruption: what was answered is not asked again.
    """
    from pipeline.drafting.run import draft
    from pipeline.drafting.told import text, told
    from pipeline.errors import Cancelled

    request = _request(documents, asked, wanted)
    try:
        with _bar(show=not as_json) as tell:
            result = draft(request, out, tell)
    except KeyboardInterrupt:
        raise Cancelled("Finished work is kept: the same command continues.") from None
    found = told(result, request, wanted.margin)
    show(found, as_json, text(found))
    if found["remedy"]:
        typer.echo(f"bakeoff: no draft was kept. {found['remedy']}", err=True)
        raise typer.Exit(exits.USER)


def export_drafts(
    name: SetName,
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="For questions.jsonl, documents.jsonl.")],
    with_unreviewed: Annotated[bool, typer.Option(help="Drafts that nobody decided too; they are for training.")] = False,
    force: Annotated[bool, typer.Option(help="Replace files that exist.")] = False,
    out: Out = RUNS,
    as_json: Json = False,
) -> None:
    """Write the accepted drafts of a set, and its documents, as files that `bakeoff init` reads."""
    from pipeline.drafting.export import export
    from pipeline.drafting.folder import found_set
    from pipeline.drafting.reviews import outcomes, rates, reviews

    drafts = found_set(out, name)
    done = export(drafts, target, with_unreviewed, force)
    rate = rates(outcomes(drafts.kept(), reviews(drafts)))
    told = {
        "schema": 1, "set": drafts.name, "accepted": done.accepted, "unreviewed": done.unreviewed, "rows": str(done.rows),
        "documents": str(done.documents), "rates": {kind: asdict(one) for kind, one in rate.items()},
    }  # fmt: skip
    lines = [f"{done.accepted} accepted and {done.unreviewed} unreviewed questions written to {done.rows}."]
    lines += [
        f"  {kind:14} {one.accepted} of {one.decided} accepted ({100 * one.low:.0f} to {100 * one.high:.0f} %)"
        for kind, one in rate.items()
    ]
    show(told, as_json, "\n".join([*lines, f"Next: bakeoff init {done.rows} {done.documents}"]))


def _request(documents: list[Path], asked: Asked, wanted: Drafting) -> Request:
    from pipeline.drafting.asking import LOCAL, Model
    from pipeline.drafting.folder import name_of
    from pipeline.drafting.given import questions_in
    from pipeline.drafting.plan import Wanted
    from pipeline.drafting.record import USERS
    from pipeline.drafting.run import Request, kinds_named
    from pipeline.drafting.sampled import distinct
    from pipeline.drafting.size import need
    from pipeline.errors import UserError

    if (asked.price_input is None) != (asked.price_output is None):
        raise UserError("--price-input and --price-output go together.")
    prices = {} if asked.price_input is None else {"input": asked.price_input, "output": asked.price_output or 0.0}
    caps = {"money": asked.budget, "tokens": asked.budget_tokens}
    model = Model(
        asked.model, asked.provider or ("openai_compatible" if asked.base_url else LOCAL), asked.base_url, asked.api_key_env,
        asked.concurrency, asked.timeout, asked.retries,
        budget={name: value for name, value in caps.items() if value is not None}, prices=prices,
    )  # fmt: skip
    what = Wanted(wanted.seed, kinds_named(wanted.kinds), tuple(wanted.users or USERS))
    asked_by_people = tuple(wanted.questions or ())
    logs = tuple(wanted.log or ())
    if logs and asked_by_people:
        raise UserError("--log and --questions exclude each other.", remedy="Draft them into two sets, each with its --name.")
    most = need(wanted.margin).drafts
    given = len(questions_in(asked_by_people)) if asked_by_people else min(len(distinct(logs)), most) if logs else most
    number = wanted.number or given
    return Request(
        tuple(documents), model, wanted.name or name_of(documents[0]), number, what, tuple(wanted.rows or ()), asked_by_people,
        logs, wanted.embedder, wanted.chunk_tokens,
    )  # fmt: skip


@contextmanager
def _bar(show: bool) -> Iterator[Progress]:
    """On standard error: what is done, of how many, the time left, and what was spent."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = [
        TextColumn("  {task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[spent]}"),
    ]  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), disable=not show, transient=True) as bar:
        rows: dict[str, object] = {}

        def tell(what: str, done: int, total: int, spent: Spent) -> None:
            if what not in rows:
                rows[what] = bar.add_task(what, total=total, spent="")
            cost = f"{spent.tokens} tokens" if spent.money is None else f"{spent.money:.4f} spent"
            bar.update(rows[what], completed=done, total=total, spent=cost)  # type: ignore[arg-type]

        yield tell
