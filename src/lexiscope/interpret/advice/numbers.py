"""Numbers of other methods that advice rests on, each with the row where it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from lexiscope.evaluate.statistics import Estimate
from lexiscope.interpret.charts import Row
from lexiscope.interpret.contribution.quantities import ALL, EVERYTHING, NOTHING, SHAPLEY
from lexiscope.interpret.result import Result
from lexiscope.interpret.subject import TEXT


@dataclass(frozen=True)
class Number:
    """A number that advice rests on.

    Args:
        method: Method that measured it.
        row: Its row in that method's result, counted from 1.
        quantity: What it is, in words.
        value: The number.
        null_high: What chance stays below; zero where the number is a difference.
    """

    method: str
    row: int
    quantity: str
    value: Estimate
    null_high: float = 0.0

    @property
    def supported(self) -> bool:
        """True where the whole interval lies above chance."""
        return self.value.low is not None and self.value.low > self.null_high

    def at_most(self, limit: float) -> bool:
        """True where the whole interval lies at or below a limit, or at or below chance."""
        return self.value.high is not None and self.value.high <= max(limit, self.null_high)

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.method}, row {self.row}"


@dataclass(frozen=True)
class PairParts:
    """What a pair of inputs tells about the label, by one estimator."""

    first: str
    second: str
    redundancy: Number
    unique: Mapping[str, Number]
    synergy: Number
    total: Number

    @property
    def tells(self) -> float:
        """What both tell in all, in nats."""
        return float(self.total.value.value or 0.0)


@dataclass(frozen=True)
class Measured:
    """Results that advice reads.

    Args:
        inputs: Inputs of the model.
        results: Results by method; any may be missing.
    """

    inputs: tuple[str, ...]
    results: Mapping[str, Result]

    def contributions(self, quantity: str, name: str = ALL) -> list[Number]:
        """A number of `contribution` for each way in which inputs were taken away."""
        found = []
        for row, values in self._rows("contribution"):
            if (values["case"], values["quantity"], values["input"]) == (ALL, quantity, name):
                ways = {way: value for way, value in values.items() if isinstance(value, Estimate)}
                found += [
                    Number("contribution", row, f"{quantity} of {name} ({way})", value) for way, value in ways.items()
                ]
        return found

    def adds(self, name: str) -> bool:
        """True where an input is certain to add to the score, taken away in the first way."""
        numbers = self.contributions(SHAPLEY, name)
        return bool(numbers) and numbers[0].supported

    def share_with(self, name: str) -> float | None:
        """Share of the cases that have an input."""
        shares = [
            values["cases with it"]
            for _, values in self._rows("contribution")
            if (values["case"], values["quantity"], values["input"]) == (ALL, SHAPLEY, name)
        ]
        return shares[0] if shares else None

    def gains(self) -> list[float]:
        """What all inputs together add to the score, for each way of taking them away."""
        nothing, everything = self.contributions(NOTHING), self.contributions(EVERYTHING)
        return [
            float(all_.value.value or 0.0) - float(none.value.value or 0.0)
            for none, all_ in zip(nothing, everything, strict=True)
        ]

    def pairs(self) -> list[PairParts]:
        """What pairs tell about the label, every estimator; only those that tell more in all than permuted labels."""
        made: dict[tuple[str, str, str], dict[str, Number]] = {}
        between = {f"{first} + {second}": (first, second) for first, second in combinations(self.inputs, 2)}
        for row, values in self._rows("interaction"):
            if values["about"] != "label" or values["between"] not in between:
                continue
            named = f"{values['quantity']} of {values['between']} about the label ({values['by']})"
            high = values["97.5 % of permuted labels"]
            number = Number("interaction", row, named, values["value"], 0.0 if high is None else high)
            made.setdefault((*between[values["between"]], values["by"]), {})[values["quantity"]] = number
        found = [_parts(first, second, some) for (first, second, _), some in made.items()]
        return [parts for parts in found if parts is not None and parts.total.supported]

    def model_interaction(self, first: str, second: str) -> Number | None:
        """What a pair adds to the model's score beyond what each adds."""
        for row, values in self._rows("interaction"):
            if (values["between"], values["quantity"]) == (f"{first} + {second}", "interaction"):
                return Number("interaction", row, f"interaction of {first} + {second} in the model", values["value"])
        return None

    def used_pairs(self) -> dict[tuple[str, str], Number]:
        """What each pair of inputs that both add to the model's score adds beyond that, the text left out.

        Whoever is asked with words needs the words: that they go together with each image says nothing about images.
        """
        images = [name for name in self.inputs if name != TEXT and self.adds(name)]
        found = {pair: self.model_interaction(*pair) for pair in combinations(images, 2)}
        return {pair: number for pair, number in found.items() if number is not None}

    def likeness(self, first: str, second: str) -> Number | None:
        """CKA of two inputs at the last level that they share."""
        found = None
        for row, values in self._rows("similarity"):
            (one, one_level), (two, two_level) = (values[side].split(" · ", 1) for side in ("first", "second"))
            if {one, two} == {first, second} and one_level == two_level and values["chance to"] is not None:
                quantity = f"CKA of {first} and {second} at {one_level}"
                found = Number("similarity", row, quantity, values["CKA"], values["chance to"])
        return found

    def _rows(self, method: str) -> Iterator[tuple[int, Row]]:
        result = self.results.get(method)
        return enumerate(() if result is None else result.rows, start=1)


def _parts(first: str, second: str, found: Mapping[str, Number]) -> PairParts | None:
    unique = {name: found.get(f"unique to {name}") for name in (first, second)}
    parts = [found.get(name) for name in ("redundancy", "synergy", "total")]
    known: Sequence[Number] = [number for number in (*parts, *unique.values()) if number is not None]
    if len(known) != 5:
        return None
    redundancy, synergy, total, one, two = known
    return PairParts(first, second, redundancy, {first: one, second: two}, synergy, total)
