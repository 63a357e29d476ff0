"""Early, hybrid or late: where inputs should meet."""

from collections.abc import Collection

from lexiscope.interpret.advice.counsel import Counsel
from lexiscope.interpret.advice.numbers import Measured, Number, PairParts
from lexiscope.interpret.contribution.quantities import COOPERATION

LITTLE = 0.1  # share of what a pair tells in all, up to which a part of it is too little to act on


def joining(measured: Measured, *, fusion: str | None, dropped: Collection[str]) -> list[Counsel]:
    """Where to join pairs of inputs; silent about inputs to be dropped.

    Early or hybrid where a pair tells together what neither tells alone, or where the model is seen to need inputs
    together; late where that part is certain to be little.

    Args:
        measured: Results.
        fusion: How the model joins its inputs now.
        dropped: Inputs that other advice drops.
    """
    found: dict[tuple[str, str], list[PairParts]] = {}
    for parts in measured.pairs():
        if not {parts.first, parts.second} & set(dropped):
            found.setdefault((parts.first, parts.second), []).append(parts)
    made = [counsel for some in found.values() if (counsel := _of_pair(measured, some, fusion))]
    if made:
        return made
    return (
        _of_used(measured, fusion, dropped) if "interaction" in measured.results else _of_cooperation(measured, fusion)
    )


def _of_pair(measured: Measured, estimated: list[PairParts], fusion: str | None) -> Counsel | None:
    parts = estimated[0]
    names = [parts.first, parts.second]
    used = measured.model_interaction(*names)
    for one in estimated:
        if one.synergy.supported and float(one.synergy.value.value or 0.0) > LITTLE * one.tells:
            sentence = (
                f"Join {names[0]} and {names[1]} early or hybrid: together they tell what neither tells alone."
                f"{_beside(fusion, used)}"
            )
            return Counsel("join", names, sentence, [one.synergy, *([] if used is None else [used])])
    if all(one.synergy.at_most(LITTLE * one.tells) for one in estimated):
        sentence = f"Late fusion is enough for {names[0]} and {names[1]}: hardly anything needs both at once."
        return Counsel("join", names, sentence, [parts.synergy, parts.total])
    return None


def _beside(fusion: str | None, used: Number | None) -> str:
    """What the model makes of it now."""
    if used is not None and used.supported:
        return f" This model makes use of that already{f' ({fusion} fusion)' if fusion else ''}."
    return " This model joins late: train another one with early or hybrid fusion." if fusion == "late" else ""


def _of_used(measured: Measured, fusion: str | None, dropped: Collection[str]) -> list[Counsel]:
    """Pairs that the model needs together, where nothing is known of what they tell about a label."""
    least = LITTLE * max(measured.gains(), default=0.0)
    keep = f"; keep {fusion} fusion" if fusion in ("early", "hybrid") else ""
    return [
        Counsel(
            "join",
            pair,
            f"Join {pair[0]} and {pair[1]} early or hybrid: the model needs them together{keep}.",
            [number],
        )
        for pair, number in measured.used_pairs().items()
        if number.supported and float(number.value.value or 0.0) > least and not set(pair) & set(dropped)
    ]


def _of_cooperation(measured: Measured, fusion: str | None) -> list[Counsel]:
    together = measured.contributions(COOPERATION)
    if not together or not all(number.supported for number in together):
        return []
    keep = f"; keep {fusion} fusion" if fusion in ("early", "hybrid") else ""
    sentence = f"Join the inputs early or hybrid: the model needs them together{keep}."
    return [Counsel("join", measured.inputs, sentence, together)]
