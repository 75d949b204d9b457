"""Experiments: one file, as plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneproof.core.example import Role
from tuneproof.core.exposure import LedgerMode
from tuneproof.core.system import Prompt, System


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSpec:
    """What the file says of one grader, provider or criterion, before the plug-in itself is asked."""

    name: str
    """Its name in the experiment file."""
    kind: str
    """File name of the plug-in, or an import path `package.module:Class`."""
    settings: Mapping[str, Any]
    """All other keys, as written."""
    where: str
    """Key path in the file (`graders.label`, `criteria[0]`), for messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalsetSpec:
    """What the experiment file and the evalset's own evalset.toml say of one evalset, the former before the latter."""

    name: str
    """Its name in the experiment file."""
    path: str
    """The data file, as a path that can be opened from the current folder."""
    role: Role
    """What it is for."""
    labels: tuple[str, ...] | None
    """Labels fixed in advance; None = the sorted distinct expected texts."""
    graders: tuple[str, ...]
    """Names of graders of every example that brings none."""
    slice_graders: Mapping[str, str]
    """Slice name to grader name."""
    prompt: Prompt | None
    """Replaces every system's prompt, few-shot and context on this evalset; None leaves them."""
    declared_digest: str | None
    """Content digest that evalset.toml declares; None where it declares none."""
    origin: str
    """Where the examples come from; empty where not said."""
    licence: str
    """Their licence; empty where not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The registered rules of a run beside its criteria: how it may end early, and how often its results may be shown."""

    curtail: bool = False
    """Whether questions that can no longer change the verdict are left out."""
    sequential: str | None = None
    """`obf5`, or None for one look at the end."""
    futility: bool = False
    """Whether a look may end a candidate whose trend is hopeless."""
    noise_floor: int | None = None
    """Examples of each evalset on which every baseline is asked twice; None asks once."""
    ledger_mode: LedgerMode = "open"
    """How much a run shows."""
    exposures: int | None = None
    """Declared exposures of the holdout; None where none are declared."""
    regression_margin: float = 0.03
    """Largest drop against the accepted run that does not matter, score units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment file, checked as far as it can be without its data."""

    name: str
    """Letters, digits, `.`, `_`, `-`."""
    hypothesis: str
    """What is expected and why; empty where not written."""
    seed: int
    """Seed of every draw."""
    alpha: float
    """One-sided error of each criterion; intervals are shown at 1 - 2 alpha. An exposure's share where alpha is split."""
    registered_alpha: float
    """As the file has it."""
    expected_lift: float | None
    """For planning: the effect trained for, score units."""
    expected_discordance: float | None
    """For planning: share of examples on which the systems are expected to differ."""
    rules: Rules
    """Beside the criteria."""
    evalsets: tuple[EvalsetSpec, ...]
    """In file order."""
    graders: Mapping[str, PluginSpec]
    """Those of the file and of its evalsets' evalset.toml, by name."""
    providers: Mapping[str, PluginSpec]
    """By name."""
    systems: tuple[System, ...]
    """In file order."""
    criteria: tuple[PluginSpec, ...]
    """In file order."""
    document: Mapping[str, Any]
    """The whole file as JSON, with prompt files and evalset.toml worked in: enough to repeat any later step without them."""

    def of_role(self, role: str) -> tuple[System, ...]:
        """Return the systems of one role, in file order."""
        return tuple(system for system in self.systems if system.role == role)

    @property
    def compared(self) -> tuple[System, ...]:
        """Baselines and candidates, in file order."""
        return tuple(system for system in self.systems if system.role != "judge")
