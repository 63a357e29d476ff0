"""Image tokens on disk: those of the encoder, computed once, zeros and a mask where a modality is missing."""

import pytest
import torch

from lexiscope.corpus import Corpus
from lexiscope.features.token_store import compute_tokens, tokens_of_batch
from lexiscope.features.towers import compute_features
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.encoder import Encoder
from lexiscope.testing.models import tiny_encoder, tiny_joint_space
from lexiscope.views import View, ViewCache, choose_views, load_batch

_PLAN = TokenPlan(side=2, slices=2)


@pytest.fixture(scope="module")
def views(brains: Corpus) -> dict[str, View]:
    return choose_views(brains, size=32, slices=2)


@pytest.mark.parametrize("fusion", ["late", "early", "hybrid"])
def test_kept_tokens_are_those_of_the_encoder(brains: Corpus, views: dict[str, View], fusion: str) -> None:
    encoder, cases = tiny_encoder(views, fusion=fusion), [case for case in brains if case.images]
    batch = load_batch(brains, cases, views, ViewCache(brains.path / ".views"))
    with torch.no_grad():
        expected = tokens_of_batch(encoder, batch, plan=_PLAN)
    kept = compute_tokens(encoder, brains, cases=cases, views=views, plan=_PLAN).of(cases)
    assert set(kept.tokens) == set(encoder.branches)
    for branch, tokens in kept.tokens.items():
        present = kept.present[branch]
        torch.testing.assert_close(
            tokens.summary[present], expected.tokens[branch].summary[present], atol=1e-4, rtol=1e-3
        )
        torch.testing.assert_close(
            tokens.places[present], expected.tokens[branch].places[present], atol=1e-4, rtol=1e-3
        )
        assert not tokens.summary[~present].any()
    if fusion == "late":
        assert all(kept.present[name].tolist() == batch.present[name].tolist() for name in views)
        assert not all(mask.all() for mask in kept.present.values())  # some sequences are missing


def test_nothing_is_computed_twice(brains: Corpus, views: dict[str, View], monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, cases = tiny_encoder(views), [case for case in brains if case.images]
    first = compute_tokens(encoder, brains, cases=cases, views=views, plan=_PLAN).of(cases[::-1])
    calls: list[int] = []
    forward = Encoder.forward
    monkeypatch.setattr(Encoder, "forward", lambda self, images, present, **more: (
        calls.append(len(next(iter(images.values())))), forward(self, images, present, **more))[1])  # fmt: skip
    again = compute_tokens(encoder, brains, cases=cases, views=views, plan=_PLAN).of(cases[::-1])
    assert calls == [1] * len(encoder.branches)  # one case of each branch, to learn the lengths
    for branch in first.tokens:
        assert torch.equal(first.tokens[branch].places, again.tokens[branch].places)


def test_another_plan_has_rows_of_its_own(brains: Corpus, views: dict[str, View]) -> None:
    encoder, cases = tiny_encoder(views), [case for case in brains if case.images]
    for plan, places in ((TokenPlan(side=1, slices=1), 1), (TokenPlan(side=2, slices=1), 4)):
        tokens = compute_tokens(encoder, brains, cases=cases, views=views, plan=plan).of(cases).tokens
        assert {branch.places.shape[1] for branch in tokens.values()} == {places}


def test_readouts_are_kept_with_the_tokens(
    brains: Corpus, views: dict[str, View], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alignment after it sees no image again."""
    space, cases = tiny_joint_space(views), [case for case in brains if case.images]
    tokens = compute_tokens(space.image, brains, cases=cases, views=views, plan=_PLAN).of(cases)
    monkeypatch.setattr(type(space), "image_features", lambda *_: pytest.fail("an image was seen twice"))
    features, present = compute_features(space, brains, cases=cases, texts=(), views=views).of_images(cases)
    for name in views:
        assert torch.equal(features[name][present[name]], tokens.tokens[name].summary[present[name]])
