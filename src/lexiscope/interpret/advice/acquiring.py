"""Inputs to acquire in more cases, and inputs that the model leaves unused."""

from lexiscope.core.numbers import number
from lexiscope.interpret.advice.counsel import Counsel
from lexiscope.interpret.advice.numbers import Measured
from lexiscope.interpret.contribution.quantities import SHAPLEY

OFTEN = 0.9  # share of cases that have an input, from which acquiring it is no matter


def acquiring(measured: Measured) -> list[Counsel]:
    """Inputs that help where they are, and that many cases lack."""
    made = []
    for name in measured.inputs:
        adds, share = measured.contributions(SHAPLEY, name), measured.share_with(name)
        if not adds or not share or share >= OFTEN or not all(one.supported for one in adds):
            continue
        where = float(adds[0].value.value or 0.0) / share
        there = f"it is there in {share:.0%} of them and adds {number(where)} to the score of each"
        sentence = f"Acquire {name} in more cases: {there}."
        made.append(Counsel("acquire", [name], sentence, adds))
    return made


def using(measured: Measured) -> list[Counsel]:
    """Inputs whose features tell about the label what another's do not, and of which the model makes nothing."""
    made: dict[str, Counsel] = {}
    for parts in measured.pairs():
        for name, unique in parts.unique.items():
            adds = measured.contributions(SHAPLEY, name)
            idle = bool(adds) and not any(one.supported for one in adds)
            if name not in made and unique.supported and idle:
                sentence = f"The model makes nothing of {name}, whose features tell what others do not: train it to."
                made[name] = Counsel("use", [name], sentence, [unique, *adds])
    return list(made.values())
