import contextlib
import gzip
import os
import struct
import zlib

import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from lexiscope.core.errors import SourceError
from lexiscope.sources.formats import nifti as nifti_format
from lexiscope.sources.pixels import MAX_PIXELS, find_format, read_header, read_pixels, verify

GREY16 = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30) * 100
RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


SCRAPS = [
    b"",
    b"hello",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"BM",
    b"GIF89a",
    b"\xff\xd8\xff",
    b"RIFF\0\0\0\0WEBP",
    b"\x5c\x01\0\0",
    b"\x1f\x8b",
    gzip.compress(b"\x5c\x01\0\0", mtime=0),
]


def save(path, array, **options):
    Pillow.fromarray(array).save(path, **options)
    return path


def png_claiming(width, height, data=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    ihdr = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def nifti(path, array, affine=None, **fields):
    image = nib.Nifti1Image(array, np.diag([2.0, 3.0, 4.0, 1.0]) if affine is None else affine)
    image.header.set_xyzt_units(fields.pop("unit", "mm"))
    for name, value in fields.items():
        image.header[name] = value
    nib.save(image, path)
    return path


class TestRaster:
    @pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "tif"])
    def test_lossless_colours_survive(self, tmp_path, suffix):
        path = save(tmp_path / f"a.{suffix}", RGB, **({"lossless": True} if suffix == "webp" else {}))
        header = verify(path)
        assert (header.shape, header.channels, header.bits, header.spacing) == ((20, 30), 3, 8, None)
        np.testing.assert_array_equal(read_pixels(path), np.moveaxis(RGB, -1, 0))

    @pytest.mark.parametrize("suffix", ["jpg", "gif"])
    def test_lossy_formats_decode(self, tmp_path, suffix):
        header = verify(save(tmp_path / f"a.{suffix}", RGB))
        assert (header.shape, header.channels) == ((20, 30), 3)

    def test_sixteen_bit_grey_png_survives(self, tmp_path):
        path = save(tmp_path / "a.png", GREY16)
        assert verify(path).bits == 16
        np.testing.assert_array_equal(read_pixels(path)[0], GREY16)

    def test_sixteen_bit_colour_png_survives(self, tmp_path):
        import imagecodecs

        colours = np.stack([GREY16, GREY16 + 1, GREY16 + 2], axis=-1)
        path = tmp_path / "a.png"
        path.write_bytes(imagecodecs.png_encode(colours))
        assert (verify(path).bits, verify(path).channels) == (16, 3)
        np.testing.assert_array_equal(read_pixels(path), np.moveaxis(colours, -1, 0))

    def test_transparent_pixels_lie_on_white(self, tmp_path):
        layers = np.zeros((4, 4, 4), np.uint8)
        layers[0, 0] = (10, 20, 30, 255)
        found = read_pixels(save(tmp_path / "a.png", layers))
        assert found[:, 0, 0].tolist() == [10, 20, 30]
        assert (found[:, 1:] == 255).all()

    def test_palette_and_cmyk_become_rgb(self, tmp_path):
        palette = Pillow.fromarray(RGB).quantize(8)
        palette.save(tmp_path / "p.png")
        Pillow.fromarray(RGB).convert("CMYK").save(tmp_path / "c.jpg")
        np.testing.assert_array_equal(
            read_pixels(tmp_path / "p.png"), np.moveaxis(np.asarray(palette.convert("RGB")), -1, 0)
        )
        assert verify(tmp_path / "c.jpg").channels == 3

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_exif_orientation_is_applied_as_pillow_does(self, tmp_path, orientation):
        from PIL import ImageOps

        exif = Pillow.Exif()
        exif[0x0112] = orientation
        path = save(tmp_path / "a.jpg", RGB, exif=exif, quality=95)
        with Pillow.open(path) as image:
            upright = np.asarray(ImageOps.exif_transpose(image))
        assert verify(path).shape == upright.shape[:2]
        np.testing.assert_array_equal(read_pixels(path), np.moveaxis(upright, -1, 0))

    def test_print_resolution_is_no_spacing(self, tmp_path):
        assert verify(save(tmp_path / "a.jpg", RGB, dpi=(300, 300))).spacing is None


