import pytest

from lexiscope.core.errors import UsageError
from lexiscope.sources import SOURCES, Source, detect_source


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_is_one(name):
    source = SOURCES.load(name)
    assert source.name == name
    assert callable(source.detect)
    assert callable(source.drafts)
    assert Source.__doc__


def test_what_is_not_known_is_answered_with_what_was_looked_for(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match=r"article XML.*dataset\.json.*jsonl.*--as"):
        detect_source(tmp_path)
    with pytest.raises(UsageError, match="found nothing there"):
        detect_source(tmp_path / "none")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("papers_cc_by", "jats"),
        ("lgg_mri/cases", "nifti"),
        ("lgg_mri", "nifti"),
        ("dicom", "dicom"),
        ("msd_hippocampus", "nifti"),
        ("openstax_figures/pairs.jsonl", "table"),
        ("openstax_figures/images", "images"),
    ],
)
def test_real_data_is_known(shared, path, name):
    assert detect_source(shared / path) == name
