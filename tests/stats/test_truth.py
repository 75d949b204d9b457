"""Truths that can be, and cores that make systems differ as often as was said."""

import pytest

from tuneproof.stats.truth import Core, Truth, roomy_accuracy

TRUTHS = [
    Truth(accuracy=accuracy, gain=gain, discordance=discordance)
    for accuracy, gain, discordance in [
        (0.75, 0.0, 0.1),
        (0.75, 0.1, 0.1),
        (0.5, 0.25, 0.5),
        (0.5, 0.0, 0.5),
        (0.9, -0.2, 0.3),
        (0.6, -0.6, 0.6),
        (0.3, 0.1, 0.4),
        (0.0, 0.3, 0.3),
        (1.0, -0.3, 0.3),
    ]
]


def moments(core: Core, truth: Truth) -> tuple[float, float, float]:
    """Return the baseline's accuracy and the shares that one of the two alone has right, from a core's probabilities."""
    weights = (1.0 - truth.accuracy, truth.accuracy)
    pairs = list(zip(weights, core.baseline, core.candidate, strict=True))
    level = sum(weight * base for weight, base, _ in pairs)
    return level, sum(w * c * (1 - b) for w, b, c in pairs), sum(w * b * (1 - c) for w, b, c in pairs)


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_a_core_has_the_truth_it_was_made_for(truth: Truth) -> None:
    """Level, wins and losses come out exactly, and every probability is one."""
    core = Core.of(truth)
    assert moments(core, truth) == pytest.approx((truth.accuracy, truth.wins, truth.losses), abs=1e-9)
    assert all(0.0 <= chance <= 1.0 for chance in (core.right, *core.baseline, *core.candidate))


def test_without_a_gain_all_systems_differ_alike() -> None:
    """Two baselines differ as often as a candidate from either."""
    core = Core.of(Truth(accuracy=0.75, gain=0.0, discordance=0.1))
    apart = 2.0 * sum(w * b * (1 - b) for w, b in zip((0.25, 0.75), core.baseline, strict=True))
    assert apart == pytest.approx(0.1, abs=1e-9)


@pytest.mark.parametrize(
    ("wished", "found"),
    [((0.75, 0.1, 0.2), (0.75, 0.1, 0.2)), ((0.9, 0.3, 0.3), (0.9, 0.1, 0.1)), ((0.9, 0.0, 0.5), (0.9, 0.0, 0.2))],
)
def test_a_truth_that_cannot_be_is_moved_to_the_nearest_that_can(
    wished: tuple[float, float, float], found: tuple[float, float, float]
) -> None:
    """The accuracy stays; gain and discordance give way."""
    held = Truth.nearest(*wished)
    assert (held.accuracy, held.gain, held.discordance) == pytest.approx(found)


def test_an_accuracy_gives_way_where_the_gain_is_what_was_registered() -> None:
    """A gain of 0.3 at a discordance of 0.5 leaves room for 0.1 to 0.6."""
    assert [roomy_accuracy(wish, 0.3, 0.5) for wish in (0.0, 0.4, 0.95)] == pytest.approx([0.1, 0.4, 0.6])