class TestTiff:
    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64", "int32"])
    def test_values_survive(self, tmp_path, dtype):
        values = GREY16.astype(dtype)
        tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack")
        assert verify(tmp_path / "a.tif").bits == values.dtype.itemsize * 8
        found = read_pixels(tmp_path / "a.tif")
        assert found.dtype == values.dtype
        np.testing.assert_array_equal(found[0], values)

    @pytest.mark.parametrize(
        "options", [{"bigtiff": True}, {"tile": (16, 16)}, {"compression": "zlib"}, {"byteorder": ">"}]
    )
    def test_variants(self, tmp_path, options):
        tifffile.imwrite(tmp_path / "a.tif", GREY16, photometric="minisblack", **options)
        verify(tmp_path / "a.tif")
        np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif")[0], GREY16)

    def test_pages_are_a_volume(self, tmp_path):
        stack = np.arange(5 * 20 * 30, dtype=np.uint16).reshape(5, 20, 30)
        tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack")
        assert (verify(tmp_path / "a.tif").shape, verify(tmp_path / "a.tif").channels) == ((5, 20, 30), 1)
        np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif")[0], stack)

    def test_ome_axes_and_spacing(self, tmp_path):
        stack = np.arange(3 * 2 * 20 * 30, dtype=np.uint16).reshape(3, 2, 20, 30)
        metadata = {
            "axes": "ZCYX",
            "PhysicalSizeX": 0.5,
            "PhysicalSizeY": 0.25,
            "PhysicalSizeZ": 2,
            "PhysicalSizeZUnit": "nm",
        }
        tifffile.imwrite(tmp_path / "a.ome.tif", stack, metadata=metadata, photometric="minisblack")
        header = verify(tmp_path / "a.ome.tif")
        assert (header.shape, header.channels) == ((3, 20, 30), 2)
        assert (header.spacing, header.unit) == ((2.0, 250.0, 500.0), "nm")
        np.testing.assert_array_equal(read_pixels(tmp_path / "a.ome.tif"), stack.swapaxes(0, 1))

    def test_volume_without_depth_spacing_has_none(self, tmp_path):
        metadata = {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25}
        tifffile.imwrite(tmp_path / "a.ome.tif", np.zeros((3, 20, 30), np.uint8), metadata=metadata)
        assert verify(tmp_path / "a.ome.tif").spacing is None

    def test_imagej_unit(self, tmp_path):
        tifffile.imwrite(tmp_path / "a.tif", GREY16, imagej=True, resolution=(2, 4), metadata={"unit": "um"})
        assert verify(tmp_path / "a.tif").spacing == (250.0, 500.0)

    @pytest.mark.parametrize(("resolution", "spacing"), [((300, 300), None), ((1e6, 2e6), (12.7, 25.4))])
    def test_resolution_tags_count_only_when_finer_than_print(self, tmp_path, resolution, spacing):
        tifffile.imwrite(tmp_path / "a.tif", GREY16, resolution=resolution, resolutionunit="INCH")
        found = verify(tmp_path / "a.tif").spacing
        assert found == (pytest.approx(spacing) if spacing else None)

    def test_time_series_are_refused(self, tmp_path):
        tifffile.imwrite(tmp_path / "a.ome.tif", np.zeros((3, 20, 30), np.uint8), metadata={"axes": "TYX"})
        with pytest.raises(SourceError, match="TYX"):
            read_header(tmp_path / "a.ome.tif")

    def test_white_is_zero_and_grey_palettes(self, tmp_path):
        tifffile.imwrite(tmp_path / "w.tif", GREY16, photometric="miniswhite")
        np.testing.assert_array_equal(read_pixels(tmp_path / "w.tif")[0], 65535 - GREY16)
        ramp = np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1))
        tifffile.imwrite(tmp_path / "p.tif", RGB[..., 0], photometric="palette", colormap=ramp)
        assert verify(tmp_path / "p.tif").channels == 1
        np.testing.assert_array_equal(read_pixels(tmp_path / "p.tif")[0], RGB[..., 0])

    def test_files_that_ome_names_elsewhere_are_not_opened(self, tmp_path):
        tifffile.imwrite(tmp_path / "b.ome.tif", np.zeros((2, 20, 30), np.uint8), metadata={"axes": "ZYX"})
        (tmp_path / "below").mkdir()
        with tifffile.TiffFile(tmp_path / "b.ome.tif") as file:
            xml = file.ome_metadata
        away = xml.replace(
            '<TiffData IFD="0" PlaneCount="2"/>',
            '<TiffData IFD="0" FirstZ="0" PlaneCount="2">'
            '<UUID FileName="../b.ome.tif">urn:uuid:11111111-1111-1111-1111-111111111111</UUID></TiffData>',
        )
        assert away != xml
        path = tmp_path / "below" / "a.ome.tif"
        tifffile.imwrite(path, np.ones((20, 30), np.uint8), description=away.encode(), metadata=None)
        try:
            assert read_pixels(path).max() == 1
        except SourceError:
            return


