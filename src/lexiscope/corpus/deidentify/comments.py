"""Comments and application data inside compressed frames, which no header names."""

from typing import Any

_JPEG, _JPEG2000, _JP2 = b"\xff\xd8", b"\xff\x4f", b"\0\0\0\x0cjP  "
_CODESTREAM = b"jp2c"
_START_OF_SCAN, _START_OF_TILE = 0xDA, 0x90
_COMMENT, _COMMENT_2000 = 0xFE, 0x64
_APPLICATION = range(0xE0, 0xF0)
_NEEDED = {0xE0: (b"JFIF", 16), 0xEE: (b"Adobe", 14), 0xE8: (b"mrfx", 7)}
"""Application data that decoders need for the colours: how it starts, and its length without additions."""


def strip_comments(dataset: Any) -> int:
    """Remove comments and application data from the compressed frames of a data set.

    Returns:
        Frames that had some.
    """
    from pydicom.encaps import encapsulate, generate_frames

    from lexiscope.sources.scans.dicom.decode import transfer_syntax

    if "PixelData" not in dataset or not transfer_syntax(dataset).is_encapsulated:
        return 0
    count = max(1, int(dataset.get("NumberOfFrames") or 1))
    frames = list(generate_frames(dataset.PixelData, number_of_frames=count))
    plain = [without_comments(frame) for frame in frames]
    changed = sum(before != after for before, after in zip(frames, plain, strict=True))
    if changed:
        dataset.PixelData = encapsulate(plain)
        dataset["PixelData"].is_undefined_length = True
    return changed


def without_comments(frame: bytes) -> bytes:
    """A JPEG, JPEG-LS or JPEG 2000 stream without its comments; other bytes as they are.

    Example:
        >>> without_comments(bytes.fromhex("ffd8 fffe0005446f65 ffda0002 ffd9")).hex()
        'ffd8ffda0002ffd9'
    """
    if frame.startswith(_JP2) and _CODESTREAM in frame:
        frame = frame[frame.index(_CODESTREAM) + len(_CODESTREAM) :]
    if frame.startswith(_JPEG2000):
        return _kept(frame, stop=_START_OF_TILE)
    return _kept(frame, stop=_START_OF_SCAN) if frame.startswith(_JPEG) else frame


def _kept(frame: bytes, *, stop: int) -> bytes:
    """The marker segments up to `stop` that are needed, and all that follows them."""
    kept, offset = [frame[:2]], 2
    while offset + 4 <= len(frame) and frame[offset] == 0xFF and frame[offset + 1] != stop:
        end = offset + 2 + int.from_bytes(frame[offset + 2 : offset + 4], "big")
        if _is_needed(frame[offset + 1], frame[offset + 4 : end], end - offset - 2, jpeg=stop == _START_OF_SCAN):
            kept.append(frame[offset:end])
        offset = end
    return b"".join([*kept, frame[offset:]])


def _is_needed(marker: int, content: bytes, length: int, *, jpeg: bool) -> bool:
    if not jpeg:
        return marker != _COMMENT_2000
    if marker not in _APPLICATION:
        return marker != _COMMENT
    start, longest = _NEEDED.get(marker, (b"", 0))
    return bool(start) and content.startswith(start) and length <= longest
