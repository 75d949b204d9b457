"""The page: everything a template may print, as texts and drawings, in the order in which a reviewer asks for it."""

from dataclasses import dataclass

from tuneproof.core.report import Dossier
from tuneproof.stages import (
    _answers,
    _curve_view,
    _decision,
    _exposure_view,
    _judges,
    _movement_view,
    _noise_view,
    _outlook_view,
    _provenance,
    _slices,
    _stopping_view,
    _tables,
    _verdicts,
)
from tuneproof.stages import _numerals as numerals
from tuneproof.stages._allowance import Allowance
from tuneproof.stages._user_text import cut, short


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything a template may print."""

    experiment: str
    """Name of the experiment."""
    run_id: str
    """Id of the run."""
    created_at: str
    """Start of the run."""
    hypothesis: str
    """What was expected before the data."""
    is_judged: bool
    """False for runs that only collect."""
    headline: _decision.Headline
    """The verdict."""
    verdicts: tuple[_verdicts.VerdictView, ...]
    """One a candidate, in file order."""
    hidden_verdicts: str
    """How many candidates are not shown; empty where all are."""
    board: _tables.Table
    """Several candidates at a glance; no rows where one is judged."""
    exposure: str
    """Which exposure of its holdout it is; empty where nothing is shown of one."""
    exposure_cautions: tuple[str, ...]
    """What is to be known of the ledger."""
    regression: _movement_view.RegressionView | None
    """What moved since the accepted run; None for runs that are no regression runs."""
    outlook: _outlook_view.OutlookView | None
    """What was to be expected before the data; None where the lock keeps none."""
    curves: tuple[_curve_view.CurveView, ...]
    """Learning curves."""
    hidden_curves: str
    """How many of them are not shown; empty where all are."""
    stopping: _stopping_view.StoppingView | None
    """How the run could end early, and what that did; None where no such rule was registered."""
    noise: _noise_view.NoiseView | None
    """How much the numbers move by themselves; None where that was not measured."""
    judges: tuple[_judges.JudgeView, ...]
    """Graders that ask judges, and how far these agree with people."""
    hidden_judges: str
    """How many of them are not shown; empty where all are."""
    systems: _tables.Table
    """What was compared."""
    judge_systems: _tables.Table
    """What judged; no rows where nothing did."""
    levels: _tables.Table
    """Means."""
    slices: tuple[_slices.SliceGroup, ...]
    """Differences slice by slice."""
    flips: tuple[_answers.FlipGroupView, ...]
    """Single answers that differ."""
    answers: _tables.Table
    """How answers came back."""
    lopsided: tuple[str, ...]
    """Failures that befell the systems unevenly."""
    failures: _tables.Table
    """The first missing and ungradable answers."""
    n_failures: str
    """How many there are in all."""
    costs: _tables.Table
    """What the answers took."""
    labels: tuple[_tables.Table, ...]
    """Per-label tables."""
    evalsets: _tables.Table
    """Provenance of the data."""
    facts: _tables.Table
    """Provenance of the run."""
    commands: tuple[tuple[str, str], ...]
    """How to repeat the numbers."""
    signature: str
    """Digests and versions; empty where nothing was judged."""


def page(dossier: Dossier, allowance: Allowance) -> Page:
    """Return the page of a run, as much of it as may be shown."""
    judgement = dossier.judgement
    verdicts = judgement.verdicts if judgement else ()
    recommended = judgement.recommended if judgement else None
    return Page(
        experiment=short(dossier.experiment),
        run_id=short(dossier.run_id),
        created_at=short(dossier.created_at),
        hypothesis=cut(dossier.hypothesis, allowance.text),
        is_judged=judgement is not None,
        headline=_decision.headline(judgement, dossier.regression),
        verdicts=tuple(_verdicts.verdict_view(verdict, recommended, allowance) for verdict in allowance.some(verdicts)),
        hidden_verdicts=allowance.hidden(verdicts),
        board=_tables.board(dossier, allowance),
        exposure=_exposure_view.exposure_in_words(dossier.slot),
        exposure_cautions=_exposure_view.exposure_cautions(dossier.slot, judgement.cautions if judgement else ()),
        regression=_movement_view.regression_view(dossier.regression, allowance),
        outlook=_outlook_view.outlook_view(dossier.outlook, allowance),
        curves=_curve_view.curve_views(dossier, allowance),
        hidden_curves=allowance.hidden(dossier.curves),
        stopping=_stopping_view.stopping_view(dossier, allowance),
        noise=_noise_view.noise_view(dossier, allowance),
        judges=_judges.judge_views(dossier, allowance),
        hidden_judges=allowance.hidden(dossier.judges),
        systems=_tables.systems_table(dossier),
        judge_systems=_tables.judges_table(dossier),
        levels=_tables.levels_table(dossier, allowance),
        slices=_slices.slice_groups(dossier, allowance),
        flips=_answers.flip_groups(dossier, allowance),
        answers=_tables.answers_table(dossier),
        lopsided=_answers.lopsided(dossier),
        failures=_answers.failures_table(dossier, allowance),
        n_failures=numerals.whole(dossier.n_failures),
        costs=_tables.costs_table(dossier),
        labels=_tables.label_tables(dossier, allowance),
        evalsets=_provenance.evalsets_table(dossier, allowance),
        facts=_provenance.facts_table(dossier, allowance),
        commands=_provenance.commands(dossier),
        signature=cut(judgement.signature, 600) if judgement else "",
    )
