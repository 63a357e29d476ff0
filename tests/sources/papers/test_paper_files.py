from pathlib import Path

from lexiscope.sources.papers.paper_files import figure_passages, paper_files, pmcid_in, root_of, starts_with


def test_files_are_found_two_levels_deep_by_path(tmp_path):
    for name in ("b.xml", "a/c.NXML", "a/b/d.xml", "a/b/c/too-deep.xml", "a/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = [str(path.relative_to(tmp_path)) for path in paper_files(tmp_path, (".xml", ".nxml"))]
    assert names == ["a/b/d.xml", "a/c.NXML", "b.xml"]
    assert paper_files(tmp_path / "b.xml", (".xml",)) == [tmp_path / "b.xml"]
    assert paper_files(tmp_path / "a/e.txt", (".xml",)) == []
    assert paper_files(tmp_path / "none", (".xml",)) == []
    assert root_of(tmp_path) == root_of(tmp_path / "b.xml") == tmp_path


def test_the_beginning_of_a_file_tells_what_it_is(tmp_path):
    import re

    (tmp_path / "a").write_bytes(b"<!-- long --><article>")
    pattern = re.compile(rb"<article")
    assert starts_with(tmp_path / "a", pattern, within=100)
    assert not starts_with(tmp_path / "a", pattern, within=10)
    assert not starts_with(tmp_path, pattern, within=100)
    assert not starts_with(Path("none"), pattern, within=100)


def test_ids_and_passages():
    assert pmcid_in(["PMC", "xPMC12", "PMC12"]) == "PMC12"
    assert pmcid_in([]) == ""
    assert [text.column for text in figure_passages("Grains.", ["A", "B"])] == ["caption", "mention", "mention"]
    assert figure_passages("", []) == ()
