"""Families of models: who made a model, read from its id, because judges tend to favour their own kind."""

import re
from collections.abc import Mapping, Sequence

from tuneproof.stages._user_text import short

_FOREWORDS = re.compile(r"^(?:ft:|[^:]*/|(?:[a-z]+\.)+(?=[a-z])|(?:open|my|the|base)-)")
"""What stands before the name: `ft:`, an organisation or a folder (`openai/`), a cloud's prefix (`us.anthropic.`), a filler."""
_LETTERS = re.compile(r"[a-z]+")
_KIN = {
    "chatgpt": "gpt",
    "o": "gpt",
    "davinci": "gpt",
    "meta": "llama",
    "codellama": "llama",
    "tinyllama": "llama",
    "qwq": "qwen",
    "qvq": "qwen",
    "mixtral": "mistral",
    "ministral": "mistral",
    "codestral": "mistral",
    "devstral": "mistral",
    "magistral": "mistral",
    "pixtral": "mistral",
    "model": "",
    "models": "",
    "judge": "",
    "system": "",
    "test": "",
}
"""First letters that name another family than they spell, or none: `o3`, `Meta-Llama`, `model-a`."""


def family(model: str) -> str:
    """Return the family of a model id: `gpt` of `ft:gpt-4.1-mini:acme`, `llama` of `meta-llama/Llama-3.1-8B`; empty: none."""
    rest = model.strip().casefold()
    while found := _FOREWORDS.match(rest):
        rest = rest[found.end() :]
    letters = _LETTERS.match(rest)
    return _KIN.get(letters.group(), letters.group()) if letters else ""


def kin(judge: str, systems: Sequence[str], models: Mapping[str, str]) -> tuple[str, ...]:
    """Return the systems of a judge's own family."""
    own = family(models.get(judge, ""))
    return tuple(system for system in systems if own and family(models.get(system, "")) == own)


def relatives(judge: str, own: Sequence[str], models: Mapping[str, str]) -> str:
    """Return the sentence about a judge and the systems of its family."""
    told = ", ".join(_named(system, models) for system in own)
    are = f"system {told} are" if len(own) == 1 else f"systems {told} are all"
    name = family(models[judge])
    return f"judge {_named(judge, models)} and {are} of one family ({name}): judges may favour their own"


def _named(name: str, models: Mapping[str, str]) -> str:
    return f"{short(name)} ({short(models[name])})"
