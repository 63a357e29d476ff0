"""Features and embeddings of cases: the same by kept features as by pixels, NaN where a modality is missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lexiscope.core.errors import UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.readouts import Readouts
from lexiscope.testing import make_corpus
from lexiscope.testing.speaking import tiny_model
from lexiscope.views import ViewCache, load_batch


@pytest.mark.parametrize("fusion", ["late", "early"])
def test_cases_of_a_corpus_read_as_their_images_do(tmp_path: Path, fusion: str) -> None:
    corpus = make_corpus(tmp_path / "corpus", 18, volumes=True, missing=0.5)
    model = tiny_model(corpus, tmp_path / "model", fusion=fusion)
    readouts, cases = Readouts(model.joint(), model.views()), list(corpus)
    features, embeddings = readouts.of_cases(corpus, cases)
    batch = load_batch(corpus, cases, model.views(), ViewCache(tmp_path / "views"))
    expected, unit = readouts.of_batch(batch)
    np.testing.assert_allclose(features, expected, atol=2e-3)
    np.testing.assert_allclose(embeddings, unit, atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    missing = {name: np.isnan(features[:, columns]).all(axis=1) for name, columns in readouts.blocks.items()}
    if fusion == "late":
        for name, rows in missing.items():
            assert rows.tolist() == [name not in case.images for case in cases]
    else:
        assert not missing["fused"].any()


def test_a_hidden_modality_is_missing_in_every_case(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 4, volumes=True)
    model = tiny_model(corpus, tmp_path / "model")
    readouts = Readouts(model.joint(), model.views())
    features, _ = readouts.without("t1w").of_cases(corpus, list(corpus))
    assert np.isnan(features[:, readouts.blocks["t1w"]]).all()
    assert np.isfinite(features[:, readouts.blocks["flair"]]).all()


def test_mirroring_twice_is_no_mirroring(shapes: tuple[Corpus, ModelDirectory, Readouts]) -> None:
    corpus, _, readouts = shapes
    cases = corpus.take(["case-0000", "case-0001"])
    plain, mirrored = readouts.of_cases(corpus, cases)[0], readouts.mirrored().of_cases(corpus, cases)[0]
    assert np.abs(plain - mirrored).max() > 1e-3
    np.testing.assert_allclose(readouts.mirrored().mirrored().of_cases(corpus, cases)[0], plain, atol=1e-6)


def test_a_blank_image_is_every_modality_of_one_colour(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 4, volumes=True)
    model = tiny_model(corpus, tmp_path / "model")
    readouts = Readouts(model.joint(), model.views())
    features, embedding = readouts.of_blank_image()
    assert np.isfinite(features).all()  # nothing is missing
    assert features.shape == (1, max(columns.stop for columns in readouts.blocks.values()))
    assert np.isfinite(embedding).all()
    np.testing.assert_array_equal(readouts.mirrored().of_blank_image()[0], features)


def test_a_case_without_an_image_is_refused(shapes: tuple[Corpus, ModelDirectory, Readouts]) -> None:
    corpus, _, readouts = shapes
    with pytest.raises(UsageError, match="case bare has no image of photo, which the model reads; leave it out"):
        readouts.of_cases(corpus, [replace(corpus["case-0000"], id="bare", images={})])
