import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.core import Case, Image, Passage, Provenance, Span, Turn
from lexiscope.core.errors import CaseError

CONTENT = "a" * 64
TABLE = Provenance("table")
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)


def flair(**changes) -> Image:
    fields = {"content": CONTENT, "modality": "flair", "format": "nifti", "shape": (4, 5, 6), "bits": 16}
    return Image(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"content": "beef"}, "64 hex digits"),
        ({"modality": " "}, "needs a modality"),
        ({"shape": (3,)}, r"\(y, x\) or \(z, y, x\)"),
        ({"shape": (0, 4)}, "positive sizes"),
        ({"channels": 0}, "at least one channel"),
        ({"spacing": (1.0, 1.0, 1.0)}, "go together"),
        ({"spacing": (1.0, 1.0, 0.0), "unit": "mm"}, "3 positive numbers of mm.*pass None"),
        ({"spacing": (1.0, 1.0), "unit": "mm"}, "3 positive numbers"),
        ({"spacing": (1.0, 1.0, float("nan")), "unit": "mm"}, "positive"),
        ({"spacing": (1.0, 1.0, 1.0), "unit": "inch"}, "'mm' or 'nm'"),
    ],
)
def test_an_image_refuses_nonsense(changes, message):
    with pytest.raises(CaseError, match=message):
        flair(**changes)


def test_a_passage_refuses_nonsense():
    with pytest.raises(CaseError, match=r"one of caption, .*got 'poem'"):
        Passage("poem", "words")
    with pytest.raises(CaseError, match="only white space"):
        Passage("caption", " \n")


def test_a_turn_refuses_nonsense():
    with pytest.raises(CaseError, match="a question and an answer"):
        Turn("why?", "")
    with pytest.raises(CaseError, match="turn kind"):
        Turn("why?", "because", kind="riddle")
    with pytest.raises(CaseError, match="start < end"):
        Span(0, 3, 3)


def test_a_case_refuses_nonsense():
    with pytest.raises(CaseError, match="needs an id"):
        Case(id="", group="p1", provenance=TABLE)
    with pytest.raises(CaseError, match="needs a group"):
        Case(id="a", group=" ", provenance=TABLE)
    with pytest.raises(CaseError, match="files an image of 'flair' under 't1'"):
        Case(id="a", group="p", provenance=TABLE, images={"t1": flair()})
    with pytest.raises(CaseError, match="points outside"):
        Case(
            id="a",
            group="p",
            provenance=TABLE,
            texts=(Passage("caption", "short"),),
            turns=(Turn("q", "a", evidence=(Span(0, 2, 9),)),),
        )


def test_a_case_without_images_or_text_is_normal():
    assert Case(id="a", group="p", provenance=TABLE).images == {}


@pytest.mark.slow
@given(
    id=words,
    text=words,
    number=st.floats(allow_nan=False, allow_infinity=False),
    split=st.sampled_from(["train", "heldout", None]),
)
def test_a_case_survives_json(id, text, number, split):
    case = Case(
        id=id,
        group="p",
        provenance=Provenance("table", "CC0", {"row": 3}, ("resized",)),
        images={"flair": flair(spacing=(1.0, 2.0, 3.0), unit="mm")},
        masks={"tumour": flair(modality="tumour")},
        texts=(Passage("caption", text, column="legend"),),
        turns=(Turn("q", "a", evidence=(Span(0, 0, 1),)),),
        attributes={"age": number, "sex": "f"},
        split=split,
    )
    assert Case.from_dict(json.loads(json.dumps(case.to_dict()))) == case


def test_from_dict_names_what_is_missing():
    with pytest.raises(CaseError, match="expected the fields of a Case"):
        Case.from_dict({"id": "a"})


def test_statements_are_all_passages_but_instructions():
    asks = Passage("instruction", "Segment the pore.", "measured", "pore", modalities=("sem",))
    case = Case("a", "g", Provenance("table"), texts=(asks, Passage("caption", "Glass.")))
    assert [passage.text for passage in case.statements] == ["Glass."]
    assert Case.from_dict(case.to_dict()) == case
