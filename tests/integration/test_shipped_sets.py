"""The shipped sets asked of the small model in the box."""

import pytest

from tests.conftest import Lab
from tests.evalsets.test_shipped import SETS, marks, recorded, rows

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("_wheels")]


def test_the_small_model_answers_all_three(lab: Lab) -> None:
    """A million parameters read as far as they can: every example has a mark, and none is a fault of the harness."""
    lab = recorded(lab)
    lab.table("providers", "small", kind="llama_cpp")
    for system, model in (("before", "base"), ("after", "triage-replay@2")):
        lab.tables["systems"][system] |= {"provider": "small", "model": model, "decoding": {"temperature": 0, "max_tokens": 8}}
    lab.tables["providers"] = {"small": lab.tables["providers"]["small"]}
    lab.criterion("non_inferiority", evalset="general-competence", margin=0.05)
    outcome = lab.run()
    for system in ("before", "after"):
        held = marks(outcome.folder, system)
        assert len(held) == sum(len(rows(name)) for name in SETS)
        assert None not in held.values()
