"""`tuneproof evalset check`: what is wrong with an evalset, before any system is asked."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tuneproof.core.errors import unknown_name
from tuneproof.core.example import Example
from tuneproof.core.row import shown
from tuneproof.criteria._planning import PLANNING_DISCORDANCE
from tuneproof.pipeline.evalset_answers import Answers, answers_in_questions
from tuneproof.pipeline.evalset_likeness import alike_questions, same_questions
from tuneproof.pipeline.evalset_opening import Opened, open_evalset
from tuneproof.pipeline.evalset_remarks import KINDS, Checked, Remark
from tuneproof.stats.power import detectable_effect

SMALL_SLICE = 50
"""Examples below which a slice shows large changes only."""
LARGEST_SHARE = 0.6
"""Of one expected answer; two answers that are drawn at random seldom come to it."""
MOST_LABELS = 20
"""Different answers that are few enough to be labels where none are declared."""
ALPHA = 0.05


def check_evalset(path: Path) -> Checked:
    """Look for faults in an evalset.

    Args:
        path: An evalset folder, or a single data file (which has no graders to be checked with).

    Raises:
        InputError: where it cannot be read at all.
    """
    opened = open_evalset(path)
    answers = Answers(opened)
    found = [
        *_declared_digest(opened),
        *_named_slices(opened),
        *answers.remarks(),
        *same_questions(opened.evalset),
        *alike_questions(opened.evalset),
        *_labels(opened),
        *answers_in_questions(opened),
        *_small_slices(opened),
        *_provenance(opened),
    ]
    order = list(KINDS)
    facts = {
        "role": opened.evalset.role,
        "digest": opened.evalset.digest,
        "slices": opened.evalset.slice_sizes(),
        "labels": dict(_counts(opened)) if opened.spec.labels is not None else {},
        "n_expected_tried": answers.tried["expected"],
        "n_other_answers_tried": answers.tried["others"],
    }
    return Checked(
        path=opened.evalset.path,
        n=len(opened.evalset.examples),
        remarks=sorted(found, key=lambda remark: order.index(remark.kind)),
        facts=facts,
    )


def _declared_digest(opened: Opened) -> Iterator[Remark]:
    declared = (opened.spec.declared_digest or "").removeprefix("sha256:")
    if declared and declared != opened.evalset.digest:
        what = f"declared {declared}, found {opened.evalset.digest}"
        yield Remark(kind="digest", where=opened.header, what=what)


def _named_slices(opened: Opened) -> Iterator[Remark]:
    known = list(opened.evalset.slice_sizes())
    for name in opened.spec.slice_graders:
        if name not in known:
            what, expected = unknown_name("slice", name, known)
            yield Remark(kind="no_slice", where=opened.header, what=f"{what} ({expected})")


def _provenance(opened: Opened) -> Iterator[Remark]:
    if not opened.has_header:
        return
    for key, held in (("origin", opened.spec.origin), ("licence", opened.spec.licence)):
        if not held.strip():
            yield Remark(kind="provenance", where=opened.header, what=f"{key} is missing")
    if opened.spec.declared_digest is None:
        what = f"digest is missing: a changed example goes unnoticed (sha256:{opened.evalset.digest})"
        yield Remark(kind="provenance", where=opened.header, what=what)


def _small_slices(opened: Opened) -> Iterator[Remark]:
    by_size: dict[int, list[str]] = {}
    for name, n in opened.evalset.slice_sizes().items():
        by_size.setdefault(n, []).append(repr(name))
    for n, names in sorted(by_size.items()):
        if n < SMALL_SLICE:
            drop = detectable_effect(n, 0.0, PLANNING_DISCORDANCE, ALPHA)
            shows = "no change at all" if drop is None else f"changes from about {drop:.2f} on, with 80 % probability"
            which = f"slice {names[0]} has" if len(names) == 1 else f"slices {', '.join(names)} have"
            yield Remark(kind="small_slice", where=opened.header, what=f"{which} {n}, which show{'s' * (n == 1)} {shows}")


# -- labels ------------------------------------------------------------------------------------------------------------------


def _labels(opened: Opened) -> Iterator[Remark]:
    """Yield expected values that are no label, labels without examples, and answers that are right too often."""
    evalset, declared = opened.evalset, opened.spec.labels
    counts = _counts(opened)
    for label in declared or ():
        if not counts[label]:
            yield Remark(kind="balance", where=opened.header, what=f"label {label!r} has no example")
    for example in evalset.examples if declared is not None else ():
        strange = [text for text in _texts(example.expected) if text not in declared]  # type: ignore[operator]
        if strange:
            yield Remark(kind="no_label", where=evalset.where(example), what=f"{shown(strange[0])} is none of the labels")
    if declared is not None or 1 < len(counts) <= MOST_LABELS:
        yield from _largest(opened, "", evalset.examples)
    if declared is None:
        for name in evalset.slice_sizes():
            yield from _largest(opened, name, [example for example in evalset.examples if name in example.slices])


def _largest(opened: Opened, part: str, examples: Sequence[Example]) -> Iterator[Remark]:
    """Yield a remark where one answer is right in most of the examples, and there are enough of them to say so."""
    counts = Counter(text for example in examples for text in set(_texts(example.expected)))
    if len(examples) < MOST_LABELS or len(counts) < 2:
        return
    text, n = counts.most_common(1)[0]
    if n > LARGEST_SHARE * len(examples):
        where = f"slice {part!r}: " if part else ""
        what = f"{where}{shown(text)} is right in {n} of {len(examples)}: who always says so has {n / len(examples):.2f}"
        yield Remark(kind="balance", where=opened.header, what=what)


def _counts(opened: Opened) -> Counter[str]:
    counted: Counter[str] = Counter(dict.fromkeys(opened.spec.labels or (), 0))
    counted.update(text for example in opened.evalset.examples for text in _texts(example.expected))
    return counted


def _texts(expected: Any) -> list[str]:
    return [text for text in (expected if isinstance(expected, list) else [expected]) if isinstance(text, str)]
