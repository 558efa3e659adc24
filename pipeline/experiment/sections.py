"""The experiment and its sections, each key with its type, default and meaning. Reads no file and fills in no preset."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from pipeline.experiment.data_section import Data, Section

TaskKind = Literal["question_answering", "classification", "extraction", "generation"]
ArmName = Literal["base", "few_shot", "classic", "rag", "lora", "lora_rag", "hybrid", "oracle"]
ARM_NAMES: tuple[ArmName, ...] = ("base", "few_shot", "classic", "rag", "lora", "lora_rag", "hybrid", "oracle")
Preset = Literal["quick", "standard", "thorough"]


class Task(Section):
    kind: TaskKind
    instructions: str = ""
    """The team's own words to the model, the same for every arm; empty: the task's default."""
    labels: list[str] = []
    """Classification: all labels; empty: those of the training rows."""
    multi_label: bool = False
    """Classification: a row's references are its labels, all of them; they are written out, not scored by likelihood."""
    choices: list[str] = []
    """Question answering with a closed set for all rows (yes, no, maybe)."""
    answers: Literal["auto", "written", "scored"] = "auto"
    """Whether closed sets are scored by likelihood or written out; auto: scored wherever the model gives probabilities."""
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    """Extraction: a JSON schema; none: inferred from the training targets."""
    constrained: bool = False
    """Extraction: decode under the schema, in every arm alike."""
    cite: bool = False
    """Question answering: ask for the numbers of the passages used."""
    answer_words: int = Field(default=30, ge=1)
    """Question answering: an answer that stands behind more words than this is buried, and not right."""
    max_new_tokens: int | None = Field(default=None, ge=1, le=4096)
    """None: the task's default, raised to what the training targets need."""


class Model(Section):
    name: str = "smollm2-135m-instruct"
    revision: str | None = None
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    quantization: Literal["none", "int8", "nf4"] = "none"
    device: str | None = None
    """None: CUDA where there is one, else the CPU."""
    engine: Literal["auto", "library"] = "auto"
    """How models compute. auto: by faster code of our own where it fits a model and a check shows the library's numbers; library: by
    transformers' and PEFT's own code throughout, which is slower and differs in rounding alone."""
    max_context: int = Field(default=2048, ge=128)


class Retrieval(Section):
    source: Literal["documents", "examples", "both"] | None = None
    """None: documents where there are any, else the training examples."""
    embedder: str = "all-minilm-l6-v2"
    chunk_tokens: int = Field(default=256, ge=16)
    overlap_tokens: int = Field(default=32, ge=0)
    search: Literal["dense", "lexical", "hybrid"] = "dense"
    index: Literal["auto", "flat", "hnsw", "ivfpq"] = "auto"
    reranker: str | None = None
    mmr: float | None = Field(default=None, ge=0, le=1)
    """Weight of relevance against novelty in maximal marginal relevance; None: off."""
    parent: bool = False
    """Give the whole document of a found passage, where it fits."""
    k: int = Field(default=3, ge=1, le=50)
    tune: bool | None = None
    """Choose search and chunk size by recall of gold passages on training and dev questions, then k by the base model's answers to them;
    None: the preset's."""


class Finetune(Section):
    method: Literal["lora", "rslora", "dora", "qlora", "full"] = "lora"
    rank: int = Field(default=16, ge=1)
    alpha: float | None = None
    """None: twice the rank."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str | list[str] = "all-linear"
    layers: int | None = Field(default=None, ge=1)
    """Adapters in this many of the last layers only, for every training: faster, and another adapter than in all of them; None: all."""
    learning_rate: float | None = Field(default=None, gt=0)
    """None: 1e-3 for adapters, 5e-5 for all weights (chosen on dev sets, see docs/log.md)."""
    epochs: float | None = Field(default=None, gt=0)
    """None: the preset's."""
    batch_size: int = Field(default=8, ge=1)
    gradient_accumulation: int = Field(default=1, ge=1)
    checkpoint_steps: int = Field(default=20, ge=1)
    patience: int = Field(default=2, ge=0)
    """Evaluations on dev without improvement before training stops; 0: never stop early."""
    seeds: list[int] | None = None
    """None: the preset's."""
    gold_share: float = Field(default=0.9, ge=0, le=1)
    """RAFT: share of hybrid's training rows whose passages include the gold one."""
    quote: bool = False
    """RAFT: hybrid's targets quote the passage before they answer."""
    search: bool | None = None
    """Search rank, learning rate and epochs on dev by successive halving; None: the preset's."""
    unanswerable_share: float = Field(default=0.2, ge=0, le=1)
    """The largest share of training rows that have no answer, in every training alike: a small model that is mostly taught to decline
    declines everything. 1: all of them are used."""
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


