"""The experiment and its sections, each key with its type, default and meaning. Reads no file and fills in no preset."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from pipeline.experiment.data_section import Data, Section
from pipeline.experiment.endpoint_section import Endpoint, Judge
from pipeline.experiment.metrics_section import OwnMetric, RagasMetric
from pipeline.experiment.retrieval_section import Retrieval
from pipeline.experiment.systems_section import System
from pipeline.experiment.tracking_section import Tracking

TaskKind = Literal["question_answering", "classification", "extraction", "generation"]
ArmName = Literal["base", "few_shot", "classic", "rag", "lora", "lora_rag", "hybrid", "oracle"]
ARM_NAMES: tuple[ArmName, ...] = ("base", "few_shot", "classic", "rag", "lora", "lora_rag", "hybrid", "oracle")
CONTEXT = 2048
"""Tokens of prompt and answer together, unless the experiment says otherwise or the model reads fewer."""
Preset = Literal["quick", "standard", "thorough"]


class Task(Section):
    kind: TaskKind
    instructions: str = ""
    """Your instructions to the model, the same for every arm. Empty: the task's default."""
    labels: list[str] = []
    """Classification: all labels. Empty: those of the training rows."""
    multi_label: bool = False
    """Classification: a row may have several labels. They are generated, not scored by likelihood."""
    choices: list[str] = []
    """Question answering: the possible answers, the same for all rows (yes, no, maybe)."""
    answers: Literal["auto", "written", "scored"] = "auto"
    """Closed sets: scored by likelihood, or generated. auto: scored if the model gives probabilities."""
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    """Extraction: a JSON schema. If left out: inferred from the training targets."""
    constrained: bool = False
    """Extraction: force answers to follow the schema, in every arm."""
    cite: bool = False
    """Question answering: ask for the numbers of the passages used."""
    answer_words: int = Field(default=30, ge=1)
    """Question answering: an answer that stands behind more words than this is buried, and not right."""
    max_new_tokens: int | None = Field(default=None, ge=1, le=4096)
    """None: the task's default, raised to what the training targets need."""
    metrics: list[OwnMetric | RagasMetric] = []
    """Metrics of your own, beside those of the task; one of them may be `decision.metric`."""

    @field_validator("metrics")
    @classmethod
    def _metrics_are_distinct(cls, metrics: list[OwnMetric | RagasMetric]) -> list[OwnMetric | RagasMetric]:
        names = [metric.name for metric in metrics]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two metrics are called {twice!r}; give each a name of its own")
        return metrics


