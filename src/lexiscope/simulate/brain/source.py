"""`SimulatedSource`: a cohort of multi-sequence brain visits whose truth is known, made anywhere without any data."""

import gzip
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lexiscope.core.case import Provenance
from lexiscope.core.errors import UsageError
from lexiscope.simulate.brain.head import Head, build_head, scan
from lexiscope.simulate.brain.report import describe_visit, visit_attributes
from lexiscope.simulate.brain.template import SPACING, Template, load_template
from lexiscope.simulate.brain.visit import plan_visit
from lexiscope.sources.draft import Draft, Encoded, ImageFile, Rejected

_LICENCE = "Apache-2.0 (simulation); ICBM 152 template (C) 1993-2009 Louis Collins, MNI: free to use, copy and modify"
_STEPS = (
    "deformed MNI152 2009a symmetric tissue maps",
    "painted lesions and atrophy",
    "spin-echo and inversion-recovery signal equations",
    "bias field and Rician noise",
)


@dataclass(frozen=True, slots=True)
class SimulatedSource:
    """One case a visit of a simulated patient: T1w, T2w, FLAIR (some missing), a mask, a report and attributes.

    The anatomy is the real MNI152 template; everything else is drawn from `seed`. Visit i is the same whatever the
    number of visits, and is made without those before it. A patient's visits share the group and the split.

    Args:
        path: Any name; nothing is read.
        visits: Number of simulated visits to make.
        seed: Seed of the simulation.

    Raises:
        UsageError: fewer than one visit.
        SourceError: (from `drafts`) the package that carries the template is not installed.
    """

    path: Path = Path("simulated")
    _: KW_ONLY
    visits: int = 120
    seed: int = 0
    name: ClassVar[str] = "simulated"
    reads_path: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.visits < 1 or self.seed < 0:
            raise UsageError(f"a cohort needs visits >= 1 and seed >= 0, got {self.visits} and {self.seed}")

    @staticmethod
    def detect(path: Path) -> bool:  # noqa: ARG004 - no file stands for it: it is only used by name
        """False: simulated data are used when asked for, not because of what a folder holds."""
        return False

    def drafts(self) -> Iterator[Draft | Rejected]:
        """Make the visits one by one."""
        template = load_template()
        for index in range(self.visits):
            yield _draft(index, seed=self.seed, template=template)


def _draft(index: int, *, seed: int, template: Template) -> Draft:
    visit = plan_visit(index, seed=seed, places=template.places)
    head = build_head(visit, template=template, seed=seed)
    rng = np.random.default_rng([seed, visit.patient, visit.number, 1])
    sizes = [inserted.size_mm for inserted in head.lesions]
    texts = describe_visit(visit, sizes=sizes, ventricles_ml=head.ventricles_ml, rng=rng)
    return Draft(
        id=visit.id,
        group=visit.group,
        provenance=Provenance(
            source="simulated", licence=_LICENCE, locator={"visit": index, "seed": seed}, steps=_STEPS
        ),
        images={name: _volume(scan(head, name, rng=rng)) for name in visit.sequences},
        masks=_masks(head),
        texts=texts,
        attributes=visit_attributes(visit, sizes=sizes, ventricles_ml=head.ventricles_ml),
        split=visit.split,
    )


def _masks(head: Head) -> dict[str, ImageFile]:
    """Masks of lesions and of oedema, where they take more than half of a voxel; empty ones where there are none."""
    shape = head.shares["grey"].shape
    lesion, oedema = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for inserted in head.lesions:
        lesion[inserted.box] += inserted.lesion
        oedema[inserted.box] += inserted.oedema
    return {
        "lesion": _volume((lesion > 0.5).astype(np.uint8)),
        "oedema": _volume(((oedema > 0.5) & (lesion <= 0.5)).astype(np.uint8)),
    }


def _volume(voxels: np.ndarray) -> ImageFile:
    """A compressed NIfTI file in memory, (x, y, z) in RAS+ millimetres as the format has it."""
    import nibabel

    image = nibabel.Nifti1Image(voxels.T, np.diag([*SPACING[::-1], 1.0]))
    image.header.set_xyzt_units("mm")
    # Fast compression without a time stamp: the same visit is the same bytes
    return ImageFile(Encoded(gzip.compress(image.to_bytes(), 1, mtime=0), suffix=".nii.gz"))
