"""Inputs to acquire in more cases, and inputs that the model leaves unused."""

from lexiscope.interpret.advice.counsel import Counsel
from lexiscope.interpret.advice.numbers import Measured
from lexiscope.interpret.contribution.quantities import BESIDE, SHAPLEY
from lexiscope.interpret.intervals import worded

OFTEN = 0.9  # share of cases that have an input, from which acquiring it is no matter


def acquiring(measured: Measured) -> list[Counsel]:
    """Inputs that many cases lack and that add something beside all others in those that have them."""
    made = []
    for name in measured.inputs:
        adds, share = measured.contributions(BESIDE, name), measured.share_with(name)
        if not adds or not share or share >= OFTEN or not all(one.supported for one in adds):
            continue
        there = f"{1 - share:.0%} lack it, and where it is, it adds {worded(adds[0].value)} beside all others"
        made.append(Counsel("acquire", [name], f"Acquire {name} in more cases: {there}.", adds))
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
