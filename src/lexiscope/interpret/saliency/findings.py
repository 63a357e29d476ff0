"""Sentences of saliency: which maps can be believed, and of a single case what was compared."""

from collections.abc import Mapping, Sequence

from lexiscope.core.numbers import number
from lexiscope.interpret.charts import Row

SHUFFLED = "rank correlation with shuffled weights"


def saliency_findings(rows: Sequence[Row], *, slices: Mapping[str, Sequence[int]], cases: int) -> list[str]:
    """A sentence for each map and verdict, over all inputs that share it; of a single case the numbers themselves.

    Args:
        rows: A row for each map and input.
        slices: Modality -> the slice of each case that was compared alone, from 0.
        cases: Number of cases.
    """
    said = []
    for name in dict.fromkeys(row["map"] for row in rows):
        for verdict, sentence in _SENTENCES.items():
            some = [row for row in rows if (row["map"], row["verdict"]) == (name, verdict)]
            ranks = [number(row[SHUFFLED].value) for row in some]
            if some:
                inputs = ", ".join(row["input"] for row in some)
                said.append(sentence.format(map=f"{name} over {inputs}", ranks=", ".join(ranks)))
    checked = [row for row in rows if row[SHUFFLED] is not None and row[SHUFFLED].value is not None]
    return [*said, _of_one_case(checked, slices)] if cases == 1 and checked else said


def _of_one_case(checked: Sequence[Row], slices: Mapping[str, Sequence[int]]) -> str:
    told: dict[str, list[str]] = {}
    for row in checked:
        told.setdefault(row["map"], []).append(f"{number(row[SHUFFLED].value)} over {row['input']}")
    numbers = "; ".join(f"{name} {', '.join(some)}" for name, some in told.items())
    alone = ", ".join(f"slice {one[0] + 1} of {name}" for name, one in slices.items())
    return (
        f"With all weights shuffled, maps{f' of {alone}, shown alone,' if alone else ''} correlate with those of the "
        f"trained model by: {numbers}. 1 would be the same map, which shows the picture whatever was learned. One case "
        "has no interval, and so no verdict."
    )


_SENTENCES = {
    "follows the weights": "{map} depends on the weights: the map of shuffled ones correlates with it by {ranks} only.",
    "shows the picture": "Do not believe {map}: the map of shuffled weights correlates with it by {ranks}.",
}
