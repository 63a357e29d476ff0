"""`hub_snapshot`: a model in the local hub cache, read by the cache's layout, without the hub and without its client.

The client asks for every file that the hub lists, the pickles that are never fetched here among them, before it
believes that a snapshot is whole.
"""

from pathlib import Path

from lexiscope.core.errors import WeightsError
from lexiscope.core.strict_json import read_object

OPEN_CLIP_SETTINGS, OPEN_CLIP_WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
_SETTINGS = ("config.json", OPEN_CLIP_SETTINGS)
_PARTS = "model.safetensors.index.json"


def hub_snapshot(name: str) -> Path | None:
    """Folder of the branch "main" of a model in the local hub cache; None where the cache has nothing of it.

    Args:
        name: Hub name, such as "facebook/dinov2-small".

    Raises:
        WeightsError: half downloaded, damaged, or without safetensors; its text is the reason alone.
    """
    from huggingface_hub import constants

    kept = Path(constants.HF_HUB_CACHE) / "--".join(["models", *name.split("/")])
    if not kept.is_dir():
        return None
    branch = kept / "refs" / "main"
    folder = kept / "snapshots" / (branch.read_text("utf-8").strip() if branch.is_file() else "")
    if not branch.is_file() or not folder.is_dir():
        raise WeightsError("half downloaded: it has no snapshot of the branch main")
    _require_whole(folder)
    return folder


def _require_whole(folder: Path) -> None:
    if not any((folder / file).is_file() for file in _SETTINGS):
        raise WeightsError(f"half downloaded: it has no {' or '.join(_SETTINGS)}")
    files = {file.name for file in folder.glob("*.safetensors")}
    if not files:
        pickles = ", ".join(sorted(file.name for file in folder.glob("*.bin")))
        raise WeightsError(f"only pickles: {pickles}" if pickles else "half downloaded: it has no *.safetensors")
    wanted = _parts(folder / _PARTS) | files
    absent = sorted(file for file in wanted if not (folder / file).is_file())  # a link to nothing is no file
    if absent:
        raise WeightsError(
            f"half downloaded: {len(absent)} of {len(wanted)} files of weights are not there: {absent[0]}"
        )
    for file in sorted(wanted):
        _require_readable(folder / file)


def _parts(index: Path) -> set[str]:
    """Names of the files that weights are spread over; none where they are in one file."""
    if not index.is_file():
        return set()
    try:
        return set(read_object(index)["weight_map"].values())
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise WeightsError(f"damaged: {index.name} is no list of files ({error})") from error


def _require_readable(file: Path) -> None:
    """Refuse a file that is shorter or longer than its header says; tensors are not read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy"):
            pass
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"damaged or cut off: {file.name} ({error})") from error
