"""`advice`: what to do, from what other methods measured."""

from collections.abc import Sequence
from typing import Any

from lexiscope.core.errors import LexiscopeError, UsageError
from lexiscope.core.progress import Progress
from lexiscope.interpret import METHODS
from lexiscope.interpret.about import about
from lexiscope.interpret.advice.acquiring import OFTEN, acquiring, using
from lexiscope.interpret.advice.counsel import Counsel
from lexiscope.interpret.advice.dropping import SLIGHT, dropping, repeating, sparing
from lexiscope.interpret.advice.joining import LITTLE, joining
from lexiscope.interpret.advice.numbers import Measured
from lexiscope.interpret.charts import Row
from lexiscope.interpret.result import Result
from lexiscope.interpret.subject import Cases, Subject

READ = ("contribution", "interaction", "similarity")


def advice(
    subject: Subject,
    cases: Cases[Any],
    *,
    seed: int = 0,
    progress: Progress | None = None,
    results: Sequence[Result] = (),
) -> Result:
    """How to join inputs, and which to drop, acquire or use; nothing where intervals do not support it.

    Args:
        subject: Model.
        cases: Cases.
        seed: Seed of the methods that have yet to run.
        progress: Called by those.
        results: What was measured already of the same model and cases; methods of `READ` that are not among them run.

    Raises:
        UsageError: no method that advice rests on could be used; the message holds the reasons.
    """
    found, refused = {result.method: result for result in results if result.method in READ}, {}
    for name in READ:
        if name not in found:
            try:
                found[name] = METHODS.load(name)(subject, cases, seed=seed, progress=progress)
            except LexiscopeError as error:
                refused[name] = str(error)
    if not found:
        raise UsageError("; ".join(f"{name}: {reason}" for name, reason in refused.items()))
    told = advise(Measured(subject.inputs, found), fusion=subject.fusion)
    return Result(
        method="advice",
        title="What should be done about it?",
        rows=[row for one in told for row in _rows(one)],
        findings=[one.told() for one in told],
        assumes=_ASSUMES,
        cannot_tell=_CANNOT_TELL,
        about=about(
            subject,
            cases,
            seed=seed,
            **{
                "fusion": subject.fusion,
                "rests on": sorted(found),
                "left out": refused,
            },
        ),
        formula=_FORMULA,
    )


def advise(measured: Measured, *, fusion: str | None) -> list[Counsel]:
    """All advice that the numbers support.

    Args:
        measured: Results of `READ`.
        fusion: How the model joins its inputs now; None where that is not known.
    """
    drop, repeat = dropping(measured), repeating(measured)
    dropped = {name for one in drop for name in one.inputs}
    return [
        *joining(measured, fusion=fusion, dropped=dropped),
        *drop,
        *repeat,
        *sparing(measured, told={name for one in (*drop, *repeat) for name in one.inputs}),
        *acquiring(measured),
        *using(measured),
    ]


def _rows(counsel: Counsel) -> list[Row]:
    return [
        {
            "advice": counsel.kind,
            "inputs": " + ".join(counsel.inputs),
            "because of": number.quantity,
            "in": number.place,
            "value": number.value,
            "chance stays below": number.null_high,
        }
        for number in counsel.numbers
    ]


_ASSUMES = (
    "What holds for these cases holds for those to come, and what this model's features tell is what the inputs tell. "
    "All that the methods behind it assume: each number stands in the row that is named."
)
_CANNOT_TELL = (
    "What another model would do: advice to join or to use is a reason to train one, not its score. What an input "
    "costs and what else it is good for. Silence is no advice: intervals of few groups support nothing."
)
_FORMULA = {
    "join": (
        "early or hybrid: synergy above permuted labels with its whole interval, and more than "
        f"{LITTLE:.0%} of what the pair tells; without parts of information, SHAPE cooperation above zero for every "
        f"way of removal. Late: the whole interval of synergy below {LITTLE:.0%} of what the pair tells, or chance"
    ),
    "drop": (
        f"whole intervals of the Shapley value below {SLIGHT:.0%} of what all inputs add, for every way of removal, "
        f"and of the perceptual score below {SLIGHT:.0%}; another input adds; no part of information speaks for it"
    ),
    "repeats": (
        f"redundancy above permuted labels and more than {LITTLE:.0%} of what the pair tells; the unique part below it"
    ),
    "spare": (
        f"the whole interval of what it adds beside all others, taken away as missing, below {SLIGHT:.0%} of what all "
        "inputs add; its Shapley value above zero; never the text"
    ),
    "acquire": (
        f"what it adds beside all others is above zero for every way of removal; fewer than {OFTEN:.0%} of the cases "
        "have it"
    ),
    "use": "unique part above permuted labels; Shapley value above zero for no way of removal",
    "limits": "ours",
}
