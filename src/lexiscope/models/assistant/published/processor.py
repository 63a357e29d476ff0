"""`load_processor`: the processor of a published vision-language model: its tokenizer, pictures and chat template."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lexiscope.core.errors import WeightsError
from lexiscope.models.loading import first_line, quiet
from lexiscope.models.offline import offline

_VIDEO = "video_processor"
_ALIKE = {"smolvlm": "idefics3"}  # one of still pictures writes the same tokens, and needs nothing for numbers in words


def load_processor(folder: Path, *, model_type: str) -> Any:
    """The processor in a directory in hub layout; it reads still pictures.

    Args:
        folder: Its directory.
        model_type: Kind of the model beside it, as its settings name it.

    Raises:
        WeightsError: transformers cannot read it, or it reads no pictures.
    """
    what = "the processor of a vision-language model"
    try:
        with quiet(), offline():
            kind = _reader(model_type)
            processor = kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # on odd settings transformers raises nearly anything
        msg = f"transformers cannot read {what} at {folder}: {first_line(error)}"
        raise WeightsError(f"{msg}; save it there with save_pretrained()") from error
    if not hasattr(processor, "image_processor"):  # words alone, where its settings are missing
        msg = f"expected {what} at {folder}, got a {type(processor).__name__}"
        raise WeightsError(f"{msg}; save it there with save_pretrained()")
    return processor


def _reader(model_type: str) -> Any:
    """What reads the processor of a kind of model: transformers' own choice, unless that needs a part for videos."""
    import transformers
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES

    name = PROCESSOR_MAPPING_NAMES.get(_ALIKE.get(model_type, model_type))
    kind = transformers.AutoProcessor if name is None else getattr(transformers, name)
    chosen = kind is transformers.AutoProcessor or (stills_only(kind) is kind and model_type not in _ALIKE)
    return transformers.AutoProcessor if chosen else stills_only(kind)


@cache
def stills_only(kind: type) -> Any:
    """A class of processors without its part for videos, which needs torchvision; others are left as they are."""
    attributes = kind.get_attributes()  # type: ignore[attr-defined]
    if _VIDEO not in attributes or find_spec("torchvision") is not None:
        return kind
    kept = [name for name in attributes if name != _VIDEO]
    return type(kind.__name__, (kind,), {"get_attributes": classmethod(lambda _: kept), "__module__": kind.__module__})
