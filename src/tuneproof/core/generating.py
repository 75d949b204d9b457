"""What a generator of evalsets must be able to do."""

from typing import Any, ClassVar, Protocol


class Generator(Protocol):
    """Draws an evalset from a seed: who has trained on one draw is measured on another."""

    slices: ClassVar[tuple[str, ...]]
    """The slices, each with the same number of examples."""
    n_per_slice: ClassVar[int]
    """Examples of a slice where the user does not say."""
    max_n_per_slice: ClassVar[int]
    """Examples of a slice are 1 to this."""
    max_seed: ClassVar[int]
    """Seeds are 0 to this."""
    header: ClassVar[str]
    """The lines of evalset.toml that are the same for every draw: role, prompt, graders."""

    def about(self) -> str:
        """Return what the evalset measures, how it is checked and what it cannot show, in Markdown without a title."""
        ...

    def rows(self, seed: int, n_per_slice: int) -> list[dict[str, Any]]:
        """Return the rows of the evalset, the same for a seed on every machine; no two have the same input.

        Raises:
            InputError: for a seed or a size out of range.
        """
        ...
