"""Sealed runs: the decision and one of a few fixed sentences are shown, and nothing else that the answers bear on."""

from dataclasses import replace

from tuneproof.core.errors import InputError, Problem
from tuneproof.core.report import Dossier
from tuneproof.core.verdict import Judgement, Reason, Verdict
from tuneproof.pipeline.bench import Bench
from tuneproof.store.run_folder import RunFolder

MET = "every criterion is met"
FAILED = "a criterion is shown not to hold"
MORE = "more evidence is needed"
LACKING = "answers, labels or clusters are lacking"

SEALED_OUTPUTS = 3
"""Messages that a sealed run which is not GO may give: `FAILED`, `MORE`, `LACKING`, whatever the number of candidates.

Why their number matters: work goes on after a message, so the j-th candidate may depend on the messages of the j - 1 runs
before it, and on nothing else of the holdout. Then it is one of at most s^(j-1) candidates, one for each sequence of messages,
that were settled before the first run, whoever chooses and however. Judged at alpha / (B s^(j-1)), all that could stand in
place j are wrongly GO with probability alpha / B together, and those of all places with alpha: the union bound, which assumes
nothing of how one follows from another. A message more would cost every later exposure; these three are as few as tell what to
do next: train again, collect more examples, or see to it that what is missing comes.
"""

_LACKING: frozenset[Reason] = frozenset(
    {"UNRESOLVED_ITEMS", "TOO_FEW_CLUSTERS", "TOO_FEW_HUMAN_LABELS", "JUDGE_BARRED", "BUDGET_SPENT", "NOT_RUN"}
)
"""Reasons that something is missing; the others ask for more of what is there."""


def seal(judgement: Judgement) -> Judgement:
    """Return what of a judgement a sealed run shows.

    Of several candidates only the one to ship is named: each decision of its own would be a message more. Cautions
    stay where they are about the ledger: the others are drawn from the answers, and each would be a message too.
    """
    return replace(
        judgement,
        verdicts=tuple(replace(verdict, findings=(), model=None) for verdict in _named(judgement)),
        cautions=judgement.slot.cautions if judgement.slot else (),
        sealed_because=_because(judgement),
    )


def sealed_dossier(bench: Bench, folder: RunFolder, judgement: Judgement | None) -> Dossier:
    """Return what a sealed run shows: whose run it is, and its verdict; of one that only collects (`--only`) not even that."""
    told = folder.read_json("manifest.json")
    return Dossier(
        judgement=judgement,
        experiment=bench.experiment.name,
        run_id=folder.run_id,
        hypothesis=bench.experiment.hypothesis,
        alpha=bench.experiment.alpha,
        created_at=told["created_at"],
        systems=(),
        evalsets=(),
        levels=(),
        differences=(),
        flips=(),
        failures=(),
        n_failures=0,
        label_reports={},
        manifest=told,
        slot=judgement.slot if judgement else None,
    )


def check_seal(folder: RunFolder) -> None:
    """Refuse to show a sealed run's numbers.

    Raises:
        InputError: naming what to do where they must be seen after all.
    """
    if is_sealed(folder):
        hint = 'to open it, set ledger.mode = "open" and run again: that is recorded, and needs no new answers'
        raise InputError(Problem(where=str(folder.path), what="is sealed: only its verdict is shown", hint=hint))


def check_open(bench: Bench, shows: str) -> None:
    """Refuse to show a sealed holdout's answers one by one.

    Args:
        bench: The experiment.
        shows: What would be shown, for the message.

    Raises:
        InputError: naming the setting.
    """
    if bench.experiment.rules.ledger_mode != "open":
        where, what = f"{bench.workspace.experiment_file}: ledger.mode", f"{bench.experiment.rules.ledger_mode!r} hides {shows}"
        raise InputError(Problem(where=where, what=what, expected='"open"', hint="a lock counts this as a changed rule"))


def is_sealed(folder: RunFolder) -> bool:
    """Tell whether a run shows its verdict alone."""
    told = folder.read_json("manifest.json").get("exposure")
    return bool(told) and told["mode"] == "sealed"


def _named(judgement: Judgement) -> tuple[Verdict, ...]:
    """Return the verdicts that say no more than the decision over all of them."""
    if judgement.decision == "GO":
        return tuple(verdict for verdict in judgement.verdicts if verdict.candidate == judgement.recommended)
    alike = all(verdict.decision == judgement.decision for verdict in judgement.verdicts)
    return judgement.verdicts if judgement.decision == "NO-GO" or (alike and len(judgement.verdicts) == 1) else ()


def _because(judgement: Judgement) -> str:
    if judgement.decision != "UNDECIDED":
        return MET if judgement.decision == "GO" else FAILED
    reasons = {
        reason
        for verdict in judgement.verdicts
        if verdict.decision == "UNDECIDED"
        for finding in verdict.findings
        if finding.decides
        for reason in finding.reasons
    }
    return LACKING if reasons & _LACKING else MORE
