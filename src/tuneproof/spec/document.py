"""The shape of an experiment file and of an evalset.toml, as pydantic models: what may be written, and nothing else."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Table(BaseModel):
    """A table of the file: unknown keys are refused, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class InlineFile(Table):
    """A text that stands in a file of its own."""

    file: str
    """Path, relative to the experiment file."""


class FewShotTable(Table):
    """Worked examples before the question."""

    path: str
    """A file in any evalset format."""
    k: Annotated[int, Field(ge=1)]
    """How many rows are shown."""
    choose: Literal["first", "stratified"] = "first"
    """The first k rows, or rows of each expected value in turn."""


class ContextTable(Table):
    """Passages retrieved by TF-IDF."""

    path: str
    """Path or glob of text files."""
    k: Annotated[int, Field(ge=1)]
    """How many passages are given."""


class PromptTable(Table):
    """How a question is put."""

    system: str | InlineFile | None = None
    """Template of the system message."""
    user: str | InlineFile | None = None
    """Template of the user message."""
    few_shot: FewShotTable | None = None
    """Worked examples before the question."""
    context: ContextTable | None = None
    """Retrieved passages."""


class ExperimentTable(Table):
    """The experiment as a whole."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length=100)]
    """Letters, digits, `.`, `_`, `-`; it names a folder."""
    hypothesis: str = ""
    """What is expected, and why."""
    seed: int = 0
    """Seed of every draw."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """One-sided error of each criterion."""
    expected_lift: Annotated[float, Field(gt=-1, lt=1)] | None = None
    """For planning: the effect trained for, score units."""
    expected_discordance: Annotated[float, Field(gt=0, le=1)] | None = None
    """For planning: share of examples on which the systems differ."""
    curtail: bool = False
    """Leave out questions to candidates that can no longer change the verdict."""
    sequential: Literal["obf5"] | None = None
    """`obf5`: five looks at 20, 40, 60, 80 and 100 % of the examples, in an order of the seed; a clear case ends early."""
    futility: bool = False
    """With `sequential`: a look ends a candidate whose trend would hardly decide anything."""
    noise_floor: Annotated[int, Field(ge=1)] | None = None
    """Examples of each evalset on which every baseline is asked again, to see how far it differs from itself."""


class LedgerTable(Table):
    """How often results on the holdout may be shown."""

    mode: Literal["open", "sealed"] = "open"
    """`open` shows everything; `sealed` shows the verdict and a coarse reason, nothing else."""
    exposures: Annotated[int, Field(ge=1, le=100)] | None = None
    """How often new answers' results will be shown; alpha is shared by so many. Left out: nothing is declared or shared."""


class RegressionTable(Table):
    """What a regression run must show."""

    margin: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.03
    """Largest drop against the accepted run that does not matter, score units, unless a non_inferiority criterion says."""


class FolderSource(Table):
    """Checkpoints that stand in a folder."""

    folder: str
    """A folder of adapters, relative to the experiment file; their order is that of the numbers in their names."""


class JobSource(Table):
    """Checkpoints of a fine-tuning job."""

    job: Annotated[str, Field(min_length=1)]
    """Id of the job at the system's provider."""


class SliceTable(Table):
    """One slice of an evalset."""

    grader: str
    """Name of the grader of its examples."""


class EvalsetTable(Table):
    """One evalset."""

    path: str
    """A folder with evalset.toml, or one data file."""
    role: Literal["target", "general", "safety", "selection"] | None = None
    """What it is for; from evalset.toml where not given, else target. `selection`: to choose a checkpoint on."""
    graders: list[str] | None = None
    """Names of graders of every example that brings none."""
    labels: list[str] | None = None
    """Labels fixed in advance."""
    slices: dict[str, SliceTable] = {}
    """Slice name to its grader."""
    prompt: PromptTable | None = None
    """Replaces every system's prompt on this evalset."""


class EvalsetFileTable(Table):
    """evalset.toml of an evalset folder."""

    role: Literal["target", "general", "safety", "selection"] = "target"
    """What the evalset is for."""
    labels: list[str] | None = None
    """Labels fixed in advance."""
    graders: list[str] | dict[str, dict[str, Any]] = []
    """Names of graders, or tables that define them."""
    slices: dict[str, SliceTable] = {}
    """Slice name to its grader."""
    prompt: PromptTable | None = None
    """Replaces every system's prompt on this evalset."""
    origin: str = ""
    """Where the examples come from."""
    licence: str = ""
    """Their licence."""
    digest: str | None = None
    """Content digest that the examples must have."""


class TrainingTable(Table):
    """How a candidate was trained: provenance for the report."""

    files: list[str] = []
    """Training files; their digests go into the manifest."""
    base_model: str | None = None
    """The model that was trained further."""
    cost_usd: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """What the training cost."""


class SystemTable(Table):
    """One system."""

    role: Literal["baseline", "candidate", "judge"]
    """Compared as a baseline or as a candidate, or used only by a grader."""
    provider: str
    """Name of the provider."""
    model: str = ""
    """The provider's model id."""
    prompt: PromptTable = PromptTable()
    """How it is asked."""
    decoding: dict[str, Any] = {}
    """Sent as written."""
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many times each question is asked."""
    checkpoints: Annotated[list[str], Field(min_length=1)] | FolderSource | JobSource | None = None
    """A candidate's states in training, in their order: model ids, a folder of adapters, or a fine-tuning job."""
    training: TrainingTable = TrainingTable()
    """Declared training data, base model and cost."""


class ExperimentDocument(Table):
    """The whole experiment file."""

    experiment: ExperimentTable
    """The experiment as a whole."""
    evalsets: dict[str, EvalsetTable] = Field(min_length=1)
    """At least one."""
    graders: dict[str, dict[str, Any]] = {}
    """`kind` and the settings of that kind."""
    providers: dict[str, dict[str, Any]] = Field(min_length=1)
    """`kind` and the settings of that kind."""
    systems: dict[str, SystemTable] = Field(min_length=1)
    """At least a baseline."""
    ledger: LedgerTable = LedgerTable()
    """How often results on the holdout may be shown."""
    regression: RegressionTable = RegressionTable()
    """What a regression run must show."""
    criteria: list[dict[str, Any]] = []
    """`kind`, `name` and the settings of that kind."""
