"""The image of a figure: by the name that the XML gives, else by its number where that can be trusted."""

import pytest

from lexiscope.sources.papers.jats.article import Figure
from lexiscope.sources.papers.jats.files import figure_files, stem_of
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
