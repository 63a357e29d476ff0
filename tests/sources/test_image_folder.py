"""Image files of folders: their order, their ids, and the texts beside them."""

import pytest

from lexiscope.core.errors import SourceError
from lexiscope.sources import image_folder
from lexiscope.sources.image_folder import caption_beside, has_pictures, image_files, refused_mask


@pytest.fixture
def folder(tmp_path):
    for name in (
        "b.png",
        "a/x.PNG",
        "a/x.tif",
        "a/y.nii.gz",
        ".hidden.png",
        "__MACOSX/z.png",
        ".git/w.png",
        "notes.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_files_come_in_a_stable_order_with_short_ids_where_they_are_unique(folder):
    assert list(image_files(folder)) == [
        ("b.png", "b"),
        ("a/x.PNG", "a/x.PNG"),
        ("a/x.tif", "a/x.tif"),
        ("a/y.nii.gz", "a/y"),
    ]


def test_links_to_folders_are_not_followed(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "c.png").touch()
    (folder / "link").symlink_to(outside)
    assert not any(name.startswith("link") for name, _ in image_files(folder))


def test_suffixes_may_be_others(folder):
    (folder / "a" / "m.dm3").touch()
    assert list(image_files(folder, (".dm3",))) == [("a/m.dm3", "a/m")]


@pytest.mark.parametrize(
    ("data", "caption"),
    [
        (b" A pore.\n", "A pore."),
        ("\ufeffGröße".encode(), "Größe"),
        ("Größe – “5 µm”".encode("cp1252"), "Größe – “5 µm”"),
        (b"", ""),
        (b"0 0.5 0.5 0.2 0.1\n1 0.25 0.5 0.2 0.1\n", ""),
    ],
)
def test_the_text_beside_an_image_is_its_caption(folder, data, caption):
    (folder / "b.txt").write_bytes(data)
    texts, guessed = caption_beside(folder, "b.png")
    assert [text.text for text in texts] == [caption] * bool(caption)
    assert bool(guessed) == ("µ" in caption)
    assert caption_beside(folder, "a/x.tif") == ((), ())


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("b_mask.png", "b"), ("b_anno.bmp", "b"), ("b-GT.tif", "b"), ("b_Segmentation_2.png", "b"), ("mask_b.png", "b"),
        ("b_view.png", None), ("c_mask.png", None), ("masked_b.png", None), ("b.tif", None),
    ],
)  # fmt: skip
def test_what_is_called_like_a_mask_of_a_picture_beside_it_is_none(folder, name, of):
    refused = refused_mask(folder, name)
    assert (refused is not None) == (of is not None)
    assert refused is None or f"like a mask of {of}.png beside it" in refused.reason


@pytest.mark.parametrize("place", ["masks", "train_labels", "SegmentationClass", "gtFine/a", "x/label_images", "GT"])
def test_what_lies_in_a_folder_of_masks_is_no_picture_where_there_are_pictures(folder, place):
    (folder / place).mkdir(parents=True)
    (folder / place / "b.png").touch()
    refused = refused_mask(folder, f"{place}/b.png", among_pictures=has_pictures(folder))
    assert "a folder called like one of masks" in refused.reason
    assert refused_mask(folder, "a/x.tif", among_pictures=True) is None


def test_a_text_that_is_too_long_is_no_caption(folder, monkeypatch):
    monkeypatch.setattr(image_folder, "_MAX_TEXT", 10)
    (folder / "b.txt").write_text("A long text.")
    with pytest.raises(SourceError, match=r"its caption cannot be taken: .* longer than 10 bytes"):
        caption_beside(folder, "b.png")


def test_a_folder_of_masks_alone_is_one_of_pictures(tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.png").touch()
    assert not has_pictures(tmp_path)
    assert refused_mask(tmp_path, "labels/a.png", among_pictures=has_pictures(tmp_path)) is None
