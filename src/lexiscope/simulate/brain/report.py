"""`describe_visit`: the truth of a visit in words, in several wordings as different readers would choose them."""

from collections.abc import Mapping, Sequence

import numpy as np

from lexiscope.core.case import Scalar
from lexiscope.core.passage import Passage
from lexiscope.simulate.brain.visit import ATROPHY, Visit

AUTHOR = "lexiscope-simulated"

_OPENING = (
    "Simulated brain MRI, {person} of {age} years.",
    "{age}-year-old {person}, simulated MRI of the brain.",
    "Simulated magnetic resonance imaging of the brain, {sex}, {age} years.",
)
_FINDING: Mapping[str, Sequence[str]] = {
    "none": (
        "No lesion.",
        "No focal lesion is seen.",
        "Brain tissue without any lesion.",
    ),
    "white matter hyperintensities": (
        "{count} white matter hyperintensities around the ventricles and deep in both hemispheres, up to {size} mm.",
        "Scattered periventricular white matter hyperintensities on both sides, {count} in all, up to {size} mm.",
        "Small vessel disease: {count} FLAIR-bright spots in the white matter of both sides, up to {size} mm.",
    ),
    "focal white matter lesions": (
        "{number} focal white matter {lesions} in the {where}, up to {size} mm.",
        "{number} small FLAIR-bright {lesions} in the white matter of the {where}, the largest {size} mm.",
        "In the {where} {number} circumscribed white matter {lesions} ({size} mm).",
    ),
    "mass with oedema": (
        "{number} {large} {masses} with surrounding oedema in the {where}, up to {size} mm.",
        "In the {where} {number} {large} {masses}, {size} mm, with perifocal oedema and mass effect.",
        "{number} {large} tumour {masses} ({size} mm) in the {where}, necrotic centre, vasogenic oedema around it.",
    ),
    "old infarct": (
        "{large} old infarct in the {where}, {size} mm, with a fluid-filled cavity and a gliotic rim.",
        "Chronic infarct of the {where} ({size} mm): {large} defect filled with cerebrospinal fluid.",
        "{large} post-ischaemic defect in the {where} after an old stroke, {size} mm across.",
    ),
    "lacune": (
        "{number} lacunar {infarcts} in the {where}, {size} mm.",
        "In the {where} {number} {lacunes} of {size} mm, filled with fluid.",
        "{number} small old {infarcts} ({size} mm) in the {where}, {lacunes}.",
    ),
}
_ATROPHY: Sequence[Sequence[str]] = (
    (
        "No atrophy, ventricles of normal size ({ml:.1f} ml).",
        "Normal brain volume; the ventricles measure {ml:.1f} ml.",
    ),
    (
        "Mild atrophy with slightly wide ventricles ({ml:.1f} ml).",
        "Slight loss of brain volume; the ventricles measure {ml:.1f} ml.",
    ),
    (
        "Moderate atrophy with enlarged ventricles ({ml:.1f} ml) and wide furrows.",
        "Moderate loss of brain volume; ventricles and sulci are enlarged ({ml:.1f} ml).",
    ),
    (
        "Severe atrophy with markedly enlarged ventricles ({ml:.1f} ml) and wide sulci.",
        "Marked loss of brain volume with very large ventricles ({ml:.1f} ml) and deep furrows.",
    ),
)
_IMPRESSION: Mapping[str, Sequence[str]] = {
    "none": ("no lesion", "no focal lesion is seen"),
    "white matter hyperintensities": (
        "white matter hyperintensities of small vessel disease, up to {size} mm",
        "small vessel disease with many white matter hyperintensities, up to {size} mm",
    ),
    "focal white matter lesions": (
        "focal white matter {lesions} in the {where}, up to {size} mm",
        "few circumscribed white matter {lesions}, {where}, up to {size} mm",
    ),
    "mass with oedema": (
        "a mass with surrounding oedema in the {where}, {size} mm",
        "{large} tumour with oedema, {where}, {size} mm",
    ),
    "old infarct": (
        "old infarct with a fluid-filled cavity in the {where}, {size} mm",
        "chronic stroke of the {where}, {size} mm",
    ),
    "lacune": (
        "lacunar {infarcts} in the {where}, {size} mm",
        "{lacunes} of the {where}, {size} mm",
    ),
}
_ATROPHY_IMPRESSION: Sequence[Sequence[str]] = (
    ("no atrophy, normal ventricles", "normal brain volume, ventricles"),
    ("mild atrophy, ventricles", "slightly wide ventricles"),
    ("moderate atrophy with enlarged ventricles", "moderate loss of brain volume, ventricles"),
    ("severe atrophy with markedly enlarged ventricles", "marked loss of brain volume, very large ventricles"),
)
_NUMBERS = ("no", "one", "two", "three", "four")
_LARGE = ((20.0, "small"), (32.0, "medium-sized"), (float("inf"), "large"))  # mm, and what a reader would say below it
_MANY = "several regions"


