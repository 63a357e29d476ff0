"""Classification with one modality hidden at a time, nothing being fitted again."""

from pathlib import Path

import pytest

from lexiscope.evaluate.run import evaluate_model
from lexiscope.testing import make_corpus
from lexiscope.testing.speaking import tiny_model


@pytest.mark.slow
def test_a_hidden_modality_leaves_the_cases_that_have_another(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 60, volumes=True, missing=0.4)
    model = tiny_model(corpus, tmp_path / "model")
    options = {"attribute": "side", "accept_leak": "shapes look alike", "resamples": 5}
    report = evaluate_model(model, corpus, task="classify", split="val", **options)  # nothing is left to calibrate on
    modalities, hidden = set(model.views()), report.sections["without"]
    assert set(hidden) == modalities
    assert set(report.sections["opinions"]) == {"fused", *modalities}
    cases = [case for case in corpus.cases("val") if "side" in case.attributes]
    for modality, found in hidden.items():
        assert found["n"] == sum(bool(modalities - {modality} & set(case.images)) for case in cases)
        assert set(found["metrics"]) <= set(report.metrics)
    assert report.metric("probe_balanced_accuracy").chance == pytest.approx(0.5)
