"""Settings that a microscope writes beside its picture: the size of a pixel and how it was taken, never a caption.

Known are the text files of Hitachi, JEOL, Zeiss, FEI (Thermo Fisher) and Tescan. Other lists of settings are told from
prose, so that no machine's words become a caption.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lexiscope.core.case import Scalar
from lexiscope.core.errors import SourceError
from lexiscope.sources.formats.lengths import nanometres_in, number_in
from lexiscope.sources.paths import check_regular, inside
from lexiscope.sources.steady import read_input

_LARGEST = 1 << 20  # bytes
_SETTING = re.compile(r"\[[^\]]*\]|[$@#]\S+.*|[^=]{1,80}=.*")
_ENTRY = re.compile(r"[^:=\t]{1,40}[:\t]\s*(?P<value>\S.{0,40}|)")
_FEWEST = 4  # lines of a list of settings


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Settings of a microscope.

    Args:
        maker: Maker of the microscope; empty when it is not known.
        file: The text file.
        pixel: Size of a pixel along (y, x) in nm; None when it is not stated.
        size: Rows and columns of the picture that they belong to; None when they are not stated.
        attributes: Beam energy in keV and magnification, where stated.
    """

    maker: str
    file: Path
    pixel: tuple[float, float] | None = None
    size: tuple[int, int] | None = None
    attributes: Mapping[str, Scalar] = field(default_factory=dict)


def sidecar_beside(root: Path, name: str, stem: str) -> Sidecar | None:
    """The settings beside an image; None when there are none.

    Args:
        root: Folder of the source.
        name: The image, relative to it.
        stem: The same without suffix.
    """
    kind = name[len(stem) + 1 :].lower()
    for ending in (".txt", ".TXT", ".hdr", f"-{kind}.hdr", f".{kind}.hdr", f".{kind}.txt", ".ini"):
        try:
            path = inside(root, stem + ending)
            text = text_of(path, most=_LARGEST)
        except SourceError:
            continue
        if is_settings(text):
            return _read(text, path)
    return None


def text_of(path: Path, *, most: int) -> str:
    """A text file's words, whether UTF-8, UTF-16 or Latin-1.

    Raises:
        SourceError: it is too long, or cannot be read.
    """
    if check_regular(path) > most:
        raise SourceError(f"{path.name} is longer than {most:,} bytes", remedy="shorten it")
    data = read_input(path)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").strip()
    if b"\0" in data[:200]:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", errors="replace").strip()
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return data.decode("latin-1").strip()


def is_settings(text: str) -> bool:
    """True for a list of a machine's settings.

    Example:
        >>> is_settings("[SemImageFile]\\nPixelSize=9.9"), is_settings("Grains of steel, d = 5 µm.")
        (True, False)
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(_known(lines) for _known, _ in _MAKERS.values()):
        return True
    if len(lines) < _FEWEST:
        return False
    return all(_SETTING.fullmatch(line) for line in lines) or _are_entries(lines)


def _are_entries(lines: list[str]) -> bool:
    """True for lines of "name: value", or with a tab between, most with a number; lines of prose hold words there."""
    entries = [_ENTRY.fullmatch(line) for line in lines]
    numbered = sum(bool(entry and re.match(r"[-+]?\d", entry["value"])) for entry in entries)
    return all(entries) and 2 * numbered > len(lines)


def _read(text: str, path: Path) -> Sidecar:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    values = _values(lines)
    for maker, (known, parse) in _MAKERS.items():
        if known(lines):
            return parse(values, maker, path)
    return Sidecar("", path)


def _values(lines: list[str]) -> dict[str, str]:
    """Keys in lower case -> values, of "key = value" and of "$key value"."""
    values: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(" ") if line.startswith("$") else line.partition("=")
        values.setdefault(key.strip().lower(), value.strip())
    return values


def _hitachi(values: Mapping[str, str], maker: str, path: Path) -> Sidecar:
    size = nanometres_in(values.get("pixelsize", ""), "nm")
    return Sidecar(
        maker,
        path,
        _square(size),
        _rows_and_columns(values.get("datasize", "")),
        _facts(number_in(values.get("acceleratingvoltage", "")), 1e-3, values.get("magnification", "")),
    )


def _jeol(values: Mapping[str, str], maker: str, path: Path) -> Sidecar:
    bar, marker = number_in(values.get("$$sm_micron_bar", "")), values.get("$$sm_micron_marker", "")
    length = nanometres_in(marker, "um")
    size = length / bar if length and bar else None
    facts = _facts(number_in(values.get("$cm_accel_volt", "")), 1.0, values.get("$cm_mag", ""))
    return Sidecar(maker, path, _square(size), _rows_and_columns(values.get("$cm_full_size", "")), facts)


def _zeiss(values: Mapping[str, str], maker: str, path: Path) -> Sidecar:
    size = nanometres_in(values.get("image pixel size", ""), "nm")
    magnification = values.get("mag", "")
    factor = 1000 if "k" in magnification.lower() else 1
    times = number_in(magnification)
    facts = _facts(number_in(values.get("eht", "")), 1.0, str(times * factor) if times else "")
    return Sidecar(maker, path, _square(size), None, facts)


def _fei(values: Mapping[str, str], maker: str, path: Path) -> Sidecar:
    y, x = (nanometres_in(values.get(key, ""), "m") for key in ("pixelheight", "pixelwidth"))
    return Sidecar(maker, path, (y, x) if y and x else None, None, _facts(number_in(values.get("hv", "")), 1e-3, ""))


def _tescan(values: Mapping[str, str], maker: str, path: Path) -> Sidecar:
    y, x = (nanometres_in(values.get(key, ""), "m") for key in ("pixelsizey", "pixelsizex"))
    facts = _facts(number_in(values.get("hv", "")), 1e-3, values.get("magnification", ""))
    return Sidecar(maker, path, (y, x) if y and x else None, None, facts)


def _has(*starts: str) -> Callable[[list[str]], bool]:
    """True for lines of which each of `starts` begins one, whatever its case."""
    return lambda lines: all(any(line.lower().startswith(start) for line in lines) for start in starts)


_Parse = Callable[[Mapping[str, str], str, Path], Sidecar]
_MAKERS: dict[str, tuple[Callable[[list[str]], bool], _Parse]] = {
    "Hitachi": (_has("[semimagefile]"), _hitachi),
    "JEOL": (lambda lines: _has("$cm_")(lines) or _has("$$sm_")(lines), _jeol),
    "Zeiss": (_has("ap_", "dp_"), _zeiss),
    "Tescan": (_has("[main]", "pixelsizex"), _tescan),
    "FEI": (_has("[scan]", "pixelwidth"), _fei),
}


def _square(size: float | None) -> tuple[float, float] | None:
    return (size, size) if size else None


def _rows_and_columns(text: str) -> tuple[int, int] | None:
    numbers = re.findall(r"\d+", text)
    return (int(numbers[1]), int(numbers[0])) if len(numbers) == 2 else None


def _facts(voltage: float | None, to_kev: float, magnification: str) -> dict[str, Scalar]:
    times = number_in(magnification)
    energy = {"beam_energy": voltage * to_kev} if voltage and voltage > 0 else {}
    return {**energy, **({"magnification": times} if times and times > 0 else {})}
