import io

import numpy as np
import pydicom
import pytest
import requests
from PIL import Image as Pillow

_FRAMES = "application/octet-stream"


@pytest.fixture(scope="module")
def study(archive):
    """UID of the only study."""
    (found,) = archive.search_for_studies()
    return found["0020000D"]["Value"][0]


@pytest.fixture(scope="module")
def scan(archive, study):
    """The five slices, as a client gets them."""
    (found,) = archive.search_for_series(study, search_filters={"Modality": "MR"})
    return archive.retrieve_series(study, found["0020000E"]["Value"][0])


def _value(row, tag):
    return row[tag]["Value"][0]


def test_the_study_says_what_it_holds_and_nothing_of_who_it_was(archive):
    (found,) = archive.search_for_studies()
    assert _value(found, "00201206") == 2
    assert _value(found, "00201208") == 6
    assert sorted(found["00080061"]["Value"]) == ["MR", "US"]
    assert found["00080020"] == {"vr": "DA"}  # no date
    said = str(archive.retrieve_study_metadata(_value(found, "0020000D")))
    assert not any(secret in said for secret in ("Doe", "Jane", "HOSP-4711", "19610203", "'1.2.3'"))


def test_values_lie_where_they_lay_in_the_patient(scanned, scan):
    """Each pixel that is served is looked up in the slices of before, by its place in millimetres."""
    _, slices, _ = scanned
    positions = np.array([one.ImagePositionPatient for one in slices], float)
    assert len(scan) == 5
    for made in scan:
        assert made.SOPClassUID == "1.2.840.10008.5.1.4.1.1.7"
        across, down = (np.array(made.ImageOrientationPatient[at : at + 3], float) for at in (0, 3))
        high, wide = map(float, made.PixelSpacing)
        for row, column in ((0, 0), (3, 5), (8, 6)):
            place = np.array(made.ImagePositionPatient, float) + row * high * down + column * wide * across
            original = slices[int(np.abs((positions - place) @ np.cross(across, down)).argmin())]
            turned = [np.array(original.ImageOrientationPatient[at : at + 3], float) for at in (3, 0)]
            away = place - np.array(original.ImagePositionPatient, float)
            at = [float(away @ axis) / size for axis, size in zip(turned, original.PixelSpacing, strict=True)]
            was = np.frombuffer(original.PixelData, np.int16).reshape(9, 7)[round(at[0]), round(at[1])]
            assert np.allclose(at, np.round(at), atol=1e-3)
            assert made.pixel_array[row, column] * made.RescaleSlope + made.RescaleIntercept == was


def test_slices_are_radiological_and_of_one_volume(scan):
    highdicom = pytest.importorskip("highdicom")
    assert np.allclose(scan[0].ImageOrientationPatient[:3], [1, 0, 0], atol=1e-4)
    assert [one.InstanceNumber for one in scan] == [1, 2, 3, 4, 5]
    assert len({one.SOPInstanceUID for one in scan}) == 5
    volume = highdicom.get_volume_from_series(scan)
    assert volume.spatial_shape == (5, 9, 7)
    assert np.allclose(volume.spacing, (3.0, 2.0, 0.5), atol=1e-4)


def test_instances_say_that_they_are_derived(scan):
    assert list(scan[0].ImageType) == ["DERIVED", "SECONDARY"]
    assert scan[0].ConversionType == "WSD"
    assert scan[0].PatientIdentityRemoved == "YES"
    assert "SHA-256" in scan[0].DerivationDescription
    assert len(scan[0].DeidentificationMethod) <= 64


def test_a_picture_in_colours_stays_one(archive, study, scanned):
    (found,) = archive.search_for_series(study, search_filters={"Modality": "US"})
    (made,) = archive.retrieve_series(study, _value(found, "0020000E"))
    assert made.PhotometricInterpretation == "RGB"
    assert made.pixel_array.tolist() == scanned[2].tolist()
    assert "ImagePositionPatient" not in made


def test_one_instance_its_header_its_frame_and_its_picture(archive, study, scan):
    at = (study, scan[2].SeriesInstanceUID, scan[2].SOPInstanceUID)
    assert archive.retrieve_instance(*at).PixelData == scan[2].PixelData
    header = archive.retrieve_instance_metadata(*at)
    assert pydicom.Dataset.from_json(header, lambda *_: b"").SOPInstanceUID == scan[2].SOPInstanceUID
    assert header["7FE00010"]["BulkDataURI"].endswith("/frames/1")
    assert archive.retrieve_instance_frames(*at, [1], media_types=((_FRAMES, "*"),)) == [scan[2].PixelData]
    drawn = archive.retrieve_instance_rendered(*at, media_types=("image/png",), params={"window": "0,2000,linear"})
    shown = np.asarray(Pillow.open(io.BytesIO(drawn)))
    assert shown.shape == (36, 7)  # rows are four times as far apart as columns
    values = scan[2].pixel_array
    assert abs(shown[2, 3] - 255 * np.clip((values[0, 3] + 1000) / 2000, 0, 1)) < 30


