"""The `lexiscope` command: shows its help at once, runs verbs, turns errors into messages and exit codes.

Exit codes: 0 done, 1 failed work, 2 wrong use, 3 done but some input was rejected, 130 interrupted.
"""

import errno
import os
import sys

# Idle OpenMP threads that spin make two-core machines many times slower; this must be set before torch loads.
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_FAILED, _WRONG_USE, _INTERRUPTED = 1, 2, 130
_FREE = "free some space, then run the same command again: it goes on where it stopped"
_RIGHTS = "make it readable and writable for you, or name another place"
_ADVICE = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
}


def main() -> None:
    """Run the command line; errors become one message on stderr and an exit code."""
    words = sys.argv[1:]
    if not any(word.startswith(("--allow-download", "--config")) for word in words):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no file of a model may ask the hub for more
    if words in ([], ["--help"]) and "_LEXISCOPE_COMPLETE" not in os.environ:
        from lexiscope.cli.verbs import overview

        print(overview())
        raise SystemExit(0 if words else _WRONG_USE)
    _run()


def _run() -> None:
    from lexiscope.cli.app import app
    from lexiscope.core.engines import is_panic
    from lexiscope.core.errors import LexiscopeError
    from lexiscope.core.extras import missing_extra
    from lexiscope.core.heap import keep_freed_memory
    from lexiscope.core.logs import log_plainly

    log_plainly()
    keep_freed_memory()
    try:
        app(prog_name="lexiscope")
    except LexiscopeError as error:
        _fail(error, str(error), error.exit_code)
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # typer turns Ctrl-C into this
            print("lexiscope: interrupted; run the same command again to go on where it stopped", file=sys.stderr)
        raise
    except BaseException as error:  # the last door: no traceback for people who did not ask for one
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        missing = missing_extra(error) if isinstance(error, ImportError) else None
        _fail(error, str(missing) if missing else _in_words(error), _FAILED)


def _in_words(error: BaseException) -> str:
    """An error that nobody foresaw, or of the system, with what to do."""
    if isinstance(error, MemoryError):
        reason = str(error) or "out of memory"
        return f"more memory is needed than there is ({reason}); close other programs, or use less data"
    if isinstance(error, OSError) and error.errno in _ADVICE:
        where = f" at {error.filename}" if error.filename else ""
        return f"{error.strerror}{where}; {_ADVICE[error.errno]}"
    return f"{type(error).__name__}: {error}; run again with `lexiscope --debug ...` for the traceback"


def _fail(error: BaseException, message: str, code: int) -> None:
    if os.environ.get("LEXISCOPE_DEBUG"):
        raise error
    from lexiscope.core.plain import plain

    print(f"lexiscope: {plain(message)}", file=sys.stderr)
    raise SystemExit(code)
