"""The segmenter: any subset of modalities, sentences that matter as far as training lets them, saved and loaded."""

from pathlib import Path

import pytest
import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.segmenter.segmenter import Segmenter, SegmenterConfig
from lexiscope.testing.masked import tiny_segmenter


def _batch(b: int = 3, *, dims: int = 2, channels: int = 1) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    shape = (16, 20) if dims == 2 else (8, 16, 20)
    images = {
        name: torch.randn(b, channels, *shape, generator=torch.Generator().manual_seed(seed))
        for seed, name in enumerate(("t1", "t2"))
    }
    return images, {name: torch.ones(b, dtype=torch.bool) for name in images}


def _asking(segmenter: Segmenter, b: int, *sentences: str) -> torch.Tensor:
    return segmenter.embed(sentences).expand(b, -1, -1)


@pytest.mark.parametrize("decoder", ["film", "two-way"])
@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
@pytest.mark.parametrize(("dims", "context"), [(2, 0), (2, 1), (3, 0)])
def test_a_mask_for_each_sentence_at_full_resolution(fusion: str, dims: int, context: int, decoder: str) -> None:
    segmenter = tiny_segmenter(fusion=fusion, dims=dims, context=context, decoder=decoder)
    images, present = _batch(dims=dims, channels=2 * context + 1)
    output = segmenter(images, present, _asking(segmenter, 3, "the disc", "the square"))
    assert output.masks.shape == (3, 2, *images["t1"].shape[2:])
    assert output.presence.shape == (3, 2)
    assert [x.shape[2] for x in output.coarse] == [images["t1"].shape[2] // 2, images["t1"].shape[2] // 4]


@pytest.mark.parametrize("decoder", ["film", "two-way"])
@pytest.mark.parametrize("fusion", ["early", "hybrid", "late"])
def test_what_lies_in_the_slot_of_a_missing_modality_reaches_nothing(fusion: str, decoder: str) -> None:
    segmenter = tiny_segmenter(fusion=fusion, decoder=decoder)
    images, present = _batch()
    present["t2"] = torch.tensor([True, False, True])
    other = {**images, "t2": images["t2"].clone()}
    other["t2"][1] = torch.nan
    asking = _asking(segmenter, 3, "the disc")
    torch.testing.assert_close(segmenter(other, present, asking).masks, segmenter(images, present, asking).masks)
    alone = segmenter({"t1": images["t1"][1:2]}, {"t1": present["t1"][1:2]}, asking[:1])
    both = segmenter(images, present, asking)
    torch.testing.assert_close(both.masks[1:2], alone.masks, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(both.presence[1:2], alone.presence, rtol=1e-3, atol=1e-4)


def test_before_training_every_sentence_gives_the_same_mask() -> None:
    segmenter = tiny_segmenter()
    images, present = _batch()
    masks = segmenter(images, present, _asking(segmenter, 3, "the disc", "segment the liver")).masks
    torch.testing.assert_close(masks[:, 0], masks[:, 1])


def test_a_sentence_changes_the_mask_once_the_film_does() -> None:
    segmenter = tiny_segmenter()
    torch.nn.init.normal_(segmenter.decoder.blocks[0].film.weight)
    images, present = _batch()
    masks = segmenter(images, present, _asking(segmenter, 3, "the disc", "segment the liver")).masks
    assert not torch.allclose(masks[:, 0], masks[:, 1])


@pytest.mark.parametrize("decoder", ["film", "two-way"])
def test_only_the_text_tower_is_frozen(decoder: str) -> None:
    segmenter = tiny_segmenter(decoder=decoder)
    images, present = _batch()
    output = segmenter(images, present, _asking(segmenter, 3, "the disc"))
    (output.masks.sum() + output.presence.sum() + sum(x.sum() for x in output.coarse)).backward()
    without = [name for name, one in segmenter.named_parameters() if one.requires_grad and one.grad is None]
    assert not without
    assert not any(one.requires_grad for one in segmenter.text.parameters())
    counts = segmenter.count_parameters()
    assert counts["total"] - counts["trainable"] == sum(one.numel() for one in segmenter.text.parameters())


@pytest.mark.parametrize("decoder", ["film", "two-way"])
def test_it_comes_back_as_it_was_saved(tmp_path: Path, decoder: str) -> None:
    segmenter = tiny_segmenter(decoder=decoder)
    segmenter.save_pretrained(tmp_path)
    again = Segmenter.from_pretrained(tmp_path)
    images, present = _batch()
    asking = _asking(segmenter, 3, "the disc")
    assert torch.equal(again.embed(["the disc"]), segmenter.embed(["the disc"]))
    assert torch.equal(again(images, present, asking).masks, segmenter(images, present, asking).masks)


def test_cases_without_images_and_modalities_it_never_saw_are_refused() -> None:
    segmenter = tiny_segmenter()
    images, present = _batch()
    asking = _asking(segmenter, 3, "the disc")
    with pytest.raises(ModelError, match="every case needs at least one of t1, t2"):
        segmenter(images, {name: torch.zeros(3, dtype=torch.bool) for name in images}, asking)
    with pytest.raises(ModelError, match="reads t1, t2, got flair"):
        segmenter({"flair": images["t1"]}, {"flair": present["t1"]}, asking)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"fusion": "sideways"}, "fusion must be one of"),
        ({"modalities": {}}, "needs modalities, got none"),
        ({"dims": 3, "context": 1}, "is not to be had.*; take 2 dimensions"),
        ({"decoder": (4, 8)}, "a width for each level but the coarsest"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, object], match: str) -> None:
    usual = {"modalities": {"t1": 1}, "stem": (4, 8), "trunk": {"kind": "cnn", "widths": (8, 8)}, "decoder": (4, 8, 8)}
    with pytest.raises(ModelError, match=match):
        Segmenter(SegmenterConfig(**{**usual, **settings}))
