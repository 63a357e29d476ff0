"""How inputs work together: what only a pair of them tells, and how much a model makes of it.

In: a subject and cases. Out: a `Result` whose rows are pairs of inputs and quantities: partial information
decomposition of the labels and of the model's own answers, InterSHAP, the gap to the best additive model (EMAP), and
maps of words against patches of images.
"""

from lexiscope.interpret.interaction.interaction import interaction

__all__ = ["interaction"]