class TestNifti:
    VALUES = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)  # (x, y, z)

    @pytest.mark.parametrize("suffix", ["nii", "nii.gz"])
    def test_axes_are_z_y_x(self, tmp_path, suffix):
        header = verify(nifti(tmp_path / f"a.{suffix}", self.VALUES))
        assert (header.shape, header.spacing, header.unit, header.bits) == ((5, 4, 3), (4.0, 3.0, 2.0), "mm", 16)
        np.testing.assert_array_equal(read_pixels(tmp_path / f"a.{suffix}")[0], self.VALUES.T)

    @pytest.mark.parametrize("axes", ["RAS", "LPS", "PIR", "SAL", "ILA"])
    def test_orientation_agrees_with_nibabel(self, tmp_path, axes):
        ornt = nib.orientations.axcodes2ornt(axes)
        affine = nib.orientations.inv_ornt_aff(ornt, (5, 4, 3)) * np.array([[2], [3], [4], [1]])
        path = nifti(tmp_path / "a.nii.gz", self.VALUES.T.copy(), affine)
        canonical = nib.as_closest_canonical(nib.load(path))
        header = verify(path)
        assert header.shape == canonical.shape[::-1]
        np.testing.assert_allclose(header.spacing, canonical.header.get_zooms()[::-1], rtol=1e-6)
        np.testing.assert_array_equal(read_pixels(path)[0], np.asarray(canonical.dataobj).T)

    def test_slope_gives_float(self, tmp_path):
        image = nib.Nifti1Image(self.VALUES, np.eye(4))
        image.header.set_slope_inter(0.5, 10)
        nib.save(image, tmp_path / "a.nii")
        raw = bytearray((tmp_path / "a.nii").read_bytes())
        raw[112:120] = struct.pack("<ff", 0.5, 10)
        raw[352:] = self.VALUES.tobytes(order="F")
        (tmp_path / "a.nii").write_bytes(raw)
        assert verify(tmp_path / "a.nii").bits == 32
        np.testing.assert_allclose(read_pixels(tmp_path / "a.nii")[0], self.VALUES.T * 0.5 + 10)

    def test_units(self, tmp_path):
        assert verify(nifti(tmp_path / "m.nii", self.VALUES, unit="meter")).spacing == (4000.0, 3000.0, 2000.0)
        assert verify(nifti(tmp_path / "u.nii", self.VALUES, unit="micron")).spacing == pytest.approx(
            (0.004, 0.003, 0.002)
        )

    def test_unknown_unit_counts_only_with_an_orientation(self, tmp_path):
        path = nifti(tmp_path / "a.nii", self.VALUES, unit="unknown")
        assert verify(path).spacing == (4.0, 3.0, 2.0)
        raw = bytearray(path.read_bytes())
        raw[252:256] = bytes(4)  # qform_code and sform_code
        path.write_bytes(raw)
        assert verify(path).spacing is None

    def test_short_fourth_axis_is_channels_and_long_one_is_refused(self, tmp_path):
        four = np.stack([self.VALUES, self.VALUES + 1], axis=-1)
        path = nifti(tmp_path / "a.nii.gz", four)
        assert (verify(path).channels, verify(path).shape) == (2, (5, 4, 3))
        np.testing.assert_array_equal(read_pixels(path)[1], self.VALUES.T + 1)
        with pytest.raises(SourceError, match="series"):
            read_header(nifti(tmp_path / "b.nii.gz", np.zeros((3, 4, 5, 40), np.int16)))

    def test_complex_values_are_refused(self, tmp_path):
        with pytest.raises(SourceError, match="real"):
            read_header(nifti(tmp_path / "a.nii", self.VALUES.astype(np.complex64)))

    def test_singular_affine_is_refused(self, tmp_path):
        path = nifti(tmp_path / "a.nii", self.VALUES)
        raw = bytearray(path.read_bytes())
        raw[280:328] = bytes(48)  # srow_x, srow_y, srow_z
        path.write_bytes(raw)
        with pytest.raises(SourceError, match="affine"):
            verify(path)


