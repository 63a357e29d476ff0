"""File formats by their suffix: those that some source reads, and those that none does, with what converts them."""

from dataclasses import dataclass

_TO_TIFF = "export it as OME-TIFF, or convert it with Fiji (Bio-Formats importer) or bfconvert, one image a file"
_TO_NIFTI = "convert it to .nii.gz: nibabel.save(nibabel.load(FILE), 'out.nii.gz')"
_IMAGES = "build it with --as images, or name it where the case is described"
_VENDOR = "build it with --as micrograph (pip install 'lexiscope[micrograph]'), or export it as TIFF"
_MRC = "build it with --as micrograph"
_SCAN = "give it a folder of its case, or build its folder with --as nifti"
_TO_PNG = "convert it to PNG or TIFF"


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """A file format that labs have.

    Args:
        suffixes: Ends of file names, in lower case.
        title: Name of the format.
        remedy: Advice on how to get the file into a corpus.
    """

    suffixes: tuple[str, ...]
    title: str
    remedy: str


KNOWN_FORMATS = (
    KnownFormat((".png",), "a PNG picture", _IMAGES),
    KnownFormat((".jpg", ".jpeg", ".jpe"), "a JPEG picture", _IMAGES),
    KnownFormat((".gif",), "a GIF picture", _IMAGES),
    KnownFormat((".bmp",), "a BMP picture", _IMAGES),
    KnownFormat((".webp",), "a WebP picture", _IMAGES),
    KnownFormat((".tif", ".tiff", ".btf"), "a TIFF image", _IMAGES),
    KnownFormat((".ome", ".ome.xml"), "the metadata of an OME data set of several files", _TO_TIFF),
    KnownFormat((".nii", ".nii.gz"), "a NIfTI scan", _SCAN),
    KnownFormat((".mgh", ".mgz"), "a FreeSurfer volume (MGH)", _SCAN),
    KnownFormat((".hdr", ".img", ".img.gz"), "half of an Analyze or NIfTI pair (.hdr and .img)", _SCAN),
    KnownFormat((".nrrd", ".nhdr"), "an NRRD volume", _SCAN),
    KnownFormat((".mha", ".mhd"), "a MetaImage volume (ITK)", _SCAN),
    KnownFormat((".mnc",), "a MINC volume", _TO_NIFTI),
    KnownFormat((".par", ".rec"), "a Philips PAR/REC scan", _TO_NIFTI),
    KnownFormat((".dcm", ".dicom", ".ima"), "a DICOM file", "build its folder with --as dicom"),
    KnownFormat((".dm3", ".dm4"), "a Gatan DigitalMicrograph image", _VENDOR),
    KnownFormat((".emd",), "an EMD file of an electron microscope", _VENDOR),
    KnownFormat((".mrc", ".mrcs", ".st", ".ali"), "an MRC image or volume", _MRC),
    KnownFormat((".ser",), "a TIA series of an electron microscope", _VENDOR),
    KnownFormat((".bcf",), "a Bruker composite file", _VENDOR),
    KnownFormat((".czi", ".zvi", ".lsm"), "a Zeiss microscope image", _TO_TIFF),
    KnownFormat((".nd2",), "a Nikon microscope image", _TO_TIFF),
    KnownFormat((".lif", ".lof", ".xlef"), "a Leica microscope image", _TO_TIFF),
    KnownFormat((".oib", ".oif", ".oir", ".vsi"), "an Olympus microscope image", _TO_TIFF),
    KnownFormat((".ims",), "an Imaris image", _TO_TIFF),
    KnownFormat((".dv", ".r3d"), "a DeltaVision image", _TO_TIFF),
    KnownFormat((".stk", ".nd"), "a MetaMorph stack", _TO_TIFF),
    KnownFormat((".sld", ".sldy"), "a SlideBook image", _TO_TIFF),
    KnownFormat(
        (".svs", ".ndpi", ".scn", ".mrxs", ".bif", ".qptiff"),
        "a whole slide image",
        "export the regions you mean as TIFF with QuPath or OpenSlide",
    ),
    KnownFormat((".zarr", ".n5"), "a folder of chunks (Zarr or N5)", _TO_TIFF),
    KnownFormat((".h5", ".hdf5", ".mat", ".npy", ".npz"), "an array file", "save its images as TIFF or NIfTI"),
    KnownFormat((".fits", ".fit"), "a FITS image", _TO_PNG),
    KnownFormat((".spm", ".gwy", ".sxm", ".ibw", ".nid"), "a scanning probe image", "export it as TIFF with Gwyddion"),
    KnownFormat((".txm", ".txrm", ".xrm"), "an X-ray tomogram of Zeiss", "export it as TIFF with the maker's program"),
    KnownFormat(
        (".vgi", ".vol", ".rek", ".isq", ".aim", ".am"),
        "a volume of a tomograph or of Avizo",
        "save it as a TIFF stack or NRRD with Fiji, 3D Slicer or the maker's program",
    ),
    KnownFormat(
        (".ctf", ".ang", ".cpr", ".osc", ".h5oina", ".edaxh5"),
        "a map of electron backscatter diffraction",
        "save the maps you mean as TIFF, for example with MTEX or orix",
    ),
    KnownFormat((".e2e", ".fda", ".fds"), "an optical coherence tomogram", "export it as DICOM or TIFF"),
    KnownFormat((".vtk", ".vti"), "a VTK volume", "save it as NRRD or NIfTI with 3D Slicer or ParaView"),
    KnownFormat((".heic", ".heif", ".avif", ".jxl", ".jp2", ".j2k"), "a picture of a newer codec", _TO_PNG),
    KnownFormat((".psd", ".eps", ".svg", ".ai", ".wmf", ".emf"), "a drawing", _TO_PNG),
    KnownFormat((".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf"), "a camera's raw picture", _TO_PNG),
    KnownFormat((".mp4", ".avi", ".mov", ".mkv", ".wmv"), "a film", "save the frames you mean as PNG"),
    KnownFormat((".pdf",), "a PDF", "build it with --as pdf"),
    KnownFormat(
        (".csv", ".tsv", ".jsonl"), "a table", "build it with --as table or --as questions, and name its columns"
    ),
    KnownFormat((".xlsx", ".xls", ".ods"), "a spreadsheet", "save it as .csv"),
    KnownFormat((".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar"), "an archive", "unpack it into the folder"),
)
"""Formats that a lab's folder may hold; text beside images, sidecars and programs are none."""

_COMPRESSED = ("gz", "bz2", "xz", "zst", "z")
_BY_SUFFIX = {suffix: known for known in KNOWN_FORMATS for suffix in known.suffixes}


def known_format(name: str) -> KnownFormat | None:
    """The format that a file's name says; None for one that is not known.

    Example:
        >>> known_format("Brain.NII.gz").title, known_format("notes.txt")
        ('a NIfTI scan', None)
        >>> known_format("tomogram.mrc.gz").title
        'an MRC image or volume, compressed'
    """
    parts = name.lower().rsplit(".", 2)[1:]
    ends = (f".{'.'.join(parts[i:])}" for i in range(len(parts)))
    known = next((_BY_SUFFIX[end] for end in ends if end in _BY_SUFFIX), None)
    if known is None and len(parts) > 1 and parts[-1] in _COMPRESSED and f".{parts[0]}" in _BY_SUFFIX:
        return KnownFormat((f".{'.'.join(parts)}",), f"{_BY_SUFFIX[f'.{parts[0]}'].title}, compressed", "unpack it")
    return known
