"""Where a citation points: the box of the case's own mask of what the sentence names, in voxels of its file."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Picture

from lexiscope.core import Case, Image, Provenance
from lexiscope.core.files import sha256_file
from lexiscope.corpus import Corpus
from lexiscope.tasks.cited_region import CitedRegion, cited_region


@pytest.fixture
def outlined(tmp_path: Path) -> tuple[Corpus, Case]:
    """A scan stored from left to right with two lesions, a lung that was searched for, and a photo with a pore."""
    corpus = Corpus.create(tmp_path / "corpus")
    voxels = np.zeros((8, 6, 5), np.uint8)
    voxels[0, 0, 0] = 1
    voxels[4:7, 2:4, 1:3] = 1
    nib.save(nib.Nifti1Image(voxels, np.diag([-1.0, 1.0, 1.0, 1.0])), tmp_path / "lesion.nii.gz")
    pixels = np.zeros((20, 30), np.uint8)
    pixels[3:9, 10:12] = 255
    Picture.fromarray(pixels).save(tmp_path / "pore.png")
    masks = {
        "lesion": _kept(corpus, tmp_path / "lesion.nii.gz", "lesion", "nifti", (5, 6, 8), 13),
        "pore": _kept(corpus, tmp_path / "pore.png", "pore", "png", (20, 30), 12),
    }
    masks["lung"] = replace(masks["lesion"], modality="lung", marked=0)
    return corpus, Case("visit", "patient", Provenance("by hand"), masks=masks)


def _kept(corpus: Corpus, path: Path, name: str, kind: str, shape: tuple[int, ...], marked: int) -> Image:
    content = sha256_file(path)
    corpus.keep_object(path, content=content, image_format=kind)
    return Image(content, name, kind, shape, marked=marked)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Is there a lesion? Yes", CitedRegion("lesion", (1, 2, 4, 3, 4, 7))),
        ("Two LESIONS, one of them large.", CitedRegion("lesion", (1, 2, 4, 3, 4, 7))),
        ("A focal lesion beside a pore.", CitedRegion("lesion", (1, 2, 4, 3, 4, 7))),  # the longer name
        ("A pore.", CitedRegion("pore", (3, 10, 9, 12))),
        ("The lung is clear.", None),  # searched for and absent: nothing to point at
        ("Porous.", None),
    ],
)
def test_a_sentence_points_at_the_largest_part_of_what_it_names(
    outlined: tuple[Corpus, Case], text: str, region: CitedRegion | None
) -> None:
    assert cited_region(*outlined, text) == region


def test_a_mask_whose_file_is_gone_has_no_region(outlined: tuple[Corpus, Case]) -> None:
    corpus, case = outlined
    lost = replace(case, masks={"pore": replace(case.masks["pore"], content="0" * 64)})
    assert cited_region(corpus, lost, "A pore.") is None
