"""tuneproof decides whether a fine-tuned language model is worth shipping: GO, NO-GO or UNDECIDED.

    import tuneproof

    run = tuneproof.run("experiment.toml")     # carries the experiment out
    run.verdict["decision"]                    # "GO", "NO-GO" or "UNDECIDED"
    run.to_pandas()                            # one row an example x system x repeat x grader
    tuneproof.load("reports/demo/latest")      # a run that is there already

The command line is `tuneproof --help`. Everything is loaded when it is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuneproof.api import Run, load, run
    from tuneproof.core.errors import InputError, RunStopped, TuneproofError

__version__ = "0.1.0"
__all__ = ["InputError", "Run", "RunStopped", "TuneproofError", "__version__", "load", "run"]


def __getattr__(name: str) -> Any:
    if name in ("Run", "load", "run"):
        from tuneproof import api

        return getattr(api, name)
    if name in __all__:
        from tuneproof.core import errors

        return getattr(errors, name)
    raise AttributeError(f"module 'tuneproof' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
