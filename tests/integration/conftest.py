"""What the tests against the real server share."""

from collections.abc import Iterator

import pytest

from tests.integration.llama import MISSING, Llama


@pytest.fixture(scope="session")
def _wheels() -> None:
    if MISSING:
        pytest.skip(f"no real server: {' and '.join(MISSING)} not installed (pip install 'tuneproof[dev]')")


@pytest.fixture(scope="session")
def llama(_wheels: None) -> Iterator[Llama]:
    """Return the server that all tests share which do not stop it."""
    with Llama() as server:
        yield server
