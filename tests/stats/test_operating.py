"""Simulated answers follow the truth they are drawn from, and are counted as the tests count them."""

from itertools import product

import numpy as np
import pytest

from tuneproof.stats.multiplicity import holm
from tuneproof.stats.operating import (
    Answers,
    Crew,
    Frame,
    count_pairs,
    count_right,
    draw,
    draw_absent,
    draw_rate,
    holm_rejects,
    with_gaps,
)
from tuneproof.stats.truth import Core, Truth

FRAME = Frame(sizes=np.array([13, 5, 30]), belongs=np.array([[1, 1, 0], [1, 1, 1], [1, 0, 0]]))
"""48 examples; the first part is all of them, the second the first 18, the third five of these."""


def test_drawn_answers_follow_the_truth() -> None:
    """Over 96,000 pairs, each share within five standard errors."""
    truth = Truth(accuracy=0.6, gain=0.1, discordance=0.3)
    rng, crew = np.random.default_rng(3), Crew(baselines=1, candidates=2, missing=0.05)
    absent = draw_absent(rng, crew, FRAME, 2000)
    answers = with_gaps(draw(rng, (Core.of(truth),) * 3, FRAME, crew, 2000), absent, FRAME)
    counts, total = count_pairs(answers, (2, 0), FRAME, complete=False), 2000 * 48
    shares = [held[:, 0].sum() / total for held in (counts.wins, counts.losses, counts.missing)]
    kept = 0.95**2
    assert shares == pytest.approx([0.2 * kept, 0.1 * kept, 1 - kept], abs=5 * 0.5 / total**0.5)


def test_slices_may_have_a_truth_of_their_own() -> None:
    """Only the second atom loses."""
    usual, harmed = (Core.of(Truth.nearest(0.8, gain, 0.5)) for gain in (0.0, -0.5))
    crew = Crew(baselines=1, candidates=1, missing=0.0)
    answers = with_gaps(draw(np.random.default_rng(1), (usual, harmed, usual), FRAME, crew, 2000), None, FRAME)
    counts = count_pairs(answers, (1, 0), FRAME, complete=True)
    assert (counts.wins - counts.losses)[:, 2].mean() / 5 == pytest.approx(-0.5, abs=0.03)
    assert (counts.wins - counts.losses)[:, 0].mean() / 48 == pytest.approx(-0.5 * 5 / 48, abs=0.02)


def test_rates_are_drawn_whatever_the_others_say() -> None:
    """A share of 0.9, less what is missing."""
    crew = Crew(baselines=1, candidates=1, missing=0.0)
    answers = with_gaps(draw_rate(np.random.default_rng(2), 0.9, FRAME, crew, 2000), None, FRAME)
    right, missing = count_right(answers, 1)
    assert right.mean() / 48 == pytest.approx(0.9, abs=0.01)
    assert not missing.any()


def test_counts_are_those_of_a_loop() -> None:
    """Every part, with gaps: bits say what the marks one by one say."""
    rng, crew = np.random.default_rng(4), Crew(baselines=1, candidates=1, missing=0.2)
    right = rng.random((2, 7, FRAME.atom.size)) < 0.5
    absent = draw_absent(rng, crew, FRAME, 7)
    answers = with_gaps(FRAME.pack(right), absent, FRAME)
    counts = count_pairs(answers, (1, 0), FRAME, complete=False)
    for repetition, part in product(range(7), range(3)):
        pairs = _pairs(answers, repetition, part)
        worst = [(mine or 0) - (1 if other is None else other) for mine, other in pairs]
        best = [(1 if mine is None else mine) - (other or 0) for mine, other in pairs]
        known = [mine - other for mine, other in pairs if mine is not None and other is not None]
        expected = (known.count(1), known.count(-1), best.count(1), worst.count(-1), len(pairs) - len(known))
        held = (counts.wins, counts.losses, counts.most_wins, counts.most_losses, counts.missing)
        assert tuple(int(one[repetition, part]) for one in held) == expected


def _pairs(answers: Answers, repetition: int, part: int) -> list[tuple[int | None, int | None]]:
    """Return (candidate, baseline) of each example of a part; None where the mark is missing."""
    right, wrong = (np.unpackbits(bits[:, repetition], axis=-1) for bits in (answers.right, answers.wrong))
    marks = np.where(right, 1, np.where(wrong, 0, -1))
    inside = FRAME.is_example & (FRAME.belongs[FRAME.atom, part] == 1)
    return [tuple(None if mark < 0 else int(mark) for mark in pair) for pair in marks[::-1, inside].T]  # type: ignore[misc]


def test_padding_is_never_counted() -> None:
    """48 examples stand in 56 + 8 bits, and all right are 48."""
    full = FRAME.pack(np.ones((1, FRAME.atom.size), dtype=bool))
    assert FRAME.counts(full).tolist() == [FRAME.n.tolist()] == [[48, 18, 5]]


def test_holm_by_levels_is_holm() -> None:
    """How many of the levels alpha, alpha/2, ... are passed is all that the step-down procedure looks at."""
    rng, alpha = np.random.default_rng(6), 0.05
    p = 10 ** rng.uniform(-3, 0, size=(4, 500))
    passed = sum((p <= alpha / rank).astype(np.int64) for rank in range(1, 5))
    expected = np.array([[held <= alpha for held in holm(list(column))] for column in p.T]).T
    assert holm_rejects(np.asarray(passed)).tolist() == expected.tolist()
    assert 0.1 < expected.mean() < 0.9