class Model(Section):
    name: str = "smollm2-135m-instruct"
    """The base model: a packaged one, a folder, a GGUF file, or an id of the hub. A path is relative to the experiment file."""
    revision: str | None = None
    """A commit or tag of the hub."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """auto: the precision that the model is stored in on a GPU, float32 on a CPU."""
    quantization: Literal["none", "int8", "nf4"] = "none"
    """The base model's weights in 8 or 4 bits, in every arm, trained and untrained alike. Needs the extra `quantized`. Less memory, other
    answers, and slower on a CPU."""
    device: str | None = None
    """If left out: CUDA if there is one, else the CPU."""
    engine: Literal["auto", "library"] = "auto"
    """auto: our faster CPU code, if it fits the model and a check reproduces the library's numbers. library: only the code of transformers
    and PEFT, which is slower and differs only by rounding."""
    max_context: int | None = Field(default=None, ge=128)
    """Tokens of prompt and answer together. If left out: 2048, or as many as the model reads if that is less."""
    chat_template: str = "auto"
    """auto: the model's own, or plain if it has none. plain: "Question: … Answer:", as a model that only continues texts is asked. Else a
    file with a template in Jinja; the run keeps its text."""
    template_arguments: dict[str, Any] = {}
    """Further values for the chat template."""
    thinking: bool = False
    """A thinking model writes its thought before each answer, in every arm. false: the template turns thoughts off, if it can."""
    thinking_tokens: int = Field(default=1024, ge=1)
    """Tokens of a thought, beside those of the answer. A longer one is closed there."""

    def context(self, most: int | None = None) -> int:
        """Tokens of prompt and answer together, of a model that reads so many at most; None: it is not known, or has no end."""
        return self.max_context or min(CONTEXT, most or CONTEXT)

    @field_validator("template_arguments")
    @classmethod
    def _thinking_has_a_key(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        if found := {"enable_thinking", "thinking"} & arguments.keys():
            raise ValueError(f"{', '.join(sorted(found))}: use model.thinking, which gives a thought its tokens in every arm")
        return arguments


class Finetune(Section):
    method: Literal["lora", "rslora", "dora", "qlora", "full"] = "lora"
    """qlora: lora on a base model in 4 bits; it sets `model.quantization: nf4` for every arm, unless that says int8."""
    rank: int = Field(default=16, ge=1)
    alpha: float | None = None
    """LoRA's scale. If left out: twice the rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str | list[str] = "all-linear"
    """The layers that get an adapter, as PEFT's `target_modules`."""
    layers: int | None = Field(default=None, ge=1)
    """Train adapters in only this many of the last layers: faster, and not the same adapter as with all layers. If left out: all."""
    learning_rate: float | None = Field(default=None, gt=0)
    """If left out: for adapters 1e-3 below a billion parameters (chosen on dev sets, see docs/log.md), 2e-4 from there up and 1e-4 from 30
    billion up (Dettmers et al. 2023, QLoRA); for all weights 5e-5."""
    epochs: float | None = Field(default=None, gt=0)
    """If left out: the preset's."""
    batch_size: int = Field(default=8, ge=1)
    gradient_accumulation: int = Field(default=1, ge=1)
    checkpoint_steps: int = Field(default=20, ge=1)
    """Steps between two checkpoints."""
    patience: int = Field(default=2, ge=0)
    """Training stops after this many evaluations on dev without improvement. 0: it never stops early."""
    seeds: list[int] | None = None
    """Each adapter is trained once with each seed. If left out: the preset's."""
    gold_share: float = Field(default=0.9, ge=0, le=1)
    """RAFT: the share of hybrid's training rows whose passages include the gold one."""
    quote: bool = False
    """RAFT, question answering: hybrid's targets quote the passage before they answer."""
    search: bool | None = None
    """Search rank, learning rate and epochs on dev by successive halving; None: the preset's."""
    USUAL_SHARE: ClassVar[float] = 0.2
    unanswerable_share: Annotated[float, Field(ge=0, le=1)] | Literal["dev"] | None = None
    """The largest share of training rows that have no answer: a small model that is mostly taught to decline declines everything. 1: all of
    them are used. dev: 0.1, 0.2, 0.4 or 1, chosen for each training by right answers to dev rows. If left out: dev with `search`, else
    0.2."""
    processes: int = Field(default=1, ge=1)
    """Processes that train together by `accelerate launch`, one a device; a search takes one."""

    @model_validator(mode="after")
    def _layers_are_of_an_adapter(self) -> Finetune:
        if self.layers and self.method == "full":
            raise ValueError("layers: the method full trains all weights; leave layers out, or take an adapter")
        if self.layers and isinstance(self.targets, str) and self.targets != "all-linear":
            raise ValueError("layers: with a choice of layers, targets is all-linear or a list of module names, no pattern")
        return self


class FewShot(Section):
    count: int = Field(default=4, ge=1, le=32)
    """Examples in the prompt of the arm `few_shot`."""


class Constraints(Section):
    """An arm that does not meet all of these is not chosen."""

    p95_seconds: float | None = None
    """Seconds within which 95 % of the queries must be answered."""
    cost_per_1000: float | None = None
    """Cost of 1,000 queries, at most."""
    max_fabricated: float | None = Field(default=None, ge=0, le=1)
    min_right: float | None = Field(default=None, ge=0, le=1)
    """The share of right answers that a candidate must be shown to reach."""
    must_cite: bool = False
    facts_change: Literal["daily", "weekly", "yearly", "never"] | None = None
    """How often the facts change. daily: excludes trained arms that do not retrieve. Else: how often they are trained, at a cost."""
    documents_in_weights: bool = True
    """false: excludes arms that are trained on passages of the documents."""


class Prices(Section):
    currency: str = "EUR"
    machine_hour: float = Field(default=0.10, ge=0)
    """Price of an hour of the machine."""
    machines: dict[str, Annotated[float, Field(ge=0)]] = {}
    """Price of an hour of single machines, by a part of their GPU's or processor's name (`H100: 3.5`); the longest that fits counts."""
    watts: float = Field(default=65.0, ge=0)
    """The machine's power under load, for the energy estimate."""
    queries_per_month: float = Field(default=10_000, ge=0)
    tokens: dict[str, dict[Literal["input", "output"], float]] = {}
    """Price of a million tokens by endpoint, instead of the endpoint's `price_per_million`."""


class Decision(Section):
    metric: str | None = None
    """The deciding metric, fixed before the run. If left out: the task's."""
    margin: float = Field(default=0.03, ge=0)
    """The smallest difference the team cares about, in the metric's own units."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """Significance level."""
    coverage_floor: float = Field(default=0.9, ge=0, le=1)
    cost_of_wrong: float = Field(default=0.0, ge=0)
    """What a wrong answer takes away, in right answers; a declined one takes nothing."""
    constraints: Constraints = Constraints()
    weights: dict[str, float] = {}
    """How to choose among tied arms: weights of metrics, `cost`, `latency`, `training` or `tokens`. Empty: the cheapest."""
    prices: Prices = Prices()


class Probes(Section):
    """Extra evidence. None of it changes the verdict. If left out: the preset's."""

    learning_curve: bool | None = None
    """Also train on a quarter and on half of the rows: would more training rows change the verdict?"""
    forgetting: bool | None = None
    """Ask general questions, and questions without an answer, before and after training."""
    change: bool | None = None
    """Change facts in the documents: which arms follow?"""
    robustness: bool | None = None
    """Add typos, other wordings, distracting and conflicting passages: how much worse is each arm?"""


