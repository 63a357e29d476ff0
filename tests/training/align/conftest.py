"""Pairs of a small corpus of volumes with missing modalities, their features and their pixels."""

import pytest

from lexiscope.corpus import Corpus
from lexiscope.features.towers import Features, compute_features
from lexiscope.models.joint import JointSpace
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space
from lexiscope.training.align.data import ImageTextPairs, find_pairs
from lexiscope.training.align.rows import Pixels
from lexiscope.views import ViewCache, choose_views


@pytest.fixture(scope="session")
def volumes(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Twenty cases of three modalities, a third of them missing."""
    return make_corpus(tmp_path_factory.mktemp("volumes") / "corpus", 20, volumes=True, missing=0.3)


@pytest.fixture(scope="session")
def pairs(volumes: Corpus) -> ImageTextPairs:
    """All cases with their captions."""
    return find_pairs(volumes, modalities=["flair", "t1w", "t2w"], columns=None)


@pytest.fixture(scope="session")
def pixels(volumes: Corpus) -> Pixels:
    """Images as small slices."""
    views = choose_views(volumes, size=32, slices=2)
    return Pixels(volumes, views, ViewCache(volumes.path / ".views"))


@pytest.fixture
def space(pixels: Pixels, pairs: ImageTextPairs) -> JointSpace:
    """An untrained joint space of its own for each test."""
    return tiny_joint_space(pixels.views, texts=pairs.all_texts()).eval()


@pytest.fixture
def features(space: JointSpace, pixels: Pixels, pairs: ImageTextPairs) -> Features:
    """Kept features of that space's towers."""
    texts = pairs.all_texts()
    return compute_features(space, pixels.corpus, cases=pairs.cases, texts=texts, views=pixels.views)
