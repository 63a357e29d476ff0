"""What is read of a chat."""

import pytest

from lexiscope.core.errors import SourceError, UsageError
from lexiscope.serve.chat.conversation import conversation_of
from lexiscope.serve.chat.form import ChatRequest
from lexiscope.serve.chat.images import image_of
from lexiscope.serve.chat.wording import in_words

_PIXEL = "data:image/png;base64,iVBORw0KGgo="


def _chat(*messages):
    return ChatRequest(model="m", messages=list(messages)).messages


def _user(*parts):
    return {"role": "user", "content": list(parts)}


def _text(text):
    return {"type": "text", "text": text}


def _image(url=_PIXEL):
    return {"type": "image_url", "image_url": {"url": url, "detail": "high"}}


def test_the_last_message_is_the_question_and_earlier_ones_of_the_user_are_context():
    said = conversation_of(
        _chat(
            {"role": "system", "content": "You are a pirate."},
            _user(_text("She is 70 years old."), _image()),
            {"role": "assistant", "content": "No mass."},
            _user(_text("Is there a mass?")),
        )
    )
    assert said.question == "Is there a mass?"
    assert said.context == "She is 70 years old."  # nor the pirate, nor what the assistant said itself
    assert said.images == (_PIXEL,)


def test_a_new_image_takes_the_place_of_an_earlier_one():
    other = _PIXEL.replace("png", "jpeg")
    said = conversation_of(_chat(_user(_text("This?"), _image()), _user(_text("And this?"), _image(other))))
    assert (said.images, said.context) == ((other,), "This?")


def test_lines_name_a_case_and_what_images_show():
    said = conversation_of(_chat({"role": "user", "content": "Case: visit-7\nIs there a mass?"}))
    assert (said.case, said.question, said.images) == ("visit-7", "Is there a mass?", ())
    said = conversation_of(_chat(_user(_text("modality: flair, t1\nIs there a mass?"), _image(), _image())))
    assert (said.modalities, said.question) == (("flair", "t1"), "Is there a mass?")


def test_one_asks_on_about_a_case_that_was_named_before():
    said = conversation_of(_chat(_user(_text("case: visit-7\nA mass?")), _user(_text("Where?"))))
    assert (said.case, said.question, said.context) == ("visit-7", "Where?", "A mass?")


def test_a_long_talk_is_read_from_its_end():
    said = conversation_of(_chat(_user(_text("old " * 2000), _image()), _user(_text("new")), _user(_text("Why?"))))
    assert len(said.context) == 4000
    assert said.context.endswith("old\nnew")


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([{"role": "system", "content": "Hello"}], "expected a question as the last message of the user, got none"),
        ([_user(_image())], "expected a question as the last message of the user, got none"),
        ([_user(_text("Why?"))], "expected an image or a line such as 'case: ID'"),
        ([_user(_text("Why?"), {"type": "input_audio"})], "expected pieces of the types text and image_url, got inp"),
    ],
)
def test_what_is_no_question_about_something_is_refused(messages, message):
    with pytest.raises(UsageError, match=message):
        conversation_of(_chat(*messages))


def test_long_questions_are_refused_and_blanks_take_no_time():
    with pytest.raises(UsageError, match="expected a question of at most 10000 characters, got 2000007"):
        conversation_of(_chat(_user(_text(f"case: a{' ' * 1000}b\nx{' ' * 2_000_000}y why?"), _image())))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png",
        "https://example.org/a.png",
        "file:///etc/passwd",
        "/etc/passwd",
        "data:image/png,raw",
        "data:text/html;base64,PGI+",
        "data:image/png;base64,@@@@",
        "data:image/png;base64,iVBORw0KGgo=\n\n",
        "",
    ],
)
def test_only_images_as_data_are_taken(url):
    with pytest.raises(SourceError, match="expected an image"):
        image_of(url)


def test_an_image_arrives_under_a_name_of_our_own():
    arrived = image_of("data:image/jpeg;name=../../etc;base64,iVBORw0KGgo=", modality="flair")
    assert (arrived.name, arrived.modality, arrived.data.read()[:4]) == ("flair.jpg", "flair", b"\x89PNG")


def test_an_answer_that_is_held_back_says_so_and_a_warning_is_shown():
    unlike = {"score": 3.0, "p_value": 0.01, "groups": 40, "warning": "these images are unlike the training"}
    evidence = [{"case": "visit-2", "text": "A mass\x1b[2J in the left lobe. " * 20}]
    value = {"answer": "Yes", "abstained": True, "read_from_context": False}
    said = {"value": value, "score": 0.41, "evidence": evidence}
    lines = in_words({**said, "out_of_distribution": unlike}).split("\n\n")
    assert lines[0] == "I would rather not answer: 41% is too unsure. My best guess: Yes"
    assert lines[1].startswith("Similar cases:\n[1] visit-2: A mass\\x1b[2J in the left lobe.")
    assert lines[2] == "Note: these images are unlike the training."
    assert len(lines[1]) < 220