class Run(Section):
    """A limit of time. What does not fit is left out, for all candidates alike, and the verdict says so."""

    minutes: float | None = Field(default=None, ge=0)
    """The run is measured on a few training rows before anything is trained. If it would take longer, training rows, passages in a prompt
    and epochs are cut, in this order and for all arms alike; test rows never are. Searches, probes, endpoints and a judge are not
    counted. If left out: the preset's. 0: no limit."""
    training_rows: int | None = Field(default=None, ge=1)
    """Training rows that every arm has, drawn from those of the split as a cut by `minutes` draws them: to repeat one elsewhere."""


class Experiment(Section):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$")
    task: Task
    data: Data
    model: Model = Model()
    retrieval: Retrieval = Retrieval()
    finetune: Finetune = Finetune()
    few_shot: FewShot = FewShot()
    arms: list[ArmName] = list(ARM_NAMES)
    """The candidates to build and compare. Empty, beside `systems`: nothing is built, and no model is loaded."""
    endpoints: list[Endpoint] = []
    systems: list[System] = []
    """Candidates that were not made here."""
    own_code: str = "."
    """Where your own modules are found (`systems[].call`, `retrieval.store`, `task.metrics`). Relative to the experiment file."""
    judge: Judge | None = None
    decision: Decision = Decision()
    probes: Probes = Probes()
    tracking: Tracking = Tracking()
    run: Run = Run()
    preset: Preset = "standard"
    """Sets what the file leaves out; see the end of this page."""

    @model_validator(mode="after")
    def _weights_can_be_trained(self) -> Experiment:
        if self.finetune.method == "full" and self.model.quantization != "none":
            raise ValueError("finetune.method: full cannot train quantised weights; take lora, or leave model.quantization out")
        return self

    @model_validator(mode="after")
    def _arms_are_distinct(self) -> Experiment:
        if len(set(self.arms)) != len(self.arms):
            raise ValueError("arms: each arm once")
        remote = [f"{endpoint.name}_{arm}" for endpoint in self.endpoints for arm in endpoint.all_arms]
        if taken := sorted({name for name in remote if name in ARM_NAMES or remote.count(name) > 1}):
            raise ValueError(f"endpoints: the arm {taken[0]!r} is there already; give each endpoint a name of its own, and each arm once")
        taken = [*ARM_NAMES, *remote, "declines_all", "commonest_answer"]
        for place, system in enumerate(self.systems):
            if system.name in [*taken, *(other.name for other in self.systems[:place])]:
                raise ValueError(f"systems: the name {system.name!r} is taken already; give each system a name of its own")
        asking = [metric.name for metric in self.task.metrics if isinstance(metric, RagasMetric) and metric.asks]
        if asking and self.judge is None:
            raise ValueError(f"task.metrics: {asking[0]} asks a model; name one under judge")
        if not (self.arms or self.endpoints or self.systems):
            raise ValueError("arms: nothing to compare; name arms, endpoints or systems")
        if self.retrieval.query_by is not None and self.retrieval.query_by not in {endpoint.name for endpoint in self.endpoints}:
            raise ValueError(f"retrieval.query_by: there is no endpoint {self.retrieval.query_by!r}")
        if unknown := sorted(self.decision.prices.tokens.keys() - {endpoint.name for endpoint in self.endpoints}):
            raise ValueError(f"decision.prices.tokens: there is no endpoint {unknown[0]!r}")
        return self

    def room(self, answer: int, most: int | None = None) -> int:
        """Tokens that a prompt may have, beside an answer of so many and its thought; `most`: see `Model.context`."""
        return self.model.context(most) - answer - (self.model.thinking_tokens if self.model.thinking else 0)

    def token_prices(self) -> dict[str, dict[str, float]]:
        """Endpoint → the price of a million tokens, `input` and `output`; empty where none is stated. `<endpoint>/tuned`: when tuned."""
        stated = self.decision.prices.tokens
        pairs = ((one.name, {**one.price_per_million, **stated.get(one.name, {})}) for one in self.endpoints)
        own = ((system.name, system.price_per_million) for system in self.systems)
        found = {name: {str(kind): price for kind, price in prices.items()} for name, prices in (*pairs, *own)}
        for one in self.endpoints:
            other = one.finetune.price_per_million if one.finetune else {}
            if one.finetune:
                found[f"{one.name}/tuned"] = {**found[one.name], **{str(k): price for k, price in other.items() if k != "training"}}
        return found
