"""A classifier as a subject: the task's own probabilities, with fewer inputs."""

import numpy as np
import pytest
import torch

from lexiscope.core.errors import UsageError
from lexiscope.interpret.adapters.classifier import classifier_subjects, open_classifier
from lexiscope.interpret.subject import Coalition, LearnsLabelsAnew
from lexiscope.tasks.classify.classify import Classifier, ClassifierSettings, ClassifyRequest
from lexiscope.testing.cases import make_corpus
from lexiscope.testing.speaking import tiny_model
from lexiscope.testing.subjects import check_subject


@pytest.mark.slow
@pytest.mark.parametrize("method", ["probe", "evidential"])
def test_a_classifier_keeps_the_contract_of_subjects(scans, late_reader, method) -> None:
    subject, cases = open_classifier(late_reader, scans, "test", attribute="side", method=method)
    predicted = []
    with Classifier.open(late_reader, ClassifierSettings.of({"attribute": "side", "method": method})) as task:
        for case in cases.items:
            given = Classifier.read(late_reader, case.id, corpus=scans)
            value = task.predict(given, ClassifyRequest.of({"k": 0})).value
            predicted.append(value["probabilities"][case.attributes["side"]])
    if method == "probe":
        check_subject(subject, cases, predicted=np.array(predicted))
        return
    (told,) = subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])
    assert np.allclose(told.score, predicted, atol=1e-5)
    with pytest.raises(UsageError, match="evidential heads give opinions"):
        subject.score_of(cases, subject.images(cases))


@pytest.mark.slow
def test_other_fusions_read_every_coalition(scans, reader) -> None:
    subject, cases = open_classifier(reader, scans, "test", attribute="side")
    whole, some, nothing = subject.outcomes(
        cases, [Coalition(frozenset(kept)) for kept in (subject.inputs, {"flair"}, ())]
    )
    has_more = cases.present["t1w"] | cases.present["t2w"]
    assert not np.allclose(whole.score[has_more], some.score[has_more], atol=1e-6)
    shares = np.bincount([case.attributes["side"] == "right" for case in scans.cases("train")], minlength=2)
    assert np.allclose(nothing.probabilities, shares / shares.sum())


def test_the_logit_is_that_of_the_probabilities(scans, late_reader) -> None:
    subject, cases = open_classifier(late_reader, scans, "test", attribute="side")
    images = subject.images(cases)
    other = cases.take(range(len(cases)))
    object.__setattr__(other, "truth", 1 - cases.truth)
    with torch.no_grad():
        apart = (subject.score_of(cases, images) - subject.score_of(other, images)).numpy()
    (told,) = subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])
    temperature = subject.classes.probe.temperature
    assert np.allclose(1 / (1 + np.exp(-apart / temperature)), told.score, atol=1e-3)


def test_labels_are_learned_anew_from_those_of_other_groups(scans, late_reader) -> None:
    subject, cases = open_classifier(late_reader, scans, "train", attribute="side")
    assert isinstance(subject, LearnsLabelsAnew)
    shuffled = subject.on_shuffled_labels(seed=0)
    whole = [Coalition(frozenset(subject.inputs))]
    told, guessed = (one.outcomes(cases, whole)[0].probabilities.argmax(axis=1) for one in (subject, shuffled))
    assert shuffled.fingerprint != subject.fingerprint
    assert (told == cases.truth).mean() > (guessed == cases.truth).mean()
    again = subject.on_shuffled_labels(seed=0).outcomes(cases, whole)[0].probabilities
    assert np.allclose(again, shuffled.outcomes(cases, whole)[0].probabilities)


@pytest.mark.slow
def test_words_and_facts_are_inputs_too_where_they_are_read(tmp_path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 40)
    model = tiny_model(corpus, tmp_path / "model")
    subject, cases = open_classifier(model, corpus, "test", attribute="shape", reads="all")
    assert subject.inputs == ("photo", "attributes")
    (whole,) = subject.outcomes(cases, [Coalition(frozenset(subject.inputs))])
    check_subject(subject, cases, predicted=whole.score)
    (without,) = subject.outcomes(cases, [Coalition(frozenset({"photo"}))])
    assert not np.allclose(without.score, whole.score)


def test_the_attribute_whose_values_are_most_even_is_taken(tmp_path) -> None:
    corpus = make_corpus(tmp_path / "corpus", 30)
    model = tiny_model(corpus, tmp_path / "model")
    ((subject, cases),) = classifier_subjects(model, corpus, "test")
    assert subject.name in ("probe of colour", "probe of shape")
    assert set(cases.classes) == {str(case.attributes[subject.target.attribute]) for case in corpus.cases("train")}
    held = subject.held_out()
    assert held is not None
    assert set(held.ids) == {case.id for case in corpus.cases("val")}
    assert open_classifier(model, corpus, "val", attribute="shape")[0].held_out() is None


def test_evidential_heads_read_no_words(scans, late_reader) -> None:
    with pytest.raises(UsageError, match="take method='probe'"):
        open_classifier(late_reader, scans, "test", attribute="side", method="evidential", reads="all")
