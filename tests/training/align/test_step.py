"""A step of aligning: kept features, pixels and pixels in chunks cost the same, and labels add their own loss."""

import numpy as np
import pytest
import torch

from lexiscope.features.towers import Features
from lexiscope.models.joint import JointSpace
from lexiscope.testing.models import tiny_joint_space
from lexiscope.training.align.data import ImageTextPairs
from lexiscope.training.align.heads import standardise_heads
from lexiscope.training.align.rows import AlignRows, Pixels
from lexiscope.training.align.step import AlignStep
from lexiscope.training.objectives.clip import Clip
from lexiscope.training.objectives.supcon import SupCon

ROWS = np.arange(8)


def test_features_pixels_and_chunks_of_pixels_cost_the_same(
    space: JointSpace, pairs: ImageTextPairs, features: Features, pixels: Pixels
) -> None:
    standardise_heads(space, pairs, features)
    losses, slopes = [], []
    for inputs, kept, chunk in ((features, True, None), (pixels, False, None), (pixels, False, 3)):
        step = AlignStep(space, Clip(), kept=kept, chunk=chunk).eval()
        batch = AlignRows(pairs, inputs, seed=0).batch(ROWS, epoch=0)
        found = step(batch)
        losses.append([loss.value.item() for loss in found.values()])
        total = torch.stack([loss.value for loss in found.values()]).sum()
        heads = [weight for name, weight in space.named_parameters() if "head" in name]
        slopes.append(torch.cat([x.flatten() for x in torch.autograd.grad(total, heads)]))
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert losses[2] == pytest.approx(losses[1], rel=1e-4)
    torch.testing.assert_close(slopes[2], slopes[1], rtol=1e-3, atol=1e-5)


def test_what_lies_in_the_slot_of_a_missing_modality_is_never_seen(
    space: JointSpace, pairs: ImageTextPairs, pixels: Pixels
) -> None:
    step = AlignStep(space, Clip(), kept=False).eval()
    batch = AlignRows(pairs, pixels, seed=0).batch(ROWS, epoch=0)
    assert not all(mask.all() for mask in batch["present"].values())
    spoiled = {
        name: torch.where(batch["present"][name].view(-1, *[1] * (x.ndim - 1)), x, torch.nan)
        for name, x in batch["images"].items()
    }
    before, after = ([loss.value for loss in step({**batch, "images": x}).values()] for x in (batch["images"], spoiled))
    torch.testing.assert_close(after, before)


def test_labels_add_their_losses_beside_the_objective(
    space: JointSpace, pairs: ImageTextPairs, features: Features
) -> None:
    batch = AlignRows(pairs, features, seed=0, label="side").batch(ROWS, epoch=0)
    plain = AlignStep(space, Clip(), kept=True).eval()(batch)
    beside = AlignStep(space, Clip(), kept=True, labels=SupCon(weight=3.0)).eval()(batch)
    assert plain.keys() == {"image_to_text", "text_to_image"}
    assert beside.keys() - plain.keys() == {"modalities", "labels"}
    assert all(torch.equal(beside[name].value, plain[name].value) for name in plain)
    single = AlignStep(space, Clip(), kept=True, labels=SupCon(weight=1.0)).eval()(batch)
    assert beside["labels"].value.item() == pytest.approx(3 * single["labels"].value.item(), rel=1e-5)


def test_members_of_the_heads_are_compared_each_with_its_own(pixels: Pixels, pairs: ImageTextPairs) -> None:
    space = tiny_joint_space(pixels.views, texts=pairs.all_texts(), head={"width": 8, "members": 2}).eval()
    batch = AlignRows(pairs, pixels, seed=0).batch(ROWS, epoch=0)
    step = AlignStep(space, Clip(), kept=False).eval()
    found = step(batch)
    images = space.split_members(space.embed_images(batch["images"], batch["present"]))
    texts = space.split_members(step.embed_texts(batch["texts"]))
    assert images.shape[0] == texts.shape[0] == 2
    by_member = []
    for image, text in zip(images, texts, strict=True):
        alone = AlignStep(space, Clip(), kept=False).objective(_pairs(batch, image, text, space))
        by_member.append(alone["image_to_text"].value.item())
    assert found["image_to_text"].value.item() == pytest.approx(np.mean(by_member), rel=1e-5)


def _pairs(batch: dict, image: torch.Tensor, text: torch.Tensor, space: JointSpace):
    from lexiscope.training.objectives import PairedEmbeddings

    keys = {name: batch[name] for name in ("image_case", "text_case", "image_group", "text_group", "text_key")}
    return PairedEmbeddings(image, text, **keys, scale=space.scale, bias=space.logit_bias)
