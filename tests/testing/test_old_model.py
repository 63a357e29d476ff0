"""Models saved at commit 52b5eea open today and compute the numbers that they computed then."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope import ask, caption
from lexiscope.answering.examples import DESCRIBE
from lexiscope.answering.retrieval import question_vectors
from lexiscope.models.assistant.chat_format import ChatFormat
from lexiscope.models.assistant.image_tokens import ImageTokens, with_questions
from lexiscope.models.assistant.mixture import Mixture, Weights
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.token_plan import BranchTokens, read_tokens
from lexiscope.models.directory import ModelDirectory
from lexiscope.tasks.caption import Captioner, CaptionSettings
from lexiscope.tasks.inputs import read_input
from lexiscope.testing.old_model import write_old_model
from lexiscope.testing.speaking import make_speaking_corpus

IMAGES = {"photo": torch.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)}
PRESENT = {"photo": torch.tensor([True])}
# What the code of 52b5eea computed from these very files.
IMAGE = [-0.844163, 0.116981, -0.106391, -0.512236]
TEXT = [0.805798, 0.383290, 0.263146, -0.366787]
POOLED = [-0.783642, -0.233751, 0.359995, -0.462150]
TOWER = [-0.032298, 0.863801, -0.104459, -0.223547, -0.038722, -0.290574, 0.127313, 0.299632]
ANSWER, EVIDENCE, ANSWER_OF_LLAVA = -11.298315, -0.677491, -10.878638
PROBABILITY, CAPTION = 0.303969, 0.00737648


@pytest.fixture
def model(tmp_path: Path) -> ModelDirectory:
    return ModelDirectory(write_old_model(tmp_path / "model"))


@pytest.fixture
def llava(tmp_path: Path) -> ModelDirectory:
    return ModelDirectory(write_old_model(tmp_path / "llava", own_vision_encoder=True))


def close(values: list[float]) -> object:
    return pytest.approx(values, abs=2e-5)


@torch.no_grad()
def test_joint_space(model: ModelDirectory) -> None:
    joint = model.joint()
    assert joint.embed_images(IMAGES, PRESENT)[0].tolist() == close(IMAGE)
    assert joint.embed_texts(["a b"])[0].tolist() == close(TEXT)
    assert model.views()["photo"].shape == (3, 16, 16)
    assert model.record()["trained_on"]["split"] == "train"


@torch.no_grad()
def test_pretrained_towers(model: ModelDirectory) -> None:
    assert model.encoder("image")(IMAGES, PRESENT).pooled[0].tolist() == close(POOLED)
    assert model.text("text").encode(["a b"])[0].tolist() == close(TOWER)


@torch.no_grad()
def test_assistant_with_adapter(model: ModelDirectory) -> None:
    assistant = model.assistant()
    seen = ImageTokens(read_tokens(model.joint().image, IMAGES, PRESENT, plan=assistant.plan), PRESENT)
    likely, tokens = assistant(seen, ["a b"], ["a"])
    assert likely.item() == pytest.approx(ANSWER, abs=1e-4)
    assert tokens.item() == 2
    assert assistant.config.chat_format is None
    assert model.record("assistant")["result"]["examples"]["caption"] == 3  # "lessons" on disk


def test_classifier_and_mixture(model: ModelDirectory) -> None:
    classifier = model.classifier()
    assert classifier is not None
    question = np.eye(1, 8, dtype=np.float32)
    seen = ImageTokens({"photo": BranchTokens(torch.zeros(1, 2), torch.zeros(1, 1, 2))}, PRESENT)
    ask = [frozenset({"yes", "no"}), frozenset()]
    closed, open_ended = (
        classifier.probabilities(seen, question, 0 * question, possible=[possible])[0] for possible in ask
    )
    assert closed == pytest.approx({"yes": 1 / 1.02, "no": 0.02 / 1.02})
    assert open_ended == {"left": 1.0}
    assert model.mixture() == Mixture(Weights(0.2, 0.3, 0.5, 0.1), Weights(0.4, 0.1, 2.0, 0.6))


@torch.no_grad()
def test_reranker(model: ModelDirectory) -> None:
    reranker = model.reranker()
    assert reranker is not None
    assert (reranker.config.text_dim, reranker.config.image_dim) == (8, 4)
    words, image = torch.linspace(-1, 1, 24).view(3, 8), torch.eye(1, 4)
    assert reranker([words], [words[:2]], image, image).item() == pytest.approx(EVIDENCE, abs=1e-5)


@torch.no_grad()
def test_assistant_with_a_vision_encoder_of_its_own(llava: ModelDirectory) -> None:
    assistant = llava.assistant()
    assert assistant.vision_encoder is not None
    assert assistant.format == ChatFormat("USER: ", "</s> ASSISTANT: ", "[SEP]", "\n")
    picture = ImageTokens(assistant.vision_encoder.read(IMAGES, PRESENT, slices=1), PRESENT)
    assert assistant(picture, ["a b"], ["a"])[0].item() == pytest.approx(ANSWER_OF_LLAVA, abs=1e-4)
    assert (llava.classifier(), llava.reranker()) == (None, None)


@pytest.mark.parametrize("own", [False, True])
@torch.no_grad()
def test_what_was_saved_again_computes_the_same(own: bool, tmp_path: Path) -> None:
    old, new = (
        ModelDirectory(write_old_model(tmp_path / "old", own_vision_encoder=own)),
        ModelDirectory(tmp_path / "new"),
    )
    for name in old.parts():
        base = {"joint": new.fingerprint} if name == "assistant" else {}
        new.save(name, old.load(name), record=old.record(name) | base)
    assert new.parts() == ("image", "text", "joint", "assistant")
    assert new.joint().embed_images(IMAGES, PRESENT)[0].tolist() == close(IMAGE)
    assert new.mixture() == old.mixture()
    assert new.assistant().format == old.assistant().format
    card = (new.path / "README.md").read_text()
    assert ("vision encoder of its own" in card) == own
    assert "made by: train instruct" in card


def test_questions_and_captions(model: ModelDirectory, tmp_path: Path) -> None:
    corpus = make_speaking_corpus(tmp_path / "corpus", 6)
    case = next(iter(corpus))
    (answer,) = ask(model, case.id, "Is it red?", corpus=corpus, learned_from=corpus)
    assert answer.value["answer"] == "Yes"
    assert answer.score == pytest.approx(PROBABILITY, abs=1e-4)
    assert [evidence.case for evidence in answer.evidence] == ["case-0005", "case-0003", "case-0005"]
    (described,) = caption(model, case.id, corpus=corpus, learned_from=corpus)
    assert described.value["writer"] in {"decoder", "nearest"}  # as it decoded, where that ends; never in the middle
    assert model.captions() is None
    captioner = Captioner.open(model, CaptionSettings(retrieve=False))
    tokens = captioner.decoder_tokens(read_input(case.id, views=model.views(), corpus=corpus))
    asked = with_questions(tokens, torch.from_numpy(question_vectors(captioner.joint, [DESCRIBE])))
    assert captioner.assistant is not None
    (decoded,) = captioner.assistant.say(asked, [write_prompt(DESCRIBE)], max_tokens=96)
    assert np.exp(decoded.log_likelihood / decoded.tokens) == pytest.approx(CAPTION, rel=1e-3)
