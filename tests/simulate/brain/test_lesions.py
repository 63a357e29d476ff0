"""Lesions take tissue and give it back as their own, and masses push the rest aside."""

import numpy as np
import pytest

from lexiscope.simulate.brain.lesions import displace_tissue, insert_lesion
from lexiscope.simulate.brain.visit import Lesion

_GRID = np.stack(np.meshgrid(*(np.arange(-24.0, 24.0, 2.0) for _ in range(3)), indexing="ij")).astype(np.float32)
_SMOOTH = np.zeros(_GRID.shape[1:], np.float32)


def _lesion(kind, radius=10.0, halo=0.0):
    return Lesion(kind, "left frontal lobe", (0.0, 0.0, 0.0), radius, halo, (1.0, 1.0, 1.0))


def _shares(**extra):
    base = {name: np.zeros_like(_SMOOTH) for name in ("grey", "white", "fluid", "bone", "fat")}
    return {**base, "white": np.ones_like(_SMOOTH), **extra}


@pytest.mark.parametrize(
    ("kind", "tissues"),
    [
        ("white matter hyperintensities", {"plaque"}),
        ("old infarct", {"scar", "fluid"}),
        ("lacune", {"scar", "fluid"}),
        ("mass with oedema", {"tumour", "necrosis", "oedema"}),
    ],
)
def test_a_lesion_becomes_its_tissues_and_shares_still_sum_to_one(kind, tissues):
    shares = _shares()
    insert_lesion(shares, _lesion(kind, halo=6.0 if "oedema" in kind else 0.0), world=_GRID, rough=_SMOOTH)
    assert sum(shares.values()) == pytest.approx(np.ones_like(_SMOOTH), abs=1e-5)
    assert all(share.min() > -1e-6 for share in shares.values())
    assert {name for name, share in shares.items() if share.max() > 0.5} == {*tissues, "white"}


def test_its_measured_size_is_about_twice_the_radius():
    inserted = insert_lesion(_shares(), _lesion("old infarct"), world=_GRID, rough=_SMOOTH)
    volume = float(inserted.lesion.sum()) * 20.0  # `size_mm` measures on voxels of 5 x 2 x 2 mm
    assert inserted.size_mm == pytest.approx((6 * volume / np.pi) ** (1 / 3))
    assert (6 * float(inserted.lesion.sum()) * 8.0 / np.pi) ** (1 / 3) == pytest.approx(20.0, rel=0.05)


def test_fluid_bone_and_fat_stay_what_they_are():
    shares = _shares(white=np.zeros_like(_SMOOTH), fluid=np.ones_like(_SMOOTH))
    inserted = insert_lesion(shares, _lesion("old infarct"), world=_GRID, rough=_SMOOTH)
    assert not inserted.lesion.any()
    assert shares["fluid"].min() == 1


def test_oedema_spreads_through_white_matter_and_spares_grey():
    taken = []
    for tissue in ("white", "grey"):
        shares = _shares(**{"white": np.zeros_like(_SMOOTH), tissue: np.ones_like(_SMOOTH)})
        taken.append(
            insert_lesion(shares, _lesion("mass with oedema", halo=8.0), world=_GRID, rough=_SMOOTH).oedema.sum()
        )
    assert taken[0] > 3 * taken[1] > 0


def test_masses_displace_tissue_outwards_and_others_do_not():
    assert displace_tissue(_GRID, [_lesion("old infarct")]) is _GRID
    moved = displace_tissue(_GRID, [_lesion("mass with oedema")])
    assert (np.linalg.norm(moved, axis=0) <= np.linalg.norm(_GRID, axis=0) + 1e-4).all()
    near = np.linalg.norm(_GRID, axis=0) < 12
    shift = np.linalg.norm(moved - _GRID, axis=0)
    assert shift[near].mean() > 5 * shift[np.linalg.norm(_GRID, axis=0) > 30].mean()
