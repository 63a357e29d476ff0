"""Sentences as someone who looks at the image would say them."""

import pytest

from lexiscope.language.conversations.cleaning import clean


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("As shown in Figure 2a, the films exhibit pores [3,4].", "The films exhibit pores."),
        ("Figure 3 shows that the grains are round.", "The grains are round."),
        ("(a) SEM image of a film.", "SEM image of a film."),
        ("The inset in (b) is a close view.", "The inset in (b) is a close view."),
        ("Axial MRI of a 36-year-old woman with a glioma.", "Axial MRI with a glioma."),
        ("Severe atrophy with wide ventricles (54.9 ml).", "Severe atrophy with wide ventricles."),
        ("Annealed at 600 °C for 2 h.", ""),
        ("This is a diagram in two parts.", "This is a diagram in two parts."),
        ("However, the edge is bright.", "The edge is bright."),
        ("Values are mean ± SEM.", ""),
        ("As shown in Figure 2 and S4, the wire touches the crucible.", "The wire touches the crucible."),
        ("In (c) at a depth of 4 µm, the crystals are small.", "At a depth of 4 µm, the crystals are small."),
        ("In (d), all of the glass is clear.", "All of the glass is clear."),
        ("Spectra of (a) bottle glass and (b) window glass.", "Spectra of bottle glass and window glass."),
        ("The value of, as it is, the glass.", ""),
        ("It melts at [formula] in air.", ""),
        ("The crystals grow in situ from in situ seeds.", "The crystals grow in situ from in situ seeds."),
        ("The films are presented in Figure 2.", "The films are presented in Figure 2."),
    ],
)
def test_clean(text, said):
    assert clean(text) == said
