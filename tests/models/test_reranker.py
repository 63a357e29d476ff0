"""The re-ranker: ranks by the two cosines before it learned, reads words without their padding, comes back whole."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from lexiscope.core.errors import ModelError
from lexiscope.models.reranker import Reranker, RerankerConfig


@pytest.fixture(scope="module")
def reranker() -> Reranker:
    torch.manual_seed(0)
    return Reranker(RerankerConfig(text_dim=12, image_dim=8, width=16, depth=1, heads=2)).eval()


def pairs(n: int = 4) -> tuple[list[torch.Tensor], list[torch.Tensor], torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    asked = [torch.randn(2 + row, 12, generator=generator) for row in range(n)]
    said = [torch.randn(6 - row, 12, generator=generator) for row in range(n)]
    images = functional.normalize(torch.randn(2, n, 8, generator=generator), dim=-1)
    return asked, said, images[0], images[1]


@torch.no_grad()
def test_an_untrained_one_ranks_by_the_cosines(reranker: Reranker) -> None:
    asked, said, own, other = pairs()
    wording = [functional.cosine_similarity(a.mean(0), b.mean(0), dim=0) for a, b in zip(asked, said, strict=True)]
    by_hand = torch.stack(wording) + (own * other).sum(1)
    found = reranker(asked, said, own, other)
    assert torch.allclose(found - found[0], by_hand - by_hand[0], atol=1e-5)


@torch.no_grad()
def test_padding_changes_nothing(reranker: Reranker) -> None:
    torch.nn.init.normal_(reranker.score.weight)
    asked, said, own, other = pairs()
    together = reranker(asked, said, own, other)
    for row in range(4):
        alone = reranker(asked[row : row + 1], said[row : row + 1], own[row : row + 1], other[row : row + 1])
        assert alone.item() == pytest.approx(together[row].item(), abs=1e-5)


@torch.no_grad()
def test_it_comes_back_whole_or_says_that_it_is_damaged(reranker: Reranker, tmp_path: Path) -> None:
    reranker.save_pretrained(tmp_path)
    assert torch.equal(Reranker.from_pretrained(tmp_path)(*pairs()), reranker(*pairs()))
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(ModelError, match=r"model.safetensors are damaged"):
        Reranker.from_pretrained(tmp_path)
