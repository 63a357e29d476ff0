"""`build_head` and `scan`: from the truth of a visit to shares of tissue, and to the volumes of a scanner."""

from dataclasses import dataclass

import numpy as np

from lexiscope.simulate.brain.fields import smooth_field
from lexiscope.simulate.brain.lesions import InsertedLesion, displace_tissue, insert_lesion
from lexiscope.simulate.brain.signal import SEQUENCES, TISSUES, render
from lexiscope.simulate.brain.template import SHAPE, SPACING, Template, sample
from lexiscope.simulate.brain.visit import Visit

_ML = float(np.prod(SPACING)) / 1000
_WHITE_LEVEL = 600.0  # stored brightness of white matter
_STEP = 2.0  # millimetres of the template's derived maps


@dataclass(frozen=True, slots=True)
class Head:
    """Voxels of one visit before scanning, and measures taken on them.

    Args:
        shares: Tissue -> (z, y, x) share of each voxel.
        lesions: Lesions as they came to lie, in the order of `Visit.lesions`.
        ventricles_ml: Volume of the lateral and third ventricles in millilitres.
    """

    shares: dict[str, np.ndarray]
    lesions: tuple[InsertedLesion, ...]
    ventricles_ml: float


def build_head(visit: Visit, *, template: Template, seed: int) -> Head:
    """Deform the template into this patient, widen the fluid spaces, and insert the lesions.

    Args:
        visit: Truth of the visit.
        template: Anatomy that is deformed.
        seed: Seed of the cohort.
    """
    rng = np.random.default_rng([seed, visit.patient, 1 << 20])  # the patient's own: the same head at every visit
    bend = np.stack([smooth_field(rng, shape=SHAPE, knots=(5, 6, 5)) for _ in range(3)])
    rough = smooth_field(rng, shape=SHAPE, knots=(18, 32, 28))
    scale = rng.normal(1, 0.03, size=3).astype(np.float32)[:, None, None, None]
    # a volume's voxel asks the template "who are you?", so steps away from the ventricles are taken backwards
    world = template.grid * scale - np.float32(visit.swelling) * template.swell + 2.0 * bend
    anatomy = displace_tissue(world, visit.lesions)
    shares = _tissues(anatomy, visit, template)
    ventricles = sample(template.ventricle, anatomy, template.origin, step=_STEP).sum() * _ML
    lesions = tuple(insert_lesion(shares, lesion, world=world, rough=rough) for lesion in visit.lesions)
    return Head(shares, lesions, ventricles_ml=float(ventricles))


def scan(head: Head, sequence: str, *, rng: np.random.Generator) -> np.ndarray:
    """Volume of one acquisition: signal, coil bias, receiver gain and Rician noise.

    The noise is that of a magnitude image, `sqrt((s + n1)^2 + n2^2)` (Gudbjartsson & Patz 1995,
    https://doi.org/10.1002/mrm.1910340618).

    Args:
        head: Voxels of the visit.
        sequence: Name of the pulse sequence.
        rng: Source of bias, gain and noise.

    Returns:
        (z, y, x) uint16.
    """
    pulse = SEQUENCES[sequence]
    signal = render(head.shares, pulse) / np.float32(pulse.signal(TISSUES["white"]))
    signal *= np.exp(np.float32(0.08) * smooth_field(rng, shape=SHAPE, knots=(3, 4, 4)))
    level = np.float32(rng.uniform(0.015, 0.035))
    real, imaginary = level * rng.standard_normal((2, *SHAPE), dtype=np.float32)
    magnitude = np.hypot(signal + real, imaginary)
    return (magnitude * np.float32(_WHITE_LEVEL * rng.uniform(0.85, 1.15))).round().astype(np.uint16)


def _tissues(anatomy: np.ndarray, visit: Visit, template: Template) -> dict[str, np.ndarray]:
    grey = sample(template.grey, anatomy, template.origin) / np.float32(255)
    white = sample(template.white, anatomy, template.origin) / np.float32(255)
    outside = sample(template.outside, anatomy, template.origin, step=_STEP)
    # The maps average 152 people and are soft; squaring the shares gives back the folds of one person.
    # Where the brain shrinks, fluid wins the contested voxels: wider furrows.
    fluid = (1 - grey - white) * np.float32(1 + 0.45 * visit.atrophy)
    grey, white, fluid = np.square(grey), np.square(white), np.square(np.maximum(fluid, 0))
    total = grey + white + fluid + np.float32(1e-6)
    gap = 2.0 + 0.8 * visit.atrophy
    skin = _within(outside, 12.0)
    skull = _within(outside, gap + 5.0)
    inner = _within(outside, gap)
    return {
        "grey": inner * grey / total,
        "white": inner * white / total,
        "fluid": inner * fluid / total,
        "bone": skull - inner,
        "fat": skin - skull,
    }


def _within(outside: np.ndarray, edge: float) -> np.ndarray:
    """1 within `edge` millimetres of the brain's surface, 0 beyond, softened over one voxel."""
    inside: np.ndarray = np.clip((np.float32(edge) - outside) / 2 + 0.5, 0, 1)
    return inside
