import pytest

from lexiscope.sources.papers.figures import IMAGE_TYPES, image_type


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SEM image of a fracture surface", "sem"),
        ("Scanning electron micrographs of glass", "sem"),
        ("HRTEM images of the interface", "tem"),
        ("Optical micrograph of the etched steel", "light micrograph"),
        ("Light microscopy image, 40x", "light micrograph"),
        ("Giemsa-stained blood smear", "light micrograph"),
        ("A brightfield image of algae", "light micrograph"),
        ("Basement membrane of the epidermis. LM × 100.", "light micrograph"),
        ("XRD patterns of the samples", "chart"),
        ("CCT diagram of the steel", "chart"),
        ("Schematic illustration of the cell", "diagram"),
        ("Photograph of the specimen", "photo"),
        ("This photo shows a nurse", "photo"),
        ("A radiograph of the wrist", "radiograph"),
        ("Optical and SEM micrographs of the steel", None),
        ("SEM image and XRD pattern of glass", None),
        ("Values are given as mean \u00b1 SEM of six images", None),
        ("Bill of materials", None),
        ("", None),
    ],
)
def test_a_text_names_one_kind_or_none(text, kind):
    assert image_type(text) == kind
    assert kind is None or kind in IMAGE_TYPES
