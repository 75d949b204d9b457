"""llama.cpp's server inside this process: on a free port of loopback, gone when its context ends or the process does."""

import http.client
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import xllamacpp

from tuneproof.core.errors import InputError, Problem

LOOPBACK = "127.0.0.1"
KNOWN = "2026.10.11549"
"""The version of the wheel that this was written for."""
FIRST_WORDS_S = 60.0
"""How long the server may take for its first words; they take milliseconds once the model is loaded."""
READ_S = 10
"""How long the server waits for the rest of a request: half of one must not hold up its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is served."""

    model: Path
    """The GGUF file of the model."""
    adapters: Mapping[str, Path]
    """Name to the GGUF file of each adapter; the order is that of their ids."""
    slots: int
    """Requests that are computed at a time; more wait."""
    context: int
    """Tokens of a question and its answer; the model's own limit holds too."""
    threads: int
    """Threads that compute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is."""

    base_url: str
    """With its `/v1`."""
    key: str
    """Without it nothing is answered: every user of the machine can reach the port."""
    alias: str
    """What the server calls its model in every reply, whatever was asked for; nothing else has this name."""


@contextmanager
def serving(setup: Setup) -> Iterator[Address]:
    """Serve a model and its adapters until the context ends. Requests must have come to their end, or been dropped, by then.

    Raises:
        InputError: naming the file that llama.cpp cannot load.
    """
    key, alias = secrets.token_urlsafe(16), f"tuneproof-{secrets.token_hex(8)}"
    try:
        server = _started(setup, key, alias)
    except RuntimeError:  # llama.cpp says no more than that it failed
        raise InputError(_culprit(setup)) from None
    except AttributeError as error:  # settings were renamed before, without notice
        what, hint = f"version {xllamacpp.__version__} does not fit: {error}", f"pip install 'xllamacpp=={KNOWN}'"
        raise InputError(Problem(where="xllamacpp", what=what, expected=f"{KNOWN} or near it", hint=hint)) from None
    try:
        yield Address(base_url=f"{server.listening_address}/v1", key=key, alias=alias)
    finally:
        del server  # which ends it, and closes the port


def _started(setup: Setup, key: str = "", alias: str = "") -> Any:
    """Return a server that answers.

    Raises:
        RuntimeError: llama.cpp cannot load a file.
    """
    server = xllamacpp.Server(_params(setup, key, alias))
    host = urlsplit(server.listening_address)
    # Ended before its loop has turned once, it would hang for ever; this question goes through the loop.
    connection = http.client.HTTPConnection(host.hostname or LOOPBACK, host.port, timeout=FIRST_WORDS_S)
    connection.request("GET", "/lora-adapters", headers={"Authorization": f"Bearer {key}"})
    connection.getresponse().read()
    connection.close()
    return server


def _params(setup: Setup, key: str, alias: str) -> Any:
    """Return llama.cpp's own settings."""
    params = xllamacpp.CommonParams()
    params.model.path = str(setup.model)
    params.model_alias = {alias} if alias else set()
    params.lora_adapters = [_unapplied(path) for path in setup.adapters.values()]
    params.hostnames = [LOOPBACK]
    params.port = 0
    params.timeout_read = READ_S
    params.api_keys = [key] if key else []
    params.ui = False
    params.n_parallel = setup.slots
    params.n_ctx = setup.slots * setup.context
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = setup.threads
    # Flash attention adds up in an order that depends on the number of threads, and so would answers.
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.warmup = False
    # Its cache of old questions grows by a gigabyte in 1,000 calls, and mixes what different adapters made of them.
    params.cache_ram_mib = 0
    params.cache_prompt = False
    params.verbosity = -1
    return params


def _unapplied(path: Path) -> Any:
    """Return an adapter that answers only where a request asks for it."""
    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path = str(path)
    adapter.scale = 0.0
    return adapter


def _culprit(setup: Setup) -> Problem:
    """Find out which file cannot be loaded: the model alone, then with one adapter after the other."""
    engine = f"llama.cpp (xllamacpp {xllamacpp.__version__})"
    tries = {setup.model: replace(setup, adapters={})}
    tries |= {path: replace(setup, adapters={name: path}) for name, path in setup.adapters.items()}
    for path, tried in tries.items():
        try:
            _started(tried)
        except RuntimeError:
            sort = "a model in GGUF" if path == setup.model else f"a LoRA adapter in GGUF, made for {setup.model.name}"
            return Problem(where=str(path), what=f"{engine} cannot load it", expected=sort)
    return Problem(where=str(setup.model), what=f"{engine} cannot start", expected="memory for the model and its context")
