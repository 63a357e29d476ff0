import pytest

from lexiscope.sources.papers.figures import split_caption


@pytest.mark.parametrize(
    ("caption", "texts", "common"),
    [
        ("Steel. (a) Before, (b) after heat.", {"a": "Before", "b": "after heat."}, "Steel."),
        ("SEM of (A,B) glass and (C) steel.", {"A": "glass", "B": "glass", "C": "steel."}, "SEM of"),
        ("Spectra: (a–c) raw, (d) fit", {"a": "raw", "b": "raw", "c": "raw", "d": "fit"}, "Spectra:"),
        ("a) Crystal of x and b) of y", {"a": "Crystal of x", "b": "of y"}, ""),
        ("The tracing (a) and the curves (b) of the oil.", {"a": "The tracing", "b": "the curves"}, ""),
        ("Grains before (a) and after heat (b).", {"a": "Grains before", "b": "after heat"}, ""),
        (
            "Size of bottle glass (a) and window glass (b) powders.",
            {"a": "bottle glass", "b": "window glass"},
            "Size of",
        ),
        (
            "Micrographs of crown glass (A), flint glass (B) and quartz glass (C) rods.",
            {"A": "crown glass", "B": "flint glass", "C": "quartz glass"},
            "Micrographs of",
        ),
        ("SEM image of steel (a) and a photo of it (b).", {"a": "SEM image of steel", "b": "a photo of it"}, ""),
        ("Glass (a) in air and (b) in water.", {"a": "in air", "b": "in water."}, "Glass"),
        ("Spectra of (a) glass and (b) steel powders.", {"a": "glass", "b": "steel powders."}, "Spectra of"),
        ("a, Setup. b, Result at 5 K.", {"a": "Setup.", "b": "Result at 5 K."}, ""),
        ("A. Setup. B. Result.", {"A": "Setup.", "B": "Result."}, ""),
        ("(a) Map, (b) cut; the line in (a) marks the cut (b).", None, None),
        ("(a) Only one", {}, ""),
        ("Grains (b) and (c)", {}, ""),
        ("A. campestris oil in the GC", {}, ""),
        ("", {}, ""),
    ],
)
def test_captions(caption, texts, common):
    found = split_caption(caption)
    if texts is None:
        assert found.letters == ("a", "b")
        assert found.texts["b"].startswith("cut; the line in (a)")
        return
    assert dict(found.texts) == texts
    assert found.common == common
