"""Classifying coloured shapes with an untrained model: what comes back, what it rests on, what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lexiscope.cli.app import app
from lexiscope.core.errors import ModelError, UsageError
from lexiscope.corpus import Corpus
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.classify.classify import classify
from lexiscope.testing import make_corpus
from lexiscope.testing.models import tiny_joint_space, tiny_ood_detector
from lexiscope.views import choose_views


def make_model(corpus: Corpus, path: Path, *, fusion: str = "late") -> ModelDirectory:
    views = choose_views(corpus, size=32)
    model = ModelDirectory(path)
    trained_on = {"path": str(corpus.path.resolve()), "version": corpus.version, "split": "train"}
    model.save_joint(tiny_joint_space(views, fusion=fusion), views=views, record={"trained_on": trained_on})
    return model


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Corpus, ModelDirectory]:
    folder = tmp_path_factory.mktemp("classify")
    corpus = make_corpus(folder / "corpus", 80)
    return corpus, make_model(corpus, folder / "model")


def test_a_prediction_has_probabilities_and_evidence_of_other_groups(made):
    corpus, model = made
    (found,) = classify(model, "case-0000", attribute="colour", corpus=corpus)
    value = found.value
    assert (found.task, found.case) == ("classify", "case-0000")
    assert sorted(value["probabilities"]) == ["blue", "green", "red"]
    assert sum(value["probabilities"].values()) == pytest.approx(1)
    assert found.score == max(value["probabilities"].values()) == value["probabilities"][value["label"]]
    assert 0 <= found.uncertainty <= 1
    assert value["conformal"]["groups"] == len({case.group for case in corpus.cases("val")})
    assert found.out_of_distribution is None  # the model knows nothing of its training
    assert len(found.evidence) == 5
    assert corpus["case-0000"].group not in {near.group for near in found.evidence}
    for near in found.evidence:
        case = corpus[near.case]
        assert (case.split, near.details["label"]) == ("train", case.attributes["colour"])
        assert Path(near.details["path"]).is_file()
    assert [near.score for near in found.evidence] == sorted((near.score for near in found.evidence), reverse=True)


def test_images_unlike_those_of_the_training_are_warned_about(made, tmp_path):
    corpus, model = made
    width = model.joint().image.head("photo").mean.numel()
    strict = ModelDirectory(tmp_path / "strict")
    ood = tiny_ood_detector({"photo": width}, spread=1e-6)
    strict.save_joint(model.joint(), views=model.views(), record=model.record(), ood=ood)
    (found,) = classify(strict, "case-0000", attribute="colour", corpus=corpus)
    assert found.out_of_distribution.p_value == pytest.approx(1 / 31)
    assert found.to_dict()["out_of_distribution"]["warning"].startswith("these images are unlike those of the training")


def test_an_image_file_is_classified_as_its_case_is(made):
    corpus, model = made
    file = corpus.object_path(corpus["case-0008"].images["photo"])
    (by_file,), (by_id,) = (
        classify(model, file, attribute="colour", k=0),
        classify(model, "case-0008", attribute="colour", corpus=corpus, k=0),
    )
    assert by_file.value["probabilities"] == pytest.approx(by_id.value["probabilities"], abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("fusion", ["late", "early", "hybrid"])
def test_missing_modalities_and_every_fusion(tmp_path, fusion):
    corpus = make_corpus(tmp_path / "corpus", 30, volumes=True, missing=0.5)
    model = make_model(corpus, tmp_path / "model", fusion=fusion)
    (found,) = classify(model, "case-0009", attribute="side", corpus=corpus)
    assert np.isfinite(list(found.value["probabilities"].values())).all()


@pytest.mark.slow
def test_an_evidential_prediction_says_what_each_modality_knows(tmp_path):
    corpus = make_corpus(tmp_path / "corpus", 60, volumes=True, missing=0.4)
    model = make_model(corpus, tmp_path / "model")
    case = next(case for case in corpus if len(case.images) == 1)
    (found,) = classify(model, case.id, attribute="side", corpus=corpus, method="evidential")
    opinions = found.value["opinions"]
    assert set(opinions) == {"fused", *model.views()}
    missing = next(name for name in model.views() if name not in case.images)
    assert opinions[missing]["uncertainty"] == 1
    assert opinions["fused"]["uncertainty"] == found.uncertainty < 1
    assert sum(found.value["probabilities"].values()) == pytest.approx(1)


def test_what_a_model_learned_from_must_be_known(made, tmp_path):
    corpus, _ = made
    lost = make_model(corpus, tmp_path / "model")
    record = lost.path / "joint" / "record.json"
    record.write_text(json.dumps({"trained_on": {"path": str(tmp_path / "gone"), "version": "x", "split": "train"}}))
    with pytest.raises(ModelError, match="--learned-from CORPUS"):
        classify(lost, "case-0000", attribute="colour", corpus=corpus)
    assert classify(lost, "case-0000", attribute="colour", corpus=corpus, learned_from=corpus)[0].value["label"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"attribute": "size"}, "has the attribute 'size'; attributes: colour, shape"),
        ({"attribute": "colour", "shots": 500}, "expected 500 cases of each class"),
        ({"attribute": "colour", "method": "prompts", "prompts": {"pink": ["a pink disc"]}}, "one of blue, green, red"),
    ],
)
def test_wrong_use_is_refused(made, options, message):
    corpus, model = made
    with pytest.raises(UsageError, match=message):
        classify(model, "case-0000", corpus=corpus, **options)


def test_an_absent_file_is_refused(made, tmp_path):
    with pytest.raises(UsageError, match="found nothing there"):
        classify(made[1], tmp_path / "absent.png", attribute="colour")


def test_evidence_is_of_other_groups_by_the_files_too(made, tmp_path):
    corpus, model = made
    case = corpus["case-0000"]
    (tmp_path / "renamed.png").write_bytes(corpus.object_path(case.images["photo"]).read_bytes())
    (found,) = classify(model, tmp_path / "renamed.png", attribute="colour", k=50)
    assert found.evidence
    assert case.group not in {one.group for one in found.evidence}


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.mark.slow
def test_the_verbs_print_one_document_or_tables(made):
    corpus, model = made
    asked = ("classify", model.path, "case-0000", "--attribute", "colour", "--corpus", corpus.path)
    found = json.loads(run(*asked, "--shots", 3, "--json"))
    assert set(found["value"]) == {"label", "probabilities", "attribute", "method", "conformal"}
    by_words = json.loads(run(*asked, "--method", "prompts", "--prompt", "red=a red thing", "--json"))
    assert by_words["value"]["method"] == "prompts"
    assert "most alike" in run(*asked)
    assert "opinions" in run(*asked, "--method", "evidential")
    shown = run("evaluate", "classify", model.path, corpus.path, "--attribute", "shape", "--accept-leak", "x")
    assert "shuffled labels" in shown
    with pytest.raises(UsageError, match=r"expected --attribute, got none\. --attribute: Attribute to predict"):
        run("evaluate", "classify", model.path, corpus.path)
