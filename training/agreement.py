"""Whether both forms of a model say the same: PyTorch on one side, llama.cpp's server on the other."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from training.corpus import Chat
from training.measure import LONGEST
from tuneproof.providers.llama_cpp import LlamaCpp


def served_answers(model: Path, adapter: Path | None, questions: Sequence[Chat]) -> list[str]:
    """Return the greedy answers of a GGUF model, with or without an adapter."""
    provider = LlamaCpp(model_path=str(model), adapters={"tuned": str(adapter)} if adapter else {})
    name = "tuned" if adapter else "base"
    with provider.serving() as address:
        found = []
        for chat in questions:
            body: dict[str, Any] = {
                "messages": [{"role": role, "content": text} for role, text in chat],
                "temperature": 0,
                "max_tokens": LONGEST,
                **provider.selecting(name),
            }
            headers = {"Authorization": f"Bearer {address.key}", "Content-Type": "application/json"}
            asked = Request(f"{address.base_url}/chat/completions", json.dumps(body).encode(), headers)  # noqa: S310 - loopback
            with urlopen(asked) as reply:  # noqa: S310
                found.append(json.load(reply)["choices"][0]["message"]["content"])
        return found
