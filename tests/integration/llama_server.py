"""The process of the server: llama.cpp's own, on a free port of loopback, until its standard input ends."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import xllamacpp

from tests.integration.tiny_model import write, write_adapter

SLOTS = 4
"""Requests that are answered at a time; more wait."""


def serve(folder: Path, alias: str, context: int, keys: list[str]) -> None:
    """Serve a new model under a name, and say where. Its adapter answers requests that ask for it.

    With keys, requests without one of them are refused.
    """
    write(folder / "tiny.gguf", context=context)
    write_adapter(folder / "adapter.gguf")
    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path = str(folder / "adapter.gguf")
    adapter.scale = 0.0
    params = xllamacpp.CommonParams()
    params.lora_adapters = [adapter]
    params.model.path = str(folder / "tiny.gguf")
    params.model_alias = {alias}
    params.api_keys = keys
    params.port = 0
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * context
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cache_ram_mib = 0
    params.warmup = False
    params.verbosity = -1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        serve(Path(place), sys.argv[1], int(sys.argv[2]), sys.argv[3:])
