import pytest

from lexiscope.sources.papers.jats.mentions import FigureName, mentioned, name_of_label


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("as Fig. 3 shows", [3]),
        ("Figs. 3a–c and 5–7", [3, 5, 6, 7]),
        ("Figures 2, 4 and 6b-d", [2, 4, 6]),
        ("Figures 1, 2, and 3", [1, 2, 3]),
        ("Figures 3(a) and 3(b)", [3]),
        ("Fig. 3–5", [3, 4, 5]),
        ("Figs. 1 to 3", [1, 2, 3]),
        ("(Fig. 2a,b; Fig 4)", [2, 4]),
        ("Figure 1A and B", [1]),
        ("FIGURE 7", [7]),
        ("Figure 5, 10 samples", [5]),
        ("Figure 2 to 5 mm", [2]),
        ("In Figure 6c and 7a the maximum", [6, 7]),
        ("compare Fig. 1 and 2 from", [1, 2]),
        ("(Fig. 1 and 2)", [1, 2]),
        ("Figure 5 and 10 samples", [5]),
        ("Fig. 1 and ref. 30", [1]),
        ("Figures 1 and 2 show 3 samples", [1, 2]),
        ("Fig. 3 of ref. 12", []),
        ("Fig. 2 in the reference [3]", []),
        ("config 3, see Table 2", []),
        ("Figs. 1-900", [1, 900]),
    ],
)
def test_words_that_refer_to_figures(text, numbers):
    assert [name.number for name in mentioned(text)] == numbers


@pytest.mark.parametrize("text", ["Figure S2", "Fig. S2a", "Supplementary Figure 2", "supplementary Fig. 2"])
def test_supplementary_figures_are_not_the_articles_own(text):
    assert mentioned(text) == [FigureName("fig", "S", 2)]
    assert mentioned(f"{text} and Figure 2")[1] == FigureName("fig", "", 2)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Figure 2.1", ["2.1"]),
        ("Figs. 2.1 and 2.3", ["2.1", "2.3"]),
        ("Figs. 2.1–2.3", ["2.1", "2.2", "2.3"]),
        ("Figs. 2.1a-c, 3.1", ["2.1", "3.1"]),
        ("Figure A.3 and Figure A3", ["A3"]),
        ("Fig. S1.2", ["S1.2"]),
        ("Figure IV.3", ["IV3"]),
        ("Abb. 1 und 2.", ["1", "2"]),
        ("Abb. 5, 10 Proben", ["5"]),
        ("Abbildungen 1 bis 3", ["1", "2", "3"]),
        ("les figures 1 et 2", ["1", "2"]),
        ("las figuras 1 y 2", ["1", "2"]),
        ("as figuras 2.1 e 2.2", ["2.1", "2.2"]),
        ("如图1所示，图２为", ["1", "2"]),
        ("図1〜3", ["1", "2", "3"]),
        ("Fig. 2. The melt", ["2"]),
    ],
)
def test_numbers_in_parts_and_words_of_other_languages(text, names):
    assert [f"{name.series}{name.number}" for name in mentioned(text)] == names


def test_a_dash_joins_chapter_and_figure_where_labels_do():
    assert name_of_label("Figure 3-2:") == FigureName("fig", "3.", 2)
    assert name_of_label("Figures 3-5") == FigureName("fig", "", 3)
    assert mentioned("Figs. 3-2 and 3-4", dashed=True) == [FigureName("fig", "3.", 2), FigureName("fig", "3.", 4)]
    assert [name.number for name in mentioned("Fig. 3-5")] == [3, 4, 5]


def test_labels_name_kind_and_number():
    assert name_of_label("Figure 3.") == FigureName("fig", "", 3)
    assert name_of_label("Scheme 1") == FigureName("scheme", "", 1)
    assert name_of_label("Graphical abstract") is None