class TestHostile:
    def test_format_is_decided_by_content(self, tmp_path):
        save(tmp_path / "a.png", RGB)
        (tmp_path / "a.png").rename(tmp_path / "a.tif")
        assert verify(tmp_path / "a.tif").format == "png"
        nifti(tmp_path / "b.nii.gz", TestNifti.VALUES).rename(tmp_path / "b.jpg")
        assert find_format(tmp_path / "b.jpg") == "nifti"

    @pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "raw.tif", "zip.tif", "a.nii", "a.nii.gz"])
    def test_truncated_files_are_refused(self, tmp_path, name, keep):
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        path = tmp_path / name
        if ".nii" in name:
            nifti(path, noise.astype(np.int16))
        elif name.endswith(".tif"):
            tifffile.imwrite(path, noise, compression="zlib" if name == "zip.tif" else None, rowsperstrip=16)
        else:
            save(path, noise)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * keep)])
        with pytest.raises(SourceError) as caught:
            verify(path)
        assert caught.value.remedy

    @pytest.mark.parametrize("size", [40_000, 10**9])
    def test_headers_that_claim_too_much_are_refused_unread(self, tmp_path, size):
        (tmp_path / "a.png").write_bytes(png_claiming(size, size))
        with pytest.raises(SourceError):
            read_header(tmp_path / "a.png")

    def test_a_claimed_png_without_pixels_is_refused(self, tmp_path):
        (tmp_path / "a.png").write_bytes(png_claiming(500, 500, b"\0" * 100))
        with pytest.raises(SourceError):
            verify(tmp_path / "a.png")

    def test_tiff_header_that_claims_too_much(self, tmp_path):
        tifffile.imwrite(tmp_path / "a.tif", GREY16)
        with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
            file.pages[0].tags["ImageWidth"].overwrite(60_000)
            file.pages[0].tags["ImageLength"].overwrite(60_000)
        with pytest.raises(SourceError, match="claims"):
            read_header(tmp_path / "a.tif")

    def test_nifti_header_that_claims_too_much(self, tmp_path):
        path = nifti(tmp_path / "a.nii", TestNifti.VALUES)
        raw = bytearray(path.read_bytes())
        raw[40:48] = struct.pack("<hhhh", 3, 32767, 32767, 32767)
        path.write_bytes(gzip.compress(raw, mtime=0))
        with pytest.raises(SourceError, match="claims"):
            read_header(path)
        assert MAX_PIXELS == 2**29

    def test_of_a_gzip_bomb_no_more_is_read_than_its_header_claims(self, tmp_path, monkeypatch):
        path = nifti(tmp_path / "a.nii", TestNifti.VALUES)
        claimed = path.stat().st_size
        with gzip.open(tmp_path / "bomb.nii.gz", "wb", compresslevel=9) as bomb:
            bomb.write(path.read_bytes())
            for _ in range(256):
                bomb.write(bytes(1 << 20))
        counts = []

        class Counting:
            def __init__(self, stream):
                self.stream = stream

            def read(self, size=-1):
                data = self.stream.read(size)
                counts.append(len(data))
                return data

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.stream.close()

        opened = nifti_format.open_unzipped
        monkeypatch.setattr(nifti_format, "open_unzipped", lambda path: Counting(opened(path)))
        np.testing.assert_array_equal(read_pixels(tmp_path / "bomb.nii.gz")[0], TestNifti.VALUES.T)
        assert claimed <= sum(counts) <= claimed + 1  # one more byte tells whether the stream ends

    @pytest.mark.parametrize("data", SCRAPS)
    def test_scraps_are_refused(self, tmp_path, data):
        (tmp_path / "a").write_bytes(data)
        with pytest.raises(SourceError):
            verify(tmp_path / "a")

    def test_pipes_folders_and_nothing_are_refused(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        for name in ("pipe", ".", "none"):
            with pytest.raises(SourceError):
                verify(tmp_path / name)

    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif", "a.bmp", "a.webp", "a.nii", "a.nii.gz"])
    def test_flipped_bytes_never_escape(self, tmp_path, name):
        path = tmp_path / name
        nifti(path, RGB.astype(np.int16)) if ".nii" in name else save(path, RGB)
        data = path.read_bytes()
        rng = np.random.default_rng(0)
        for _ in range(40):
            raw = bytearray(data)
            for place in rng.integers(0, min(len(raw), 400), 3):
                raw[place] = rng.integers(256)
            path.write_bytes(raw)
            with contextlib.suppress(SourceError):  # any other error fails the test
                verify(path)


@pytest.mark.shared
def test_real_malformed_images_are_refused(shared):
    folder = shared / "microscopy_formats" / "malformed_derived"
    paths = sorted(folder.iterdir())
    assert len(paths) > 3, f"{folder} holds too few malformed images to tell anything"
    for path in paths:
        with pytest.raises(SourceError):
            verify(path)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "shape", "channels", "bits", "spacing"),
    [
        ("derived_ome_tiff/brain_czyx_uint16.ome.tif", (16, 146, 122), 4, 16, (1.5e6, 1.5e6, 1.5e6)),
        ("derived_ome_tiff/sem_float32.tif", (512, 512), 1, 32, None),
        ("sem_16bit_nasa_mit/superalloy_45kx_uint16_rgb.tif", (512, 512), 3, 16, None),
        ("em_rosettasciio_gpl3/FEI-Helios-Ebeam-16bits.tif", (471, 512), 1, 16, (3372.4, 3372.4)),
        ("em_rosettasciio_gpl3/test_tiff_Zeiss_SEM_1k.tif", (768, 1024), 1, 8, (2615.0, 2615.0)),
        ("em_rosettasciio_gpl3/test_tiff_Zeiss_SEM_512pix.tif", (384, 512), 3, 8, (5965 / 512, 5965 / 512)),
        ("em_rosettasciio_gpl3/test_loading_image_saved_with_DM.tif", (68, 68), 1, 32, (168.6747, 168.6747)),
    ],
)
def test_real_microscopes(shared, name, shape, channels, bits, spacing):
    path = shared / "microscopy_formats" / name
    if not path.exists():
        pytest.skip(f"{name} is not in this copy of the data")
    header = verify(path)
    assert (header.shape, header.channels, header.bits) == (shape, channels, bits)
    assert header.spacing == (pytest.approx(spacing) if spacing else None)


def test_a_known_format_that_is_none_of_ours_says_what_converts_it(tmp_path):
    (tmp_path / "cells.czi").write_bytes(b"ZISRAWFILE" * 4)
    with pytest.raises(SourceError, match=r"cells\.czi is no PNG.*but a Zeiss microscope image") as raised:
        read_header(tmp_path / "cells.czi")
    assert raised.value.remedy.startswith("export it as OME-TIFF")