def describe_visit(
    visit: Visit, *, sizes: Sequence[float], ventricles_ml: float, rng: np.random.Generator
) -> tuple[Passage, ...]:
    """Simulated report (who, what, where, how large, and the fluid spaces) and its impression in one line.

    Args:
        visit: Truth of the visit.
        sizes: Measured size of every lesion in millimetres, in the order of `visit.lesions`.
        ventricles_ml: Measured volume of the ventricles in millilitres.
        rng: Source of the wordings.
    """
    facts = _facts(visit, sizes)
    opening = _pick(_OPENING, rng).format(
        age=visit.age, person={"female": "woman", "male": "man"}[visit.sex], sex=visit.sex
    )
    finding = _pick(_FINDING[visit.kind], rng).format(**facts)
    atrophy = _pick(_ATROPHY[visit.atrophy], rng).format(ml=ventricles_ml)
    body = [_sentence(finding), _sentence(atrophy)]
    if rng.random() < 0.3:
        body.reverse()
    spaces = f"{_pick(_ATROPHY_IMPRESSION[visit.atrophy], rng)} ({ventricles_ml:.1f} ml)"
    impression = [_pick(_IMPRESSION[visit.kind], rng).format(**facts), spaces]
    if rng.random() < 0.3:
        impression.reverse()
    return (
        Passage("report", " ".join([opening, *body]), author=AUTHOR, column="report"),
        Passage("finding", f"{_sentence('; '.join(impression))}.", author=AUTHOR, column="impression"),
    )


def visit_attributes(visit: Visit, *, sizes: Sequence[float], ventricles_ml: float) -> dict[str, Scalar]:
    """Truth of a visit as a table's row.

    Args:
        visit: Truth of the visit.
        sizes: Measured size of every lesion in millimetres.
        ventricles_ml: Measured volume of the ventricles in millilitres.

    Example:
        >>> visit = Visit(0, 0, 61, "female", "none", 0, 0.0, lesions=(), sequences=("flair",), split="train")
        >>> row = visit_attributes(visit, sizes=[], ventricles_ml=31.26)
        >>> row["side"], row["size_mm"], row["atrophy"]
        ('none', 0.0, 'none')
    """
    sides, lobes = _places(visit)
    return {
        "age": visit.age,
        "sex": visit.sex,
        "kind": visit.kind,
        "lesion_count": len(visit.lesions),
        "side": "none" if not sides else sides[0] if len(sides) == 1 else "both",
        "lobe": "none" if not lobes else lobes[0] if len(lobes) == 1 else _MANY,
        "size_mm": round(max(sizes, default=0.0), 1),
        "atrophy": ATROPHY[visit.atrophy],
        "ventricles_ml": round(ventricles_ml, 1),
        "visit": visit.number + 1,
    }


def _facts(visit: Visit, sizes: Sequence[float]) -> dict[str, str | int]:
    count, size = len(visit.lesions), max(sizes, default=0.0)
    one = count == 1
    return {
        "count": count,
        "number": _NUMBERS[count] if count < len(_NUMBERS) else count,
        "size": round(size),
        "large": next(word for limit, word in _LARGE if size < limit),
        "where": " and the ".join(dict.fromkeys(lesion.region for lesion in visit.lesions)),
        "lesions": "lesion" if one else "lesions",
        "masses": "mass" if one else "masses",
        "infarcts": "infarct" if one else "infarcts",
        "lacunes": "lacune" if one else "lacunes",
    }


def _places(visit: Visit) -> tuple[list[str], list[str]]:
    """Sides and lobes of the lesions, each once. Periventricular white matter is a place of both sides."""
    sides, lobes = [], []
    for lesion in visit.lesions:
        side, _, lobe = lesion.region.partition(" ")
        lateral = side in ("left", "right")
        sides += [side] if lateral else ["left", "right"]
        lobes += [lobe if lateral else lesion.region]
    return list(dict.fromkeys(sides)), list(dict.fromkeys(lobes))


def _pick(wordings: Sequence[str], rng: np.random.Generator) -> str:
    return wordings[int(rng.integers(len(wordings)))]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
