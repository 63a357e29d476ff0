"""A language model joins what was measured; what it makes up is refused."""

import pytest

from lexiscope.core.errors import LanguageModelError
from lexiscope.language.clients.cache import CompletionCache
from lexiscope.language.clients.client import Completion
from lexiscope.language.instructions import case_instructions
from lexiscope.language.instructions.by_client import Joined
from lexiscope.language.instructions.by_measuring import Measured
from lexiscope.language.instructions.instructions_of import instructions_of
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
    return Joined(client, cache=CompletionCache(folder), measured=Measured(), prompt="Join them.")


@pytest.fixture
def subject(make_case, profile):
    images, _ = make_case(21)
    return Subject("a", images.modalities, {"tumour": profile}, lambda: images, None, images.key)


def test_the_model_reads_what_was_measured_in_each_image_and_no_pixel(tmp_path, subject):
    client = _Client("Segment the tumour, which is markedly hyperintense on FLAIR.")
    (written,) = _writer(tmp_path, client).write(subject)["tumour"]
    assert written.text == "Segment the tumour, which is markedly hyperintense on FLAIR."
    assert written.modalities == ("flair", "t1")
    told = client.asked[0][1].text
    assert told.startswith("Structure: tumour\nAll images together: ")
    assert "\nflair alone: " in told
    assert "\nt1 alone: " in told


def test_made_up_facts_are_asked_for_again_and_then_refused(tmp_path, subject):
    client = _Client("A tumour of 999 mm in the occipital lobe.", "Segment the tumour on FLAIR.")
    (written,) = _writer(tmp_path, client).write(subject)["tumour"]
    assert written.text == "Segment the tumour on FLAIR."
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
