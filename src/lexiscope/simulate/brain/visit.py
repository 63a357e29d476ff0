"""`Visit`: the truth of one simulated visit, drawn before any voxel is made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lexiscope.simulate.brain.signal import SEQUENCES

KINDS: Mapping[str, float] = {  # probability that a patient has each
    "none": 0.20,
    "white matter hyperintensities": 0.20,
    "focal white matter lesions": 0.08,
    "mass with oedema": 0.26,
    "old infarct": 0.20,
    "lacune": 0.06,
}
_SIZES: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {  # range of the radius and of the halo, in mm
    "white matter hyperintensities": ((3.0, 6.5), (0.0, 0.0)),
    "focal white matter lesions": ((4.5, 7.5), (0.0, 0.0)),
    "mass with oedema": ((11.0, 22.0), (9.0, 18.0)),
    "old infarct": ((14.0, 26.0), (0.0, 0.0)),
    "lacune": ((3.5, 6.5), (0.0, 0.0)),
}
ATROPHY = ("none", "mild", "moderate", "severe")
SPLITS: Mapping[str, float] = {"train": 0.6, "val": 0.1, "test": 0.3}
_VISITS = (2, 1, 3, 1)  # visits of four patients in turn, so that visit i is found without drawing those before it
_MISSING = 0.2  # probability that a sequence was not acquired
_SWELLING = (0.0, 2.2, 4.6, 7.6)  # mm by which each grade of atrophy moves the ventricles' walls
_PERIVENTRICULAR = "periventricular white matter"


@dataclass(frozen=True, slots=True)
class Lesion:
    """Lesion as planned, in template space.

    Args:
        kind: Name in `KINDS`, other than "none".
        region: Region as the atlas names it.
        centre: (z, y, x) centre in MNI millimetres.
        radius: Radius in millimetres, before the border is roughened.
        halo: Reach of the oedema beyond the radius, in millimetres.
        stretch: Length of each axis in radii; their product is 1.
    """

    kind: str
    region: str
    centre: tuple[float, float, float]
    radius: float
    halo: float
    stretch: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Visit:
    """Truth of one visit.

    Args:
        patient: Number of the patient in the cohort.
        number: Number of the visit of this patient, from 0.
        age: Age in years.
        sex: "female" or "male".
        kind: Name in `KINDS`.
        atrophy: Place in `ATROPHY`.
        swelling: Distance in millimetres by which the ventricles' walls moved.
        lesions: Lesions as planned.
        sequences: Names of the sequences that were acquired.
        split: Split of the patient.
    """

    patient: int
    number: int
    age: int
    sex: str
    kind: str
    atrophy: int
    swelling: float
    lesions: tuple[Lesion, ...]
    sequences: tuple[str, ...]
    split: str

    @property
    def id(self) -> str:
        """Identifier of the visit, such as "sim-00007-2": the group, then the number of the visit from 1."""
        return f"{self.group}-{self.number + 1}"

    @property
    def group(self) -> str:
        """Identifier of the patient, such as "sim-00007"."""
        return f"sim-{self.patient:05d}"


def plan_visit(index: int, *, seed: int, places: Mapping[str, np.ndarray]) -> Visit:
    """Draw a visit by itself: no other visit of its cohort is needed.

    Args:
        index: Number of the visit in the cohort.
        seed: Seed of the cohort.
        places: Region -> (n, 3) positions where a lesion may lie (`Template.places`).
    """
    patient, number = _whose(index)
    person = np.random.default_rng([seed, patient])
    age = int(person.integers(22, 88))
    sex = str(person.choice(["female", "male"]))
    kind = str(person.choice(list(KINDS), p=list(KINDS.values())))
    split = str(person.choice(list(SPLITS), p=list(SPLITS.values())))
    # Brains shrink with age: on average one grade every 15 years from 40 on.
    atrophy = int(np.clip(round((age - 47) / 15 + person.normal(0, 0.7)), 0, len(ATROPHY) - 1))
    lesions = _lesions(kind, person, number, places)
    day = np.random.default_rng([seed, patient, number])
    return Visit(
        patient=patient,
        number=number,
        age=age + number,
        sex=sex,
        kind=kind,
        atrophy=atrophy,
        swelling=_SWELLING[atrophy] + 0.1 * number,
        lesions=lesions,
        sequences=_acquired(day),
        split=split,
    )


def _whose(index: int) -> tuple[int, int]:
    rounds, rest = divmod(index, sum(_VISITS))
    for place, visits in enumerate(_VISITS):
        if rest < visits:
            return rounds * len(_VISITS) + place, rest
        rest -= visits
    raise AssertionError(index)


def _acquired(rng: np.random.Generator) -> tuple[str, ...]:
    names = list(SEQUENCES)
    kept = [name for name in names if rng.random() > _MISSING]
    return tuple(kept) or (str(rng.choice(names)),)


def _lesions(kind: str, rng: np.random.Generator, number: int, places: Mapping[str, np.ndarray]) -> tuple[Lesion, ...]:
    if kind == "none":
        return ()
    radius, halo = _SIZES[kind]
    planned = _scatter(kind, _regions(kind, rng, list(places)), rng, places, radius=radius, halo=halo)
    if kind == "white matter hyperintensities":
        return planned[: int(rng.integers(14, 31)) + 2 * number]  # more of them at every visit
    if kind == "mass with oedema":
        grown = 1 + 0.1 * number
        return tuple(replace(mass, radius=mass.radius * grown) for mass in planned)
    return planned


def _regions(kind: str, rng: np.random.Generator, names: list[str]) -> list[str]:
    """Region of each lesion that is tried."""
    lobes, deep = _ending(names, "lobe"), _ending(names, "deep grey matter")
    match kind:
        case "white matter hyperintensities":
            return [_PERIVENTRICULAR if rng.random() < 0.65 else str(rng.choice(lobes[:3])) for _ in range(40)]
        case "focal white matter lesions":
            return [str(rng.choice(lobes))] * int(rng.integers(1, 5))
        case "mass with oedema":
            return [str(rng.choice(lobes)) for _ in range(int(rng.choice([1, 2], p=[0.85, 0.15])))]
        case "old infarct":
            return [str(rng.choice(lobes))]
        case _:
            return [str(rng.choice(deep))] * int(rng.integers(1, 3))


def _ending(names: list[str], ending: str) -> list[str]:
    return [name for name in names if name.endswith(ending)]


def _scatter(
    kind: str,
    regions: list[str],
    rng: np.random.Generator,
    places: Mapping[str, np.ndarray],
    *,
    radius: tuple[float, float],
    halo: tuple[float, float],
) -> tuple[Lesion, ...]:
    """Lesions that stay apart; one that finds no room in its region after a few tries is left out."""
    placed: list[Lesion] = []
    for region in regions:
        size, reach = rng.uniform(*radius), rng.uniform(*halo)
        axes = np.exp(rng.normal(0, 0.16, size=3))
        axes /= axes.prod() ** (1 / 3)
        for place in rng.choice(places[region], size=12):
            if all(np.linalg.norm(place - other.centre) > 1.3 * (size + other.radius) + 3 for other in placed):
                placed.append(Lesion(kind, region, tuple(place.tolist()), size, reach, tuple(axes.tolist())))
                break
    return tuple(placed)
