"""`Counsel`: a sentence of advice with the numbers behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.interpret.advice.numbers import Number


@dataclass(frozen=True)
class Counsel:
    """What to do, and why.

    Args:
        kind: "join", "drop", "repeats", "spare", "acquire" or "use".
        inputs: Inputs that it is about.
        sentence: What to do, in words, without its numbers.
        numbers: What it rests on.
    """

    kind: str
    inputs: Sequence[str]
    sentence: str
    numbers: Sequence[Number]

    def told(self) -> str:
        """The sentence and where its numbers stand.

        Example:
            >>> from lexiscope.evaluate.statistics import Estimate
            >>> number = Number("contribution", 3, "Shapley value of b", Estimate(0.0, 0.0, 0.0, 0.0))
            >>> Counsel("drop", ["b"], "Drop b.", [number]).told()
            'Drop b. [contribution, row 3]'
        """
        places = "; ".join(dict.fromkeys(number.place for number in self.numbers))
        return f"{self.sentence} [{places}]"
