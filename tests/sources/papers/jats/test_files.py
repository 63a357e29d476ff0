"""The image of a figure: by the name that the XML gives, else by its number where that can be trusted."""

import numpy as np
import pytest
from PIL import Image as Pillow

from lexiscope.sources.papers.jats.article import Figure
from lexiscope.sources.papers.jats.files import LEFT_OUT, figure_files, stem_of
from lexiscope.sources.papers.jats.mentions import name_of_label


def figure(label, *graphics):
    return Figure("f", label, name_of_label(label), "", graphics, ())


def folder_with(path, *names):
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).touch()
    return path


def found(files, label, *graphics):
    path = files.find(figure(label, *graphics))
    return None if path is None else path.name


def test_a_file_is_found_by_its_stem_whatever_its_suffix_and_case(tmp_path):
    files = figure_files(folder_with(tmp_path, "a.xml", "images/PAPER-g001.JPG", "notes.txt"), numbered=False)
    assert found(files, "Figure 1", "paper-g001.tif") == "PAPER-g001.JPG"
    assert found(files, "Figure 1", "missing", "sub/paper-g001") == "PAPER-g001.JPG"
    assert found(files, "Figure 1", "notes") is None


def test_names_of_the_web_are_read_without_their_query_and_their_signs(tmp_path):
    files = figure_files(folder_with(tmp_path, "a.xml", "g 1.png", "g2.png"), numbered=False)
    assert found(files, "Figure 1", "https://example.org/x/g%201.png?v=2") == "g 1.png"
    assert files.notes(figure("Figure 1", "g%201.png", "g2.png#a")) == (f"1 {LEFT_OUT}: g2.png#a",)


def test_numbers_are_trusted_only_where_one_article_owns_the_folder(tmp_path):
    folder = folder_with(tmp_path, "a.xml", "fig03.jpg", "Figure_4.png", "scheme1.png")
    assert found(figure_files(folder, numbered=True), "Figure 3") == "fig03.jpg"
    assert found(figure_files(folder, numbered=True), "Figure 4") == "Figure_4.png"
    assert found(figure_files(folder, numbered=True), "Scheme 1") is None
    assert found(figure_files(folder, numbered=True), "Figure S3") is None
    assert found(figure_files(folder, numbered=False), "Figure 3") is None


def test_folders_with_xml_of_their_own_belong_to_other_articles(tmp_path):
    folder = folder_with(tmp_path, "a.xml", "other/b.xml", "other/g1.png", "images/g2.png")
    files = figure_files(folder, numbered=False)
    assert (found(files, "Figure 1", "g1"), found(files, "Figure 2", "g2")) == (None, "g2.png")


def test_of_two_files_of_one_stem_the_first_counts(tmp_path):
    files = figure_files(folder_with(tmp_path, "g1.jpg", "g1.png", "below/g1.gif"), numbered=False)
    assert found(files, "Figure 1", "g1") == "g1.jpg"


@pytest.mark.parametrize(
    ("name", "stem"), [("a/B.g001.JPG", "b.g001"), ("a\\b.nii.gz", "b"), ("plain", "plain"), ("a.txt", "a.txt")]
)
def test_stems(name, stem):
    assert stem_of(name) == stem


def picture(path, width):
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(np.zeros((4, width), np.uint8)).save(path)


def test_of_two_pictures_of_one_stem_the_larger_counts_and_the_other_is_said(tmp_path):
    picture(tmp_path / "g1.gif", 8)
    picture(tmp_path / "g1.jpg", 80)
    files = figure_files(tmp_path, numbered=False)
    assert found(files, "Figure 1", "g1") == "g1.jpg"
    assert files.notes(figure("Figure 1", "g1")) == ("g1.jpg was taken; other files of its name were left out: g1.gif",)


def test_the_path_that_is_named_comes_before_a_larger_file(tmp_path):
    picture(tmp_path / "low" / "g1.jpg", 8)
    picture(tmp_path / "high" / "g1.jpg", 80)
    files = figure_files(tmp_path, numbered=False)
    for href in ("low/g1.jpg", "low/g1", "low/g1.tif", ".\\low\\g1.jpg"):
        assert files.find(figure("Figure 1", href)) == tmp_path / "low" / "g1.jpg"
    assert files.find(figure("Figure 1", "g1")) == tmp_path / "high" / "g1.jpg"


def test_further_graphics_of_a_figure_are_said(tmp_path):
    files = figure_files(folder_with(tmp_path, "a.png", "b.png", "c.png"), numbered=False)
    assert files.notes(figure("Figure 1", "a", "b", "c")) == (f"2 {LEFT_OUT}: b, c",)
    assert files.notes(figure("Figure 1", "missing", "b")) == (f"1 {LEFT_OUT}: missing",)
    assert files.notes(figure("Figure 1", "a")) == ()


def test_a_panel_of_a_group_has_no_picture_of_the_whole(tmp_path):
    files = figure_files(folder_with(tmp_path, "fig02.jpg", "fig03b.jpg"), numbered=True)
    assert found(files, "Figure 2(b)") is None
    assert found(files, "Figure 3(b)") == "fig03b.jpg"