class Endpoint(Section):
    """A model behind an OpenAI-compatible API, as further arms."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")
    base_url: str
    model: str
    api_key_env: str | None = None
    """The environment variable that holds the key; the key itself never stands in a file."""
    arms: list[Literal["base", "few_shot", "rag"]] = ["base", "rag"]
    concurrency: int = Field(default=4, ge=1)
    timeout_s: float = Field(default=60, gt=0)
    retries: int = Field(default=4, ge=0)
    price_per_million: dict[Literal["input", "output"], float] = {}
    budget: dict[Literal["money", "tokens"], float] = {}


class Judge(Section):
    provider: Literal["openai_compatible", "anthropic", "in_process"] = "openai_compatible"
    base_url: str | None = None
    model: str
    api_key_env: str | None = None
    metrics: list[str] = ["faithfulness", "context_recall", "factual_correctness"]
    rubric: str = ""
    concurrency: int = Field(default=8, ge=1)
    timeout_s: float = Field(default=120, gt=0)
    retries: int = Field(default=3, ge=0)
    max_tokens: int = Field(default=2048, ge=16)
    budget: dict[Literal["money", "tokens"], float] = {}
    price_per_million: dict[Literal["input", "output"], float] = {}
    min_kappa: float = Field(default=0.6, ge=-1, le=1)


class Constraints(Section):
    p95_seconds: float | None = None
    cost_per_1000: float | None = None
    max_fabricated: float | None = Field(default=None, ge=0, le=1)
    min_right: float | None = Field(default=None, ge=0, le=1)
    """The share of right answers that a candidate must be shown to reach."""
    must_cite: bool = False
    facts_change: Literal["daily", "weekly", "yearly", "never"] | None = None
    documents_in_weights: bool = True
    """False: documents may not enter weights."""


class Prices(Section):
    currency: str = "EUR"
    machine_hour: float = Field(default=0.10, ge=0)
    watts: float = Field(default=65.0, ge=0)
    """Of the machine under load, for the energy estimate."""
    queries_per_month: float = Field(default=10_000, ge=0)
    tokens: dict[str, dict[Literal["input", "output"], float]] = {}
    """By endpoint, a million tokens; what is not named costs the endpoint's own `price_per_million`."""


class Decision(Section):
    metric: str | None = None
    """The primary metric, fixed before the run; None: the task's."""
    margin: float = Field(default=0.03, ge=0)
    """The smallest difference the team cares about, in the metric's own units."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    coverage_floor: float = Field(default=0.9, ge=0, le=1)
    cost_of_wrong: float = Field(default=0.0, ge=0)
    """What a wrong answer takes away, in right answers; a declined one takes nothing."""
    constraints: Constraints = Constraints()
    weights: dict[str, float] = {}
    prices: Prices = Prices()


class Probes(Section):
    """Evidence beyond the average; none of it changes the verdict. None: the preset's."""

    learning_curve: bool | None = None
    """Train on a quarter and on half of the rows too: would more training rows change the verdict?"""
    forgetting: bool | None = None
    """Ask before and after training: general questions, and questions to be refused."""
    change: bool | None = None
    """Change facts in the documents: which arms follow?"""
    robustness: bool | None = None
    """Typos, other wordings, distracting and conflicting passages."""


class Experiment(Section):
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$")
    task: Task
    data: Data
    model: Model = Model()
    retrieval: Retrieval = Retrieval()
    finetune: Finetune = Finetune()
    few_shot: FewShot = FewShot()
    arms: list[ArmName] = list(ARM_NAMES)
    endpoints: list[Endpoint] = []
    judge: Judge | None = None
    decision: Decision = Decision()
    probes: Probes = Probes()
    preset: Preset = "standard"

    @model_validator(mode="after")
    def _arms_are_distinct(self) -> Experiment:
        if len(set(self.arms)) != len(self.arms):
            raise ValueError("arms: each arm once")
        remote = [f"{endpoint.name}_{arm}" for endpoint in self.endpoints for arm in endpoint.arms]
        if taken := sorted({name for name in remote if name in ARM_NAMES or remote.count(name) > 1}):
            raise ValueError(f"endpoints: the arm {taken[0]!r} is there already; give each endpoint a name of its own, and each arm once")
        if unknown := sorted(self.decision.prices.tokens.keys() - {endpoint.name for endpoint in self.endpoints}):
            raise ValueError(f"decision.prices.tokens: there is no endpoint {unknown[0]!r}")
        return self

    def token_prices(self) -> dict[str, dict[str, float]]:
        """Endpoint → the price of a million tokens, `input` and `output`; empty where none is stated."""
        stated = self.decision.prices.tokens
        pairs = ((one.name, {**one.price_per_million, **stated.get(one.name, {})}) for one in self.endpoints)
        return {name: {str(kind): price for kind, price in prices.items()} for name, prices in pairs}
