"""`build_decoder`: one of the two kinds of decoder from its settings."""

from collections.abc import Mapping, Sequence
from typing import Any

from lexiscope.core.errors import ModelError
from lexiscope.models.segmenter.decoder import Decoder
from lexiscope.models.segmenter.film import FilmDecoder
from lexiscope.models.segmenter.two_way import TwoWayDecoder

_KINDS: Mapping[str, type[FilmDecoder | TwoWayDecoder]] = {"film": FilmDecoder, "two-way": TwoWayDecoder}


def build_decoder(
    settings: Mapping[str, Any], *, levels: Sequence[int], widths: Sequence[int], dims: int, text: int
) -> Decoder:
    """A decoder with random weights from its settings, `{"kind": "film" or "two-way", ...}`.

    Args:
        settings: Kind and settings of the decoder.
        levels: Channels of each level of the image, the finest first.
        widths: Channels of the features at each level but the coarsest, the finest first.
        dims: 2 or 3.
        text: Length of a sentence's vector.

    Raises:
        ModelError: no decoder of that kind.

    Example:
        >>> type(build_decoder({"kind": "film"}, levels=(4, 8), widths=(4,), dims=2, text=8)).__name__
        'FilmDecoder'
    """
    own = {name: value for name, value in settings.items() if name != "kind"}
    if settings.get("kind") not in _KINDS:
        raise ModelError(f"expected a decoder of the kind {' or '.join(_KINDS)}, got {settings.get('kind')!r}")
    return _KINDS[settings["kind"]](levels, widths=widths, dims=dims, text=text, **own)