def test_bulk_data_is_where_the_header_says(archive, study, scan):
    header = archive.retrieve_instance_metadata(study, scan[0].SeriesInstanceUID, scan[0].SOPInstanceUID)
    (data,) = archive.retrieve_bulkdata(header["7FE00010"]["BulkDataURI"])
    assert data == scan[0].PixelData


@pytest.mark.parametrize(
    ("keys", "count"),
    [
        ({"PatientID": "patient-*"}, 1),
        ({"PatientID": "nobody"}, 0),
        ({"00100020": "patient-????????????"}, 1),
        ({"ModalitiesInStudy": "US"}, 1),
        ({"ModalitiesInStudy": "CT"}, 0),
        ({"StudyInstanceUID": "1.2.3"}, 0),
        ({"StudyDate": "20200101-20201231"}, 0),
        ({"StudyDate": ""}, 1),
        ({"StudyDescription": "[p]*"}, 0),
    ],
)
def test_studies_are_matched_by_their_attributes(archive, keys, count):
    assert len(archive.search_for_studies(search_filters=keys)) == count


def test_pages_and_fields_are_chosen(archive, study):
    rows = archive.search_for_instances(study, limit=4, offset=4)
    assert len(rows) == 2
    assert "0008103E" not in rows[0]
    rows = archive.search_for_instances(study, fields=["SeriesDescription"])
    assert {_value(row, "0008103E") for row in rows} == {"mr_t2_flair", "us"}
    assert len(archive.search_for_instances(study, limit=4, get_remaining=True)) == 6
    assert len(archive.search_for_series(search_filters={"SeriesNumber": "2"})) == 1


@pytest.mark.parametrize(
    ("keys", "count"),
    [
        ({"Modality": "US"}, 1),
        ({"Modality": "CT"}, 0),
        ({"InstanceNumber": "3"}, 1),
        ({"ModalitiesInStudy": "US", "Modality": "MR", "Rows": "9"}, 5),
        ({"ModalitiesInStudy": "CT", "InstanceNumber": "3"}, 0),
        ({"NumberOfSeriesRelatedInstances": "1", "InstanceNumber": "3"}, 0),
    ],
)
def test_instances_are_matched_by_what_holds_for_study_series_and_themselves(archive, keys, count):
    assert len(archive.search_for_instances(search_filters=keys)) == count


def test_more_results_are_announced(archive):
    response = requests.get(f"{archive.base_url}/instances", params={"limit": 2}, timeout=10)
    assert "additional results" in response.headers["Warning"]
    assert "Warning" not in requests.get(f"{archive.base_url}/instances", timeout=10).headers


@pytest.mark.parametrize(
    ("path", "headers", "status", "said"),
    [
        ("/studies/1.2.3/metadata", {}, 404, "UID of a study of this corpus"),
        ("/studies/{study}/series/1.2/metadata", {}, 404, "UID of a series"),
        ("/studies?Flavour=sweet", {}, 400, "got Flavour"),
        ("/studies?limit=-1", {}, 400, "number of results"),
        ("/studies/{study}", {"Accept": "text/html"}, 406, "application/dicom"),
        (
            "/studies/{study}",
            {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90'},
            406,
            "1.2.840.10008.1.2.1",
        ),
        ("/studies/{study}/series/{series}/instances/{instance}/frames/2", {}, 400, "frame 1"),
        ("/studies/{study}/series/{series}/instances/{instance}/rendered?window=x", {}, 400, "as window"),
        ("/studies/{study}/series/{series}/instances/{instance}/rendered?viewport=9", {}, 400, "as viewport"),
        ("/studies/{study}/series/{series}/instances/9.9", {}, 404, "UID of an instance"),
    ],
)
def test_what_is_not_there_is_a_problem_with_a_reason(archive, study, scan, path, headers, status, said):
    names = {"study": study, "series": scan[0].SeriesInstanceUID, "instance": scan[0].SOPInstanceUID}
    response = requests.get(archive.base_url + path.format(**names), headers=headers, timeout=10)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert said in response.json()["detail"]
