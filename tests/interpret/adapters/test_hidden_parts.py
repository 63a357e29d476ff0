"""Words and patches that a model may not see."""

import numpy as np
import torch

from lexiscope.interpret.adapters.hidden_parts import without_patches
from lexiscope.interpret.adapters.joint import open_joint
from lexiscope.interpret.interaction.word_map import word_map
from lexiscope.interpret.subject import HiddenParts, MasksParts
from lexiscope.tasks.embed import embed_texts
from lexiscope.views import ImageBatch


def test_patches_cover_an_image_once_whatever_its_sides() -> None:
    batch = ImageBatch({"t1": torch.ones(1, 2, 3, 10, 7)}, {"t1": torch.tensor([True])})
    hidden = without_patches(batch, [{patch} for patch in range(6)] + [set(range(6)), set()], (3, 2))
    shown = hidden.images["t1"]
    assert ((1 - shown[:6]).sum(dim=0) == 1).all()
    assert not shown[6].any()
    assert (shown[7] == 1).all()
    assert not shown[0, ..., 0, 0].any()
    assert not shown[5, ..., -1, -1].any()
    assert hidden.present["t1"].shape == (8,)


def test_what_is_hidden_is_gone_from_image_and_text(scans, reader) -> None:
    subject, cases = open_joint(reader, scans, "val")
    assert isinstance(subject, MasksParts)
    one = cases.take([0])
    words = subject.words(one)
    nothing, word, patch = subject.without_parts(
        one, [HiddenParts(), HiddenParts(frozenset({1})), HiddenParts(patches=frozenset({0, 14}))]
    )
    image = subject.image_vectors(one)[0]
    texts = embed_texts(subject.sees.joint, [" ".join(words), " ".join(words[:1] + words[2:])])
    assert np.allclose([nothing, word], texts @ image, atol=1e-5)
    assert abs(patch - nothing) > 1e-6
    made = word_map(subject, one, most_words=2)
    assert made.values.shape == (2, 36)
    assert np.isfinite(made.values).all()
