"""MAE: patches are cut and put back, hidden ones are the only ones that count, a ViT never sees them."""

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.encoder import Encoder
from lexiscope.testing.models import tiny_encoder, tiny_views
from lexiscope.training.objectives.mae import Mae, from_patches, normalised, to_patches


def make_batch(encoder: Encoder, images: dict[str, torch.Tensor]) -> dict:
    cases = len(next(iter(images.values())))
    return {
        "images": {name: x[:, None] for name, x in images.items()},
        "present": {name: torch.ones(cases, 1, dtype=torch.bool) for name in images},
        "seed": torch.arange(cases),
    }


@pytest.mark.parametrize("shape", [(2, 3, 8, 12), (2, 1, 4, 8, 12)])
def test_patches_are_put_back_where_they_were(shape: tuple[int, ...]) -> None:
    x = torch.randn(shape)
    patches, grid = to_patches(x, side=4)
    assert grid == tuple(n // 4 for n in shape[2:])
    assert torch.equal(from_patches(patches, grid, channels=shape[1], side=4), x)
    second = x[0, :, :4, 4:8] if x.ndim == 4 else x[0, :, :4, :4, 4:8]
    assert torch.equal(patches[0, 1], second.flatten())  # raster order: the neighbour to the right


def test_the_target_has_mean_0_and_variance_1_and_a_blank_patch_is_0() -> None:
    patches = torch.tensor([[[1.0, 3.0, 1.0, 3.0], [5.0, 5.0, 5.0, 5.0]]])
    torch.testing.assert_close(normalised(patches), torch.tensor([[[-1.0, 1.0, -1.0, 1.0], [0.0] * 4]]))


@pytest.mark.parametrize("tower", ["vit", "cnn"])
@pytest.mark.parametrize("kind", ["planar", "volume"])
def test_only_hidden_patches_count_and_they_are_never_seen(tower: str, kind: str) -> None:
    torch.manual_seed(0)
    views = tiny_views(kind, modalities=("t1",))
    encoder = tiny_encoder(
        views, tower=tower, tower_settings={"patch": 8} if tower == "vit" else {"stages": [8, 16, 24]}
    )
    objective = Mae(encoder, mask=0.5).eval()
    channels = encoder.config.modalities["t1"]
    side = objective.painters[0].side
    assert side == 8
    size = views["t1"].shape[1:]
    x = torch.randn(1, channels, *size)
    batch = make_batch(encoder, {"t1": x})
    with torch.no_grad():
        before = objective(batch)["patches"].value
        patches, grid = to_patches(x, side=side)
        order = torch.randperm(patches.shape[1], generator=torch.Generator().manual_seed(0))
        hidden = order[patches.shape[1] // 2 :]
        painted = _painted(objective, batch)
        patches[0, hidden] = torch.randn_like(patches[0, hidden])
        other = make_batch(encoder, {"t1": from_patches(patches, grid, channels=channels, side=side)})
        torch.testing.assert_close(_painted(objective, other), painted)  # hidden values changed, what is seen did not
        expected = (painted[0, hidden] - normalised(patches)[0, hidden]).square().mean()
        torch.testing.assert_close(objective(other)["patches"].value, expected)
    assert before != expected


def _painted(objective: Mae, batch: dict) -> torch.Tensor:
    caught = []
    hook = objective.painters[0].values.register_forward_hook(lambda _module, _inputs, out: caught.append(out))
    objective(batch)
    hook.remove()
    return caught[0]


def test_chance_is_what_guessing_the_mean_costs() -> None:
    views = tiny_views(modalities=("t1",))
    encoder = tiny_encoder(views, tower="vit")
    x = torch.randn(3, 3, 32, 32)
    found = Mae(encoder)(make_batch(encoder, {"t1": x}))["patches"]
    assert found.chance.item() == pytest.approx(1.0, abs=1e-3)


def test_an_image_that_is_no_whole_number_of_patches_is_refused() -> None:
    with pytest.raises(ModelError, match=r"multiple of 8.*got \(12, 16\); change the size"):
        to_patches(torch.zeros(1, 1, 12, 16), side=8)
