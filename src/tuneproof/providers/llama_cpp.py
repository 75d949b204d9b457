"""A local model with its LoRA adapters, served by llama.cpp inside this process: no server to set up, no key, no network.

The questions go to llama.cpp's own server over HTTP as they would go to a production server: all that `openai_chat` does with
replies holds here too. `system.model` is the name of an adapter, or `base`.
"""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from tuneproof.core.checkpoints import Checkpoint
from tuneproof.core.completion import Completion, Request, Setback
from tuneproof.core.errors import Problem, unknown_name
from tuneproof.core.protocols import ModelHost, RemoteSession, Workspace
from tuneproof.core.system import System
from tuneproof.providers._gguf_files import BASE, content_digest, fault, small_adapters, small_model

if TYPE_CHECKING:
    from tuneproof.providers._llama_server import Address

ENGINE = "xllamacpp"
"""The wheel that brings llama.cpp."""
OWN_FIELDS = ("cache_prompt", "lora", "messages", "model", "stream")
"""Fields of the body that the provider fills in itself, or (`stream`) whose replies it does not read."""
MOST_THREADS = 8
"""Of the default: more bring little, and where a container may use fewer cores than it sees, they wait for each other."""


class LlamaCpp(BaseModel):
    """Settings of a local model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    local: ClassVar[bool] = False
    """Its answers come from a server."""
    needs_prompt: ClassVar[bool] = True
    """Its systems need a prompt."""
    by_system: ClassVar[bool] = True
    """A change of adapter costs time: one system's requests come together."""

    model_path: str | None = Field(default=None, min_length=1)
    """The model, a GGUF file. None is the small model that ships with tuneproof, with its adapters."""
    adapters: dict[str, str] = Field(default_factory=dict)
    """Name to LoRA adapter, a GGUF file made for the model. Systems name it as their `model`; `base` is the model itself."""
    context: int = Field(default=4096, ge=16, le=1_048_576)
    """Tokens of a question and its answer together, at most; the model's own limit holds too."""
    slots: int = Field(default=1, ge=1, le=64)
    """Questions that are computed together. With 1 an answer depends on its question alone. With more, questions are computed
    in one batch: faster on many cores, but rounded differently from run to run, so that a close choice of the next word may go
    the other way."""
    max_concurrency: int = Field(default=3, ge=1, le=10_000)
    """Requests in flight at most. More than `slots` wait in the server, so that it never waits for the next one."""
    threads: int | None = Field(default=None, ge=1, le=1024)
    """Threads that compute; they change no answer. None is one less than there are cores, 8 at most."""
    timeout_s: float = Field(default=300.0, gt=0)
    """Seconds from sending a request to its complete answer."""
    max_retries: int = Field(default=2, ge=0, le=100)
    """Attempts after the first, at most."""

    _folder: Path = PrivateAttr(default_factory=Path)
    """Where relative paths start."""

    def model_post_init(self, context: Any, /) -> None:
        """Learn where the experiment file is; made outside an experiment, paths start in the current folder."""
        if isinstance(context, Workspace):
            self._folder = context.folder

    # -- files ---------------------------------------------------------------------------------------------------------------

    @property
    def model_file(self) -> Path:
        """The GGUF file of the model."""
        return small_model() if self.model_path is None else self._at(self.model_path)

    @cached_property
    def adapter_files(self) -> Mapping[str, Path]:
        """Name to GGUF file of each adapter; the place of a name is the adapter's id on the server."""
        shipped = small_adapters() if self.model_path is None else {}
        return {**shipped, **{name: self._at(written) for name, written in self.adapters.items()}}

    @property
    def models(self) -> tuple[str, ...]:
        """Names that a system may ask for."""
        return (BASE, *self.adapter_files)

    def problems(self, where: str, workspace: Workspace) -> list[Problem]:
        """Return what is wrong with the settings beyond their types."""
        return self.faults(where)

    def faults(self, where: str) -> list[Problem]:
        """Return why nothing can be served: a missing wheel, files that are missing or no GGUF."""
        found = []
        if find_spec(ENGINE) is None:
            what, hint = f"needs the package {ENGINE}, which is not installed", "pip install 'tuneproof[local]'"
            found.append(Problem(where=where, what=what, hint=hint))
        if self.model_path is None and (wrong := fault(small_model())):
            expected, hint = "the small model that comes with tuneproof", "install it again, or set model_path"
            found.append(Problem(where=str(small_model()), what=wrong, expected=expected, hint=hint))
        elif self.model_path is not None and (wrong := fault(self.model_file)):
            what = f"{self.model_path!r} {wrong}"
            found.append(Problem(where=f"{where}.model_path", what=what, expected="a model in GGUF"))
        for name, written in self.adapters.items():
            at = f"{where}.adapters.{name}"
            if name in ("", BASE):
                found.append(Problem(where=at, what=f"an adapter is named {name!r}", expected=f"a name; {BASE} is no adapter"))
            elif wrong := fault(self._at(written)):
                found.append(Problem(where=at, what=f"{written!r} {wrong}", expected="a LoRA adapter in GGUF"))
        return found

    def adapters_in(self, folder: Path, where: str) -> tuple[tuple[Checkpoint, ...], list[Problem]]:
        """Return the adapters of a folder in the order of training, and what is wrong with it.

        Adapters that are not written to their end are no part of the answer, but of what is wrong (`NotYet`). Numbers are those
        in the names; of training steps they are told from the steps. Model ids are the names without their ending.
        """
        from tuneproof.providers._adapter_folder import clashes, read_folder

        held = read_folder(folder, where, self.model_file)
        return held.checkpoints, [*held.problems, *clashes(held.files, self.adapter_files, where)]

    def with_adapters(self, files: Mapping[str, Path]) -> "LlamaCpp":
        """Return the provider with more adapters: model id to its file, or to `<folder>/<model id>`."""
        from tuneproof.providers._adapter_folder import file_at

        added = {name: str(file_at(path.absolute())) for name, path in files.items()}
        found = self.model_copy(update={"adapters": {**self.adapters, **added}})
        found.__dict__.pop("adapter_files", None)  # the copy has the old provider's, if that was asked for them
        return found

    def _at(self, written: str) -> Path:
        return self._folder / Path(written).expanduser()

    # -- systems -------------------------------------------------------------------------------------------------------------

    def system_problems(self, where: str, system: System) -> list[Problem]:
        """Return what is wrong with a system: a model that is not there, settings that are the provider's."""
        found = []
        if not system.model:
            found.append(Problem(where=f"{where}.model", what="missing", expected=f"one of {', '.join(self.models)}"))
        elif system.model not in self.models:
            what, expected = unknown_name("model", system.model, self.models)
            found.append(Problem(where=f"{where}.model", what=what, expected=expected))
        return found + [
            Problem(where=f"{where}.decoding.{name}", what=f"{name} cannot be set here", expected="any other field")
            for name in OWN_FIELDS
            if name in system.decoding
        ]

    def identity(self) -> Mapping[str, Any]:
        """Return the content of all files, with the engine: a moved workspace has the same identity, a changed file has not."""
        adapters = {name: content_digest(path) for name, path in self.adapter_files.items()}
        return {**self._engine(), "adapters": adapters}

    def identity_of(self, model: str) -> Mapping[str, Any]:
        """Return what answers for one model: the model file and its one adapter, whatever others there are."""
        file = self.adapter_files.get(model)
        return {**self._engine(), "adapter": None if file is None else content_digest(file)}

    def _engine(self) -> Mapping[str, Any]:
        """Return what all answers share.

        The engine's version is part of it: its arithmetic changes from release to release, and with it close choices of the
        next word. Threads are not, for they change no bit, nor the names of files.
        """
        try:
            engine = f"{ENGINE} {version(ENGINE)}"
        except PackageNotFoundError:
            engine = None
        return {"kind": "llama_cpp", "model": content_digest(self.model_file), "context": self.context, "engine": engine}

    # -- asking --------------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[RemoteSession]:
        """Start the server, and open the connection pool to it.

        Raises:
            InputError: for a file that llama.cpp cannot load.
        """
        from tuneproof.providers._openai_session import Endpoint, opened

        with self.serving() as address:
            endpoint = Endpoint(
                base_url=address.base_url,
                key=address.key,
                key_env="",
                max_concurrency=self.max_concurrency,
                timeout_s=self.timeout_s,
                headers={},
                body=self.body,
            )
            async with opened(endpoint) as session:
                yield Session(session)

    @contextmanager
    def serving(self) -> Iterator["Address"]:
        """Serve the model and its adapters while the context lasts.

        Raises:
            InputError: for a file that llama.cpp cannot load.
        """
        from tuneproof.providers._llama_server import Setup, serving

        setup = Setup(
            model=self.model_file,
            adapters=self.adapter_files,
            slots=self.slots,
            context=self.context,
            threads=self.threads or _free_cores(),
        )
        with serving(setup) as address:
            yield address

    def body(self, request: Request) -> dict[str, Any]:
        """Return the body of one request."""
        return {"model": request.model, "messages": request.messages, **request.decoding, **self.selecting(request.model)}

    def selecting(self, model: str) -> dict[str, Any]:
        """Return the fields that make the server answer with one model.

        Every adapter's scale is sent, and the prompt cache is off: with the cache on and no scales, a question to the base
        model that follows one to an adapter is answered by a mixture of both.
        """
        lora = [{"id": place, "scale": float(name == model)} for place, name in enumerate(self.adapter_files)]
        return {"cache_prompt": False, "lora": lora}


class Session:
    """The connection, which knows which model answered: the server has one name for all of them."""

    def __init__(self, inner: RemoteSession) -> None:
        self._inner = inner

    async def attempt(self, request: Request) -> Completion | Setback:
        """Send one request once."""
        came = await self._inner.attempt(request)
        return replace(came, model_reported=request.model) if isinstance(came, Completion) and came.text is not None else came


def _free_cores() -> int:
    """Return how many cores may compute: one is left to the client, and with 1 thread none waits for another."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        cores = os.cpu_count() or 1
    return max(1, min(cores - 1, MOST_THREADS))


PLUGIN: type[ModelHost] = LlamaCpp
