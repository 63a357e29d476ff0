"""An assistant is asked about one image after another; its answers stand behind the request."""

import numpy as np

from lexiscope.language.instructions.by_describing import Described
from lexiscope.language.instructions.subject import Subject


class _Describer:
    name, identity, modalities = "toy", {"toy": 1}, ("flair", "t1")

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def describe(self, modality, pixels, prompt):
        self.asked.append((modality, pixels[0].shape, prompt))
        return self.answers.get(modality, "")


def _subject(*modalities):
    pixels = (np.zeros((1, 4, 8, 8)), (1.0, 1.0, 1.0))
    return Subject("a", modalities, {"tumour": None}, None, lambda _: pixels, "key")


def test_each_image_is_asked_about_alone():
    describer = _Describer(flair="A bright mass.", t1="dark")
    told = Described(describer).write(_subject("flair", "t1", "swi"))["tumour"]
    assert [one.modalities for one in told] == [("flair",), ("t1",), ("flair", "t1")]
    assert told[-1].text.endswith("the tumour. On FLAIR: A bright mass. On T1: dark.")
    assert [name for name, *_ in describer.asked] == ["flair", "t1"]
    assert describer.asked[0][2].startswith("Describe the tumour on FLAIR:")
    assert Described(describer).author == "assistant:toy"


def test_an_assistant_without_an_answer_says_nothing():
    assert Described(_Describer()).write(_subject("flair")) == {}
