"""Build from names: a joint space on pretrained or fresh towers, for the views of a corpus."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.encoder import Encoder, EncoderConfig
from lexiscope.models.joint import JointSpace, JointSpaceConfig
from lexiscope.models.text import TextTower
from lexiscope.models.towers import Tower, build_tower
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import resolve
from lexiscope.views import View

_FROM_SCRATCH = ("vit", "cnn")
_TEXT_LEVELS: Mapping[str, tuple[int, ...]] = {"sentence-transformers/all-MiniLM-L6-v2": (3, 4, 5, 6)}
# Where middle levels describe other images better than the last one, which fine-tuning bent to saliency.
_READOUTS: Mapping[str, dict[str, Any]] = {
    "dinov2-small-focus": {"levels": (6, 7, 8, 9), "statistics": ("cls", "mean", "std", "max")},
}


def build_encoder(
    views: Mapping[str, View],
    *,
    tower: str,
    fusion: str = "late",
    shared: bool = True,
    readout: Mapping[str, Any] | None = None,
    head: Mapping[str, Any] | None = None,
    seed: int = 0,
    allow_download: bool = False,
) -> tuple[Encoder, list[dict[str, str]]]:
    """An encoder for the modalities of `views`, and where its weights came from.

    Args:
        tower: "vit" or "cnn" from scratch (3-D for volume views), or a name for `weights.resolve`.
        shared: One tower for all modalities, or one each.
        readout: Settings of `Readout`; what suits the tower when None.
        head: Settings of `Head`, less its inputs.
        seed: Of every weight that is not pretrained.

    Raises:
        WeightsError: no such weights.
        ModelError: views, tower and fusion do not fit together.
    """
    if not views:
        raise ModelError("an encoder needs views, got none; choose_views(corpus, size=224) makes them")
    modalities = {name: view.shape[view.channel_axis] for name, view in views.items()}
    shared = shared or fusion == "early"
    names = ["shared"] if shared else list(modalities)
    channels = sum(modalities.values()) if fusion == "early" else max(modalities.values())
    with _seeded(seed):
        settings, weighted, origins = _tower(tower, views, channels=channels, allow_download=allow_download)
    statistics = ("cls", "mean") if weighted.prefix else ("mean",)
    config = EncoderConfig(
        modalities=modalities,
        towers=dict.fromkeys(names, settings),
        tower_of={name: "shared" if shared else name for name in modalities},
        fusion=fusion,
        readout=dict(readout or _READOUTS.get(tower) or {"statistics": statistics}),
        head={"width": 256, **(head or {})},
    )
    with _seeded(seed):
        encoder = Encoder(config)
    for copy in encoder.towers:
        copy.load_state_dict(weighted.state_dict())
    return encoder, origins


def build_joint_space(
    views: Mapping[str, View],
    *,
    image: str = "dinov2-small-focus",
    text: str = "sentence-transformers/all-MiniLM-L6-v2",
    fusion: str = "late",
    shared: bool = True,
    readout: Mapping[str, Any] | None = None,
    head: Mapping[str, Any] | None = None,
    text_levels: Sequence[int] | None = None,
    text_head: Mapping[str, Any] | None = None,
    text_tower: TextTower | None = None,
    temperature: float = 0.07,
    seed: int = 0,
    allow_download: bool = False,
) -> JointSpace:
    """A joint space with towers by name and untrained heads, in eval mode.

    Args:
        views: As the images will be prepared; see `choose_views`.
        image: As `tower` of `build_encoder`.
        text: A name for `weights.resolve`; not looked at when `text_tower` is given.
        text_levels: Hidden states of the text tower to read; what suits it when None.
        text_tower: A ready one, such as `text_scratch.text_from_scratch` gives.
        head: Settings of `Head` for images; `width` and `members` also hold for texts.
        text_head: Further settings of `Head` for texts.
        seed: Of every weight that is not pretrained.

    Raises:
        WeightsError: no such weights.
        ModelError: settings that do not fit together.
    """
    encoder, origins = build_encoder(
        views,
        tower=image,
        fusion=fusion,
        shared=shared,
        readout=readout,
        head=head,
        seed=seed,
        allow_download=allow_download,
    )
    if text_tower is None:
        source = resolve(text, allow_download=allow_download)
        text_tower = TextTower.load(source, levels=text_levels or _TEXT_LEVELS.get(text, (-1,)))
        origins = [*origins, source.to_dict()]
    config = JointSpaceConfig(
        encoder=encoder.config.to_dict(),
        text=text_tower.config.to_dict(),
        text_head=dict(text_head or {}),
        temperature=temperature,
        weights=origins,
    )
    with _seeded(seed + 1):  # not the encoder's draws again
        space = JointSpace(config, text_tower.tokenizer)
    space.image.load_state_dict(encoder.state_dict())
    space.text.load_state_dict(text_tower.state_dict())
    return space.eval()


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _tower(
    name: str, views: Mapping[str, View], *, channels: int, allow_download: bool
) -> tuple[dict[str, Any], Tower, list[dict[str, str]]]:
    volumes = {view.kind == "volume" for view in views.values()}
    if name in _FROM_SCRATCH:
        if len(volumes) > 1:
            raise ModelError("one kind of tower reads either volumes or planes, got views of both; use slices views")
        settings = {"kind": name, "channels": channels, "spatial_dims": 3 if volumes == {True} else 2}
        return settings, build_tower(settings), []
    if True in volumes:
        raise ModelError(
            f"the pretrained tower {name!r} reads planes, got volume views; use slices views, or 'vit' or 'cnn'"
        )
    source = resolve(name, allow_download=allow_download)
    settings, tower = PretrainedTower.load(source)
    return settings, tower, [source.to_dict()]
