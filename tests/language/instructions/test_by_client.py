"""A language model joins what was measured; what it makes up is refused."""

import pytest

from lexiscope.core.errors import LanguageModelError
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import Completion, Message
from lexiscope.language.instructions import by_client, case_instructions
from lexiscope.language.instructions.by_client import Joined
from lexiscope.language.instructions.by_measuring import Measured
from lexiscope.language.instructions.instructions_of import instructions_of
from lexiscope.language.instructions.settings import InstructionSettings
from lexiscope.language.instructions.subject import Subject
from lexiscope.language.instructions.write import write_instructions
from lexiscope.testing import make_corpus

pytestmark = pytest.mark.slow


class _Client:
    """Says what it is told to say, in turn."""

    name, max_concurrent = "toy", 2

    def __init__(self, *answers):
        self.answers, self.asked, self.first = list(answers), [], answers[0]

    @property
    def identity(self):
        return {"toy": str(self.first)}

    def complete(self, messages, settings):
        self.asked.append(messages)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Completion(answer)


def _writer(folder, client):
    return Joined(client, cache=CompletionCache(folder), measured=Measured(), shown=[Message("system", "Join them.")])


@pytest.fixture
def subject(make_case, profile):
    images, _ = make_case(21)
    return Subject("a", images.modalities, {"tumour": profile}, lambda: images, None, images.key)


def _joined(subject):
    """What was measured in all images, as a good model would say it."""
    return "Segment the tumour. " + Measured().write(subject)["tumour"][-1].text.split(". ", maxsplit=1)[1]


def test_the_model_reads_what_was_measured_in_all_images_and_no_pixel(tmp_path, subject):
    client = _Client(_joined(subject))
    (written,) = _writer(tmp_path, client).write(subject)["tumour"]
    assert written.text == _joined(subject)
    assert written.modalities == ("flair", "t1")
    told = client.asked[0][1].text
    assert told == f"Structure: tumour\nAll images together: {Measured().write(subject)['tumour'][-1].text}"


def test_made_up_facts_are_asked_for_again_and_then_refused(tmp_path, subject):
    client = _Client("A tumour of 999 mm in the occipital lobe.", _joined(subject))
    (written,) = _writer(tmp_path, client).write(subject)["tumour"]
    assert written.text == _joined(subject)
    (tmp_path / "other").mkdir()
    with pytest.raises(LanguageModelError, match="nothing else from toy, got 999, occipital in 3 tries"):
        _writer(tmp_path / "other", _Client("A tumour of 999 mm in the occipital lobe.")).write(subject)


def test_what_is_not_clear_is_not_embellished(tmp_path, make_case, profile):
    images, _ = make_case(30, present=False)
    client = _Client("A large tumour.")
    subject = Subject("a", images.modalities, {"tumour": profile}, lambda: images, None, images.key)
    (written,) = _writer(tmp_path, client).write(subject)["tumour"]
    assert written.text.startswith("No clear tumour is seen")
    assert not client.asked


def test_cases_without_an_answer_stay_and_a_dead_server_ends_the_run(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path / "corpus", 8, volumes=True, masks=True, size=16)
    made_up = _writer(corpus.path, _Client("A spot of 999 mm."))
    report = write_instructions(corpus, writer=made_up)
    assert report.failed
    assert "999" in next(iter(report.failed.values()))
    assert report.usage["completions"] > 0
    monkeypatch.setattr(case_instructions, "_GIVE_UP_AFTER", 2)
    dead = _writer(corpus.path, _Client(LanguageModelError("nobody answers")))
    with pytest.raises(LanguageModelError, match="nobody answers"):
        write_instructions(corpus, writer=dead)
    monkeypatch.setattr(by_client, "_KEPT", 0.0)
    works = _writer(corpus.path, _Client("Segment the spot."))
    assert write_instructions(corpus, writer=works).failed == {}
    assert instructions_of(next(iter(corpus)), "spot", author="toy")


@pytest.mark.parametrize(
    "text",
    ["You are asked to segment the tumour.", "It is bright. It is bright.", "", "Segment the tumour. " + "x" * 900],
)
def test_what_is_no_instruction_is_refused(tmp_path, subject, text):
    with pytest.raises(LanguageModelError, match="expected what was measured and nothing else from toy"):
        _writer(tmp_path, _Client(text)).write(subject)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("To find it, use a small needle.", "no 'tumour'"),
        ("Segment the tumour.", "little of "),
        ("Segment the tumour, hypointense on FLAIR.", "hypointense on FLAIR"),
        ("The tumour is markedly hyperintense on T1.", "hyperintense on T1"),
    ],
)
def test_what_is_left_out_or_said_of_another_image_is_refused(tmp_path, subject, said, fault):
    with pytest.raises(LanguageModelError, match=f"nothing else from toy, got {fault}"):
        _writer(tmp_path, _Client(said)).write(subject)


@pytest.mark.weights
def test_the_packaged_model_says_what_was_measured(tmp_path, make_case, profile):
    """With an example in the order alone, none of its answers about real cases was an instruction."""
    images = make_case(21)[0].only("flair")
    subject = Subject("a", images.modalities, {"tumour": profile}, lambda: images, None, images.key)
    corpus = make_corpus(tmp_path / "corpus", 2, volumes=True, masks=True, size=16)
    (written,) = Joined.open(InstructionSettings(writer="local"), corpus).write(subject)["tumour"]
    assert written.text.startswith("Segment the tumour")
