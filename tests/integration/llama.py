"""llama.cpp's server as a context manager: a process of its own that ends with the tests, however they end."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from select import select
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
ALIAS = "tiny"
"""What the server calls its model, whatever was asked for."""
CONTEXT = 256
"""Tokens, which are bytes, that the model can read and write for one question."""

STARTS_WITHIN_S = 60
MISSING = [name for name in ("xllamacpp", "gguf") if find_spec(name) is None]
"""Packages without which there is no server; all are in the dev extra."""


class Llama:
    """A real OpenAI-compatible server that nobody here wrote."""

    def __init__(self, *keys: str, context: int = CONTEXT) -> None:
        self.keys = keys
        self.context = context
        self.base_url = ""

    def __enter__(self) -> Self:
        self._errors = TemporaryFile()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.llama_server", ALIAS, str(self.context), *self.keys],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        if not (address := self._address()):
            self.__exit__(None, None, None)
            raise RuntimeError(f"llama.cpp's server did not start: {self.said}")
        self.base_url = f"{address}/v1"
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        # It ends when its standard input does, which is also what happens should the tests be killed.
        try:
            self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._errors.seek(0)
        self.said = self._errors.read()[-2000:].decode(errors="replace")
        self._errors.close()

    def _address(self) -> str:
        out = self._process.stdout
        if out is None or not select([out], [], [], STARTS_WITHIN_S)[0]:
            return ""
        return out.readline().decode().strip()
