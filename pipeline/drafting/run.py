"""The door to drafting: documents and a model → a set of drafts on disk, gone on with where it stopped. Decides nothing for people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.drafting import asking
from pipeline.drafting.asking import Interviewer, Model, Progress
from pipeline.drafting.folder import REPLIES, DraftSet, set_named
from pipeline.drafting.given import questions_in
from pipeline.drafting.plan import Material, Wanted, tasks
from pipeline.drafting.record import KINDS, Draft, Kind, Task
from pipeline.errors import UserError
from pipeline.experiment.load import Experiment, parse
from pipeline.records import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.embeddings import Embeddings

    from eval.judge.providers.provider import Generate
    from pipeline.drafting.engine import Search
    from retrieval.chunk import Passage


@dataclass(frozen=True)
class Request:
    """What `bakeoff draft-questions` asks for."""

    documents: tuple[Path, ...]
    model: Model
    name: str
    number: int
    wanted: Wanted = field(default_factory=Wanted)
    rows: tuple[Path, ...] = ()
    """Files of rows at hand: what is nearly one of them is not drafted again."""
    questions: tuple[Path, ...] = ()
    """Files of questions without answers: then these are answered, and none is drafted."""
    logs: tuple[Path, ...] = ()
    """Logs of `bakeoff serve`: `number` questions are sampled from them and answered."""
    embedder: str = "all-minilm-l6-v2"
    chunk_tokens: int = 256


@dataclass(frozen=True)
class Result:
    """What was drafted."""

    drafts: DraftSet
    found: list[Draft]
    passages: int
    documents: int
    spent: dict[str, Any]
    """Requests, tokens and money, of all calls on this set."""


def draft(request: Request, runs: Path, on_progress: Progress | None = None) -> Result:
    """Draft, check and store. UserError for mistakes of the user, and where another process drafts into the same set."""
    drafts, experiment = set_named(runs, request.name), reading(request)
    _refuse_mistakes(request)
    request.model.settings()
    documents, passages = read(experiment)
    with _alone(drafts):
        drafts.begin(_settings(request, documents), documents)
        search = searching(passages, experiment)
        material = Material(passages, _vectors(search.embedder, passages), request.wanted.seed)
        asked = [] if request.questions or request.logs else tasks(material, request.wanted, request.number)
        asks = Interviewer(request.model, drafts.path / REPLIES, _local(request.model), on_progress)
        found = _drafted(asked, request, asks, search)
        drafts.keep(found)
    return Result(drafts, found, len(passages), len(documents), asdict(asks.spent) if asks.spent else {})


def _drafted(asked: Sequence[Task], request: Request, asks: Interviewer, search: Search) -> list[Draft]:
    from pipeline.drafting.engine import drafted

    if request.questions:
        from pipeline.drafting.answering import answered

        given = questions_in(request.questions)[: request.number]
        return answered(given, request.model.name, asks, search, request.wanted.seed, questions_in(request.rows))
    if request.logs:
        from pipeline.drafting.answering import answered
        from pipeline.drafting.sampled import distinct, sampled

        rows = questions_in(request.rows)
        drawn = sampled(distinct(request.logs), request.number, request.wanted.seed, search.embedder, rows)
        texts, slices = [text for text, _ in drawn], [one for _, one in drawn]
        return answered(texts, request.model.name, asks, search, request.wanted.seed, rows, slices)
    if not asked:
        raise UserError("these documents hold no passage that is long enough to ask about.", where=", ".join(map(str, request.documents)))
    return drafted(asked, request.model.name, asks, search, questions_in(request.rows))


def reading(request: Request) -> Experiment:
    """How documents are read and cut: as a comparison reads and cuts them."""
    return parse(
        {
            "name": "drafts", "task": {"kind": "question_answering"},
            "data": {"examples": [], "documents": [str(path) for path in request.documents]},
            "retrieval": {"embedder": request.embedder, "chunk_tokens": request.chunk_tokens}, "preset": "quick",
        },
        base=Path.cwd(), where="draft-questions",
    )  # fmt: skip


def read(experiment: Experiment) -> tuple[list[Document], list[Passage]]:
    """The documents, and their passages."""
    from pipeline.data.ingest import load_documents
    from retrieval.chunk import Source, fitting_splitter, split

    documents = load_documents(experiment.data).records
    retrieval = experiment.retrieval
    splitter = fitting_splitter(embedder_of(experiment), retrieval.chunk_tokens, min(retrieval.overlap_tokens, retrieval.chunk_tokens // 4))
    return documents, split([Source(d.id, d.text, d.title, d.metadata) for d in documents if d.text.strip()], splitter)


def searching(passages: Sequence[Passage], experiment: Experiment) -> Search:
    """Over all passages, by the embedder of a comparison."""
    from pipeline.drafting.engine import Search
    from retrieval.retriever import Retriever

    embedder = embedder_of(experiment)
    return Search(Retriever.build(passages, embedder), embedder)


_OPENED: dict[str, Any] = {}


def embedder_of(experiment: Experiment) -> Any:
    """Loaded once in a process."""
    from pipeline.stages.embedder import opened

    name = experiment.retrieval.embedder_name
    if name not in _OPENED:
        _OPENED[name] = opened(experiment, lambda model: None)
    return _OPENED[name]


def _vectors(embedder: Embeddings, passages: Sequence[Passage]) -> Any:
    import numpy as np

    from retrieval.chunk import searchable

    return np.asarray(embedder.embed_documents([searchable(passage) for passage in passages]), dtype=np.float32)


def _settings(request: Request, documents: Sequence[Document]) -> dict[str, Any]:
    told = repr([(document.id, document.title, document.text) for document in documents])
    return {
        "schema": 1, "number": request.number, "documents": [str(path) for path in request.documents],
        "documents_hash": hashlib.sha256(told.encode()).hexdigest(), "model": request.model.name, "provider": request.model.provider,
        "base_url": request.model.base_url, "seed": request.wanted.seed, "kinds": list(request.wanted.kinds),
        "users": list(request.wanted.users),
        "questions": [str(path) for path in request.questions], "embedder": request.embedder, "chunk_tokens": request.chunk_tokens,
        **_logged(request.logs),
    }  # fmt: skip


def _logged(logs: Sequence[Path]) -> dict[str, Any]:
    """A log that has grown gives another sample, so its content is a setting."""
    if not logs:
        return {}
    return {"logs": [str(path) for path in logs], "logs_hash": hashlib.sha256(b"\0".join(path.read_bytes() for path in logs)).hexdigest()}


def kinds_named(text: str) -> tuple[Kind, ...]:
    """`fact, yes_no` as kinds; UserError for what is none."""
    named = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    kinds = tuple(kind for kind in KINDS if kind in named)
    if len(kinds) < len(named) or not kinds:
        unknown = next((name for name in named if name not in KINDS), "")
        raise UserError(f"there is no kind of question {unknown!r}.", where="--kinds", remedy=f"Known: {', '.join(KINDS)}.")
    return kinds


def _refuse_mistakes(request: Request) -> None:
    if request.number < 1:
        raise UserError("--number is at least 1.")
    for path in (*request.documents, *request.rows, *request.questions, *request.logs):
        if not path.exists():
            raise UserError("there is no such file.", where=str(path))


def _local(model: Model) -> Generate | None:
    """What a model in this process writes under a JSON schema; loaded when it is first asked."""
    if model.provider != asking.LOCAL:
        return None
    from finetune.errors import SetupError
    from finetune.inference.generate import Generator
    from finetune.pretrained import locate
    from pipeline.stages.evaluation.judge import writing

    try:
        generator = Generator(locate(model.name))
    except SetupError as error:
        raise UserError(str(error), where="--model", remedy="Name a model folder, or an endpoint with --base-url.") from error
    return writing(generator, "You write questions. Reply in JSON.", model.max_tokens)


@contextmanager
def _alone(drafts: DraftSet) -> Iterator[None]:
    lock = drafts.lock()
    if not lock.acquire():
        raise UserError(
            "another process is drafting into this set.", where=str(drafts.path), remedy="Wait for it, or choose another --name."
        )
    try:
        yield
    finally:
        lock.release()
