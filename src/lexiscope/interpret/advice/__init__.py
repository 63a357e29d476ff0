"""What to do about it: how to join inputs, which to drop, acquire or use, each sentence with the numbers behind it.

In: results of `contribution`, `interaction` and `similarity`. Out: a `Result` whose rows are those numbers. `numbers`
finds them, `joining`, `dropping` and `acquiring` hold the rules, `advice` wires.
"""

from lexiscope.interpret.advice.advice import advice

__all__ = ["advice"]
