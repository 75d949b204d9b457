"""The process: runs the command line and sets the exit code. A crash never looks like a verdict.

| code | means |
| --- | --- |
| 0, 1, 2 | GO (or done), NO-GO, UNDECIDED |
| 3 | the input is wrong |
| 4 | the run could not be finished |
| 70 | a fault in tuneproof itself |
| 130 | interrupted |
"""

import sys

USAGE, FAULT, INTERRUPTED = 3, 70, 130


def main() -> None:
    """Run the command line and exit."""
    sys.exit(_code())


def _code() -> int:
    try:
        import click

        from tuneproof.cli import cli
    except Exception:  # noqa: BLE001 - a failed import must not exit like a verdict
        return _fault()
    try:
        result = cli.main(prog_name="tuneproof", standalone_mode=False)
    except click.exceptions.Exit as error:
        return int(error.exit_code)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"; see `{context.command_path} --help`" if context else ""
        return _say(f"tuneproof: {_one_line(error.format_message())}{hint}", USAGE)
    except (KeyboardInterrupt, click.Abort):
        return _say("tuneproof: interrupted; what was paid for is kept, the same command goes on from there", INTERRUPTED)
    except (BrokenPipeError, SystemExit):
        return FAULT  # click answers a reader that went away with 1, which would read as NO-GO
    except Exception as error:  # noqa: BLE001 - everything else is told apart below
        return _told(error)
    return result if isinstance(result, int) else 0


def _told(error: Exception) -> int:
    from tuneproof.core.errors import TuneproofError

    if isinstance(error, TuneproofError):
        return _say("\n".join(f"tuneproof: {line}" for line in str(error).splitlines()), error.exit_code)
    return _fault()


def _fault() -> int:
    """Keep the traceback, and say where."""
    import tempfile
    import traceback

    text = traceback.format_exc()
    try:
        with tempfile.NamedTemporaryFile("w", prefix="tuneproof-", suffix=".txt", delete=False, encoding="utf-8") as file:
            file.write(text)
        kept = f"the traceback is in {file.name}"
    except OSError:
        sys.stderr.write(text)
        kept = "the traceback is above"
    return _say(f"tuneproof: a fault in tuneproof itself: {_one_line(text.strip().splitlines()[-1])}; {kept}", FAULT)


def _say(line: str, code: int) -> int:
    try:
        sys.stderr.write(line + "\n")
    except UnicodeEncodeError:
        sys.stderr.write(line.encode("ascii", "backslashreplace").decode() + "\n")
    return code


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
