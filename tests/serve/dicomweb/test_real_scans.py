"""Real series: each pixel that is served has the value that the scanner's file has at its place in the patient."""

import numpy as np
import pydicom
import pytest

from lexiscope.corpus import Corpus
from lexiscope.corpus.build import build_corpus
from lexiscope.serve.dicomweb.holdings import Holdings
from lexiscope.serve.dicomweb.instance import instance_of, open_series
from lexiscope.serve.pictures.decoded import decode
from lexiscope.sources.scans.dicom import DicomSource

pytestmark = [pytest.mark.shared, pytest.mark.slow]
_TRIES = 200


def _placed(dataset):
    """Position, directions of columns and rows, and size of a pixel in those directions."""
    across, down = (np.array(dataset.ImageOrientationPatient[at : at + 3], float) for at in (0, 3))
    high, wide = map(float, dataset.PixelSpacing)
    return np.array(dataset.ImagePositionPatient, float), across, down, high, wide


def _value(dataset, row, column):
    slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    return dataset.pixel_array[row, column] * slope + intercept


@pytest.mark.parametrize("name", ["series_prostate_ADC_20slices", "series_abdomen_CT_3slices"])
def test_what_is_served_lies_where_the_scanner_put_it(shared, tmp_path, name):
    files = [pydicom.dcmread(path) for path in sorted((shared / "dicom" / name).rglob("*")) if path.is_file()]
    scanned = [one for one in files if "ImagePositionPatient" in one]
    places = np.array([one.ImagePositionPatient for one in scanned], float)
    build_corpus(tmp_path / "corpus", DicomSource(shared / "dicom" / name))
    corpus = Corpus.open(tmp_path / "corpus")
    (study,) = Holdings(corpus).studies()
    (series,) = study.series
    assert series.count == len(scanned)
    opened = open_series(study, series, decode(corpus.object_path(series.image), known=series.image))
    rng = np.random.default_rng(0)
    for _ in range(_TRIES):
        made = instance_of(opened, int(rng.integers(series.count)))
        row, column = int(rng.integers(made.Rows)), int(rng.integers(made.Columns))
        first, across, down, high, wide = _placed(made)
        place = first + row * high * down + column * wide * across
        was = scanned[int(np.abs((places - place) @ np.cross(across, down)).argmin())]
        first, across, down, high, wide = _placed(was)
        at = ((place - first) @ down / high, (place - first) @ across / wide)
        assert np.allclose(at, np.round(at), atol=0.02)
        assert _value(made, row, column) == _value(was, round(at[0]), round(at[1]))
