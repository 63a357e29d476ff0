"""Inputs to drop, inputs that repeat each other, and inputs that may be missing where all others are there."""

from collections.abc import Collection

from lexiscope.interpret.advice.counsel import Counsel
from lexiscope.interpret.advice.joining import LITTLE
from lexiscope.interpret.advice.numbers import Measured, PairParts
from lexiscope.interpret.contribution.quantities import BESIDE, PERCEPTUAL, SHAPLEY
from lexiscope.interpret.intervals import worded
from lexiscope.interpret.subject import TEXT

SLIGHT = 0.05  # share of what all inputs add, up to which one of them adds too little to keep


def dropping(measured: Measured) -> list[Counsel]:
    """Inputs that are certain to add little, however they are taken away, while others do add.

    Silent about an input that tells something about the label, alone or with another one: the model might learn to
    use it.
    """
    made = []
    for name in measured.inputs:
        adds, swapped = measured.contributions(SHAPLEY, name), measured.contributions(PERCEPTUAL, name)
        others = [other for other in measured.inputs if other != name and measured.adds(other)]
        slight = [number.at_most(SLIGHT * gain) for number, gain in zip(adds, measured.gains(), strict=True)]
        if not adds or not others or not all(slight) or not all(number.at_most(SLIGHT) for number in swapped):
            continue
        if any(_tells(parts, name) for parts in measured.pairs()):
            continue
        sentence = f"Drop {name}: the model does as well without it, while {_listed(others)} adds."
        made.append(Counsel("drop", [name], sentence, [*adds, *swapped]))
    return made


def repeating(measured: Measured) -> list[Counsel]:
    """Pairs of which one says little that the other does not, told once for each pair."""
    made: dict[tuple[str, str], Counsel] = {}
    for parts in measured.pairs():
        pair = (parts.first, parts.second)
        spare = [name for name in pair if parts.unique[name].at_most(LITTLE * parts.tells)]
        if pair in made or not spare or not parts.redundancy.supported or not _is_much(parts):
            continue
        numbers = [parts.redundancy, *(parts.unique[name] for name in spare)]
        alike = measured.likeness(*pair)
        if alike is not None and alike.supported:
            numbers.append(alike)
        made[pair] = Counsel("repeats", pair, _repeated(pair, spare), numbers)
    known = {(parts.first, parts.second) for parts in measured.pairs()}
    return [*made.values(), *(one for one in _standing_in(measured) if tuple(one.inputs) not in known)]


def sparing(measured: Measured, *, told: Collection[str]) -> list[Counsel]:
    """Inputs that add to the score, and are certain to add little beside all others; each is judged alone.

    By the way of taking away that a model is trained with, as whoever leaves out a sequence gives no other in its
    place. The sentence is none of them: whoever asks has one.

    Args:
        measured: Results.
        told: Inputs that other advice says this of already.
    """
    made = []
    for name in measured.inputs:
        adds = measured.contributions(BESIDE, name)[:1]
        if name == TEXT or name in told or not adds or not measured.adds(name):
            continue
        if adds[0].at_most(SLIGHT * measured.gains()[0]):
            sentence = f"Where all other inputs are there, {name} may be missing: beside them it adds"
            made.append(Counsel("spare", [name], f"{sentence} {worded(adds[0].value)}.", adds))
    return made


def _standing_in(measured: Measured) -> list[Counsel]:
    """Pairs that add much less to the model's score together than each alone."""
    least = LITTLE * max(measured.gains(), default=0.0)
    return [
        Counsel(
            "repeats",
            pair,
            f"{pair[0]} and {pair[1]} stand in for each other in this model: one of them is enough where both cannot "
            "be had.",
            [number],
        )
        for pair, number in measured.used_pairs().items()
        if number.value.high is not None and number.value.high < -least
    ]


def _repeated(pair: tuple[str, str], spare: list[str]) -> str:
    if len(spare) == 2:
        return f"{pair[0]} and {pair[1]} repeat each other: one of them is enough where both cannot be had."
    (other,) = set(pair) - set(spare)
    return f"{spare[0]} repeats what {other} says: it can be left out where {other} is there."


def _is_much(parts: PairParts) -> bool:
    return float(parts.redundancy.value.value or 0.0) > LITTLE * parts.tells


def _tells(parts: PairParts, name: str) -> bool:
    if name not in parts.unique:
        return False
    return any(
        part.supported and not part.at_most(LITTLE * parts.tells) for part in (parts.unique[name], parts.synergy)
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"each of {', '.join(names)}"
