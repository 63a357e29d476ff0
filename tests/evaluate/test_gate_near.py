"""The gate names a few near-duplicates for leaving out where a share is spared, and refuses everything else."""

import io

import numpy as np
import pytest
from PIL import Image

from lexiscope.core import Provenance
from lexiscope.core.errors import LeakageError
from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.evaluate.gate import leakage_gate
from lexiscope.models.directory import ModelDirectory
from lexiscope.sources.draft import Draft, Encoded, ImageFile
from lexiscope.testing.cases import DraftSource
from lexiscope.testing.models import tiny_joint_space
from lexiscope.views import choose_views


def draft(number: int, split: str, *, seed: int, gain: float = 1.0) -> Draft:
    pixels = np.random.default_rng(seed).integers(0, 200, (16, 16))
    stream = io.BytesIO()
    Image.fromarray((pixels * gain).astype(np.uint8)).resize((64, 64)).save(stream, format="PNG")
    name = f"{split}-{number:02d}"
    return Draft(
        id=name,
        group=name,
        provenance=Provenance("testing"),
        images={"photo": ImageFile(Encoded(stream.getvalue(), suffix=".png"))},
        split=split,
    )


def make(tmp_path, *, near: int, same: int = 0) -> tuple[ModelDirectory, Corpus]:
    """Forty measured cases; the first ones are brighter copies of cases learned from, or their very files."""
    learned = [draft(n, "train", seed=n) for n in range(10)]
    copies = [draft(n, "test", seed=n, gain=1.2) for n in range(near)]
    files = [draft(n, "test", seed=n) for n in range(near, near + same)]
    others = [draft(n, "test", seed=100 + n) for n in range(near + same, 40)]
    build_corpus(tmp_path / "corpus", DraftSource([*learned, *copies, *files, *others]))
    corpus = Corpus.open(tmp_path / "corpus")
    model, views = ModelDirectory(tmp_path / "model"), choose_views(corpus, size=32)
    trained_on = {"path": str(corpus.path), "version": corpus.version, "split": "train"}
    model.save_joint(tiny_joint_space(views), views=views, record={"trained_on": trained_on})
    return model, corpus


def test_few_near_duplicates_are_named_for_leaving_out(tmp_path):
    model, corpus = make(tmp_path, near=2)
    found = leakage_gate(model, corpus, split="test", near_spared=0.05)
    assert (found["left_out_cases"], found["accepted"]) == (["test-00", "test-01"], None)
    with pytest.raises(LeakageError, match="share 2 x near-image"):
        leakage_gate(model, corpus, split="test")


@pytest.mark.parametrize(("near", "same"), [(3, 0), (1, 1)])
def test_many_near_duplicates_and_the_same_file_are_refused(tmp_path, near, same):
    model, corpus = make(tmp_path, near=near, same=same)
    with pytest.raises(LeakageError, match="training and split 'test' share"):
        leakage_gate(model, corpus, split="test", near_spared=0.05)
    found = leakage_gate(model, corpus, split="test", near_spared=0.05, accept_leak="known")
    assert (found["left_out_cases"], found["accepted"]) == ([], "known")
