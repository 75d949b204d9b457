"""What can be said of an evalset: remarks, each of a kind and with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["fault", "caution", "note"]
"""`fault`: the data is wrong. `caution`: a reader must know and judge. `note`: what was looked at, or was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of remark."""

    level: Level
    """How bad it is."""
    title: str
    """What its remarks have in common, as a heading says it."""


KINDS: Mapping[str, Kind] = {
    "digest": Kind(level="fault", title="the examples are not those that evalset.toml declares"),
    "no_slice": Kind(level="fault", title="evalset.toml names a slice that no example is of"),
    "unmarkable": Kind(level="fault", title="a grader cannot mark the example"),
    "no_label": Kind(level="fault", title="expects what is none of the labels"),
    "duplicate": Kind(level="fault", title="asks what another example asks"),
    "near_duplicate": Kind(level="fault", title="asks nearly what another example asks, and expects the same"),
    "unreachable": Kind(level="fault", title="the expected answer does not pass its own grader"),
    "lenient": Kind(level="fault", title="a wrong answer passes"),
    "alike": Kind(level="caution", title="much like another example; if they are not independent, give them one `cluster`"),
    "in_question": Kind(level="caution", title="the expected answer stands in the question"),
    "balance": Kind(level="caution", title="labels and answers are not in balance"),
    "small_slice": Kind(level="caution", title="slices of fewer than 50 examples show large changes only"),
    "unchecked": Kind(level="caution", title="answers cannot be checked here"),
    "provenance": Kind(level="caution", title="where the examples come from is not said"),
    "clustered": Kind(level="note", title="much like another example of its cluster, as declared"),
    "untried": Kind(level="note", title="expected is no answer that could be tried"),
    "skipped": Kind(level="note", title="not looked for"),
}
"""Kind of remark to how bad it is and its heading; faults first, in the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that was found."""

    kind: str
    """Of `KINDS`."""
    where: str
    """`file:line` of an example, or the file."""
    what: str
    """What was found, on one line."""

    @property
    def level(self) -> Level:
        """How bad it is."""
        return KINDS[self.kind].level

    def to_json(self) -> dict[str, Any]:
        """Return it as `evalset check --json` prints it."""
        return {"kind": self.kind, "level": self.level, "where": self.where, "what": self.what}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An evalset that was checked."""

    path: str
    """The data file."""
    n: int
    """Examples."""
    remarks: Sequence[Remark]
    """In the order of `KINDS`, and of the file."""
    facts: Mapping[str, Any]
    """What was counted: slices, labels, answers that were tried."""

    @property
    def faults(self) -> int:
        """Number of faults."""
        return sum(remark.level == "fault" for remark in self.remarks)

    @property
    def cautions(self) -> int:
        """Number of kinds of cautions that have a remark."""
        return len({remark.kind for remark in self.remarks if remark.level == "caution"})

    @property
    def grouped(self) -> dict[str, list[Remark]]:
        """Remarks by kind, in the order of `KINDS`."""
        found: dict[str, list[Remark]] = {}
        for remark in self.remarks:
            found.setdefault(remark.kind, []).append(remark)
        return found

    def to_json(self) -> dict[str, Any]:
        """Return it as `evalset check --json` prints it."""
        counts = {"n": self.n, "n_faults": self.faults, "n_cautions": self.cautions}
        return {
            "path": self.path,
            **counts,
            "facts": dict(self.facts),
            "remarks": [remark.to_json() for remark in self.remarks],
        }
