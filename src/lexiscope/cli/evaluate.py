"""`lexiscope evaluate`: a command for each entry of `lexiscope.evaluate.EVALUATIONS`, with its own options alone."""

from typing import Annotated, Any

import typer

from lexiscope.cli.groups import lazy_group, lines_of, new_app, single
from lexiscope.cli.options import AcceptLeak, Config, CorpusPath, Json, ModelPath, read_settings, takes, written_in
from lexiscope.cli.output import print_json
from lexiscope.cli.progress import progress_bar
from lexiscope.cli.reports import print_report
from lexiscope.core.docstrings import description_of
from lexiscope.core.numbers import LARGEST_SEED
from lexiscope.evaluate import EVALUATIONS

_GATE = """
Training is checked first: exit 1 when it shares a group, an image or a describing text with the split.
"""


def evaluation_app(name: str) -> typer.Typer:
    """App of one evaluation, with its own options.

    Args:
        name: Name of the evaluation in `lexiscope.evaluate.EVALUATIONS`.
    """
    evaluation = EVALUATIONS.load(name)

    @takes(evaluation.Options)
    def evaluate(
        model: ModelPath,
        corpus: CorpusPath,
        *,
        given: dict[str, Any],
        split: Annotated[str, typer.Option(help="Split to measure on; any name the corpus has.")] = "test",
        accept_leak: AcceptLeak = None,
        seed: Annotated[
            int, typer.Option(min=0, max=LARGEST_SEED, help="Seed of the bootstrap and of what is drawn.")
        ] = 0,
        config: Config = None,
        json: Json = False,
    ) -> None:
        from lexiscope.evaluate.run import evaluate_model

        options = read_settings(evaluation.Options, written_in(config), given)
        chosen = {option: getattr(options, option) for option in options.model_fields_set}
        with progress_bar() as progress:
            report = evaluate_model(
                model,
                corpus,
                task=name,
                split=split,
                accept_leak=accept_leak,
                seed=seed,
                progress=progress,
                **chosen,
            )
        if json:
            print_json(report.to_dict())
        else:
            print_report(report)

    return single(evaluate, help=f"{description_of(evaluation.__doc__)}\n{_GATE}")


app = new_app(
    "Measure a model on one split of a corpus, after checking that training did not see it.",
    cls=lazy_group(lambda: lines_of(EVALUATIONS), evaluation_app),
)
