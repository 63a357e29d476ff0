"""brain: brain visits made from the real MNI152 anatomy, with a truth that is known.

In: a number of visits and a seed. Out: `Draft`s with T1w, T2w and FLAIR volumes, masks, a report and attributes.
`visit` draws the truth, `head` turns it into tissue and tissue into signal, `report` says it.
"""

from lexiscope.simulate.brain.source import SimulatedSource

__all__ = ["SimulatedSource"]
