"""The `lexiscope` command: registers the verbs and turns errors into messages and exit codes.

Exit codes: 0 done, 1 failed work, 2 wrong use, 3 done but some input was rejected, 130 interrupted.
"""

import os
import sys

# Idle OpenMP threads that spin make two-core machines many times slower; this must be set before torch loads.
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer

from lexiscope.cli import (
    ask,
    benchmark,
    caption,
    classify,
    corpus,
    demo,
    evaluate,
    index,
    search,
    simulate,
    train,
    write,
)
from lexiscope.core.errors import LexiscopeError

_INTERRUPTED = 130

app = typer.Typer(
    name="lexiscope",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Papers and scans to a private vision-language model. Research use, not for diagnosis.",
)
app.add_typer(corpus.app, name="corpus")
app.add_typer(train.app, name="train")
app.add_typer(write.app, name="write")
app.add_typer(simulate.app, name="simulate")
app.add_typer(benchmark.app, name="benchmark")
app.command("index")(index.index)
app.command("search")(search.search)
app.command("caption")(caption.caption)
app.command("classify")(classify.classify)
app.command("ask")(ask.ask)
app.command("evaluate")(evaluate.evaluate)
app.command("demo")(demo.demo)


@app.callback()
def _options(debug: bool = typer.Option(False, "--debug", help="Show the full traceback of an error.")) -> None:
    os.environ["LEXISCOPE_DEBUG"] = "1" if debug else ""


def main() -> None:
    """Run the command line; errors become one message on stderr and an exit code."""
    try:
        app()
    except LexiscopeError as error:
        _fail(error, str(error), error.exit_code)
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # typer turns Ctrl-C into this
            print("lexiscope: interrupted; run the same command again to go on where it stopped", file=sys.stderr)
        raise
    except Exception as error:  # the last door: no traceback for people who did not ask for one
        _fail(error, f"{type(error).__name__}: {error}; run again with `lexiscope --debug ...` for the traceback", 1)


def _fail(error: BaseException, message: str, code: int) -> None:
    if os.environ.get("LEXISCOPE_DEBUG"):
        raise error
    print(f"lexiscope: {message}", file=sys.stderr)
    raise SystemExit(code)
