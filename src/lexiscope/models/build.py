"""`build_joint_space`: encoders and joint spaces by name, on pretrained or fresh towers, for the views of a corpus."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from lexiscope.core.errors import ModelError
from lexiscope.models.encoder import Encoder, EncoderConfig
from lexiscope.models.joint import JointSpace, JointSpaceConfig
from lexiscope.models.text import TextTower
from lexiscope.models.towers import Tower, build_tower, names_from_scratch
from lexiscope.models.towers.automatic import load_tower
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import resolve
from lexiscope.views import View

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
    tower_settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    allow_download: bool = False,
) -> tuple[Encoder, list[dict[str, str]]]:
    """An encoder for the modalities of `views`, and the origins of its pretrained weights.

    Args:
        views: View of each modality, as the images will be prepared.
        tower: "vit" or "cnn" from scratch (3-D for volume views), "auto" for the best pretrained one on this machine,
            or a name for `weights.resolve`.
        fusion: "early", "hybrid" or "late"; see `EncoderConfig`.
        shared: One tower for all modalities, or one each.
        readout: Settings of `Readout`; those that suit the tower when None.
        head: Settings of `Head`, less its inputs.
        tower_settings: Further settings of a tower from scratch (`towers`).
        seed: Seed of every weight that is not pretrained.
        allow_download: Fetch a hub name from the network when it is nowhere on this machine.

    Raises:
        WeightsError: no such weights.
        ModelError: views, tower and fusion do not fit together.
    """
    if not views:
        raise ModelError("an encoder needs views, got none; choose_views(corpus, size=224) makes them")
    modalities = {name: view.shape[view.channel_axis] for name, view in views.items()}
    shared = shared or fusion == "early"
    channels = sum(modalities.values()) if fusion == "early" else max(modalities.values())
    with seeded(seed):
        settings, weighted, origins = _tower(
            tower, views, channels=channels, more=tower_settings or {}, allow_download=allow_download
        )
    tower_of = {name: "shared" if shared else name for name in modalities}
    config = EncoderConfig(
        modalities=modalities,
        towers=dict.fromkeys(tower_of.values(), settings),
        tower_of=tower_of,
        fusion=fusion,
        readout=dict(readout or _own_readout(origins[0]["name"] if origins else tower, weighted)),
        head=_head(head),
    )
    with seeded(seed):
        encoder = Encoder(config)
    for copy in encoder.towers:
        copy.load_state_dict(weighted.state_dict())
    return encoder, origins


def in_own_colours(encoder: Encoder, views: Mapping[str, View]) -> dict[str, View]:
    """Views that standardise images as those were that the pretrained towers learned from; others as they are."""
    return {name: _in_colours_of(encoder.tower(name), view) for name, view in views.items()}


def renew_heads(
    encoder: Encoder,
    *,
    modalities: Sequence[str],
    fusion: str | None = None,
    readout: Mapping[str, Any] | None = None,
    head: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Encoder:
    """An encoder with the towers of another, and with new heads; its fusion is kept where nothing about it changes.

    Args:
        encoder: The encoder whose towers are kept.
        modalities: Modalities to keep, of those that `encoder` reads.
        fusion: Fusion of the new encoder; None keeps that of `encoder`.
        readout: Settings of `Readout`; None keeps that of a pretrained tower, and reads two levels of a tower from
            scratch, with halves.
        head: Settings of `Head`, less its inputs.
        seed: Seed of the new weights.

    Raises:
        ModelError: settings that do not fit the towers.
    """
    old = encoder.config
    tower_of = {name: old.tower_of[name] for name in modalities}
    config = EncoderConfig(
        modalities={name: old.modalities[name] for name in modalities},
        towers={name: old.towers[name] for name in sorted(set(tower_of.values()))},
        tower_of=tower_of,
        fusion=fusion or old.fusion,
        readout=dict(readout or _wide_readout(encoder)),
        head=_head(head),
        mixer=old.mixer,
    )
    with seeded(seed):
        renewed = Encoder(config)
    for name in modalities:
        renewed.tower(name).load_state_dict(encoder.tower(name).state_dict())
    if config.fusion == old.fusion and set(modalities) == set(old.modalities):
        _copy_fusion(encoder, renewed)
    return renewed


def build_joint_space(
    views: Mapping[str, View],
    *,
    image: str = "dinov2-small-focus",
    text: str = "sentence-transformers/all-MiniLM-L6-v2",
    fusion: str | None = None,
    shared: bool = True,
    readout: Mapping[str, Any] | None = None,
    head: Mapping[str, Any] | None = None,
    text_levels: Sequence[int] | None = None,
    text_head: Mapping[str, Any] | None = None,
    text_tower: TextTower | None = None,
    encoder: Encoder | None = None,
    origins: Sequence[Mapping[str, str]] = (),
    temperature: float = 0.07,
    seed: int = 0,
    allow_download: bool = False,
) -> JointSpace:
    """A joint space with towers by name and untrained heads, in eval mode.

    Args:
        views: View of each modality, as the images will be prepared; see `choose_views`.
        image: Image tower, as `tower` of `build_encoder`; ignored when `encoder` is given.
        text: A name for `weights.resolve`; ignored when `text_tower` is given.
        fusion: "early", "hybrid" or "late"; None keeps that of `encoder`, else late.
        shared: One tower for all modalities, or one each.
        readout: Settings of `Readout`; those that suit the tower when None.
        head: Settings of `Head` for images; `width` and `members` also hold for texts.
        text_levels: Hidden states of the text tower to read; those that suit it when None.
        text_head: Further settings of `Head` for texts.
        text_tower: A ready text tower, such as `text_scratch.text_from_scratch` or pretraining gives.
        encoder: A ready encoder, such as pretraining gives: its towers are kept, its heads are made anew.
        origins: Origins of the ready encoder's and text tower's weights, for the model card.
        temperature: Number that similarities are divided by at the start of training.
        seed: Seed of every weight that is not pretrained.
        allow_download: Fetch a hub name from the network when it is nowhere on this machine.

    Raises:
        WeightsError: no such weights.
        ModelError: settings that do not fit together.
    """
    weights = [dict(origin) for origin in origins]
    if encoder is None:
        encoder, found_weights = build_encoder(
            views,
            tower=image,
            fusion=fusion or "late",
            shared=shared,
            readout=readout,
            head=head,
            seed=seed,
            allow_download=allow_download,
        )
        weights += found_weights
    else:
        encoder = renew_heads(encoder, modalities=list(views), fusion=fusion, readout=readout, head=head, seed=seed)
    if text_tower is None:
        source = resolve(text, allow_download=allow_download)
        text_tower = TextTower.load(source, levels=text_levels or _TEXT_LEVELS.get(text, (-1,)))
        weights = [*weights, source.to_dict()]
    config = JointSpaceConfig(
        encoder=encoder.config.to_dict(),
        text=text_tower.config.to_dict(),
        text_head=dict(text_head or {}),
        temperature=temperature,
        weights=weights,
    )
    with seeded(seed + 1):  # not the encoder's draws again
        space = JointSpace(config, text_tower.tokenizer)
    space.image.load_state_dict(encoder.state_dict())
    space.text.load_state_dict(text_tower.state_dict())
    return space.eval()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw torch's random numbers from `seed` within the block, and leave its generator as it was before.

    Example:
        >>> with seeded(3):
        ...     first = torch.rand(1)
        >>> with seeded(3):
        ...     first.equal(torch.rand(1))
        True
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _tower(
    name: str, views: Mapping[str, View], *, channels: int, more: Mapping[str, Any], allow_download: bool
) -> tuple[dict[str, Any], Tower, list[dict[str, str]]]:
    volumes = {view.kind == "volume" for view in views.values()}
    if name in names_from_scratch():
        if len(volumes) > 1:
            raise ModelError("one kind of tower reads either volumes or planes, got views of both; use slices views")
        settings = {"kind": name, "channels": channels, "spatial_dims": 3 if volumes == {True} else 2, **more}
        return settings, _from_scratch(settings), []
    if more:
        raise ModelError(
            f"only towers from scratch ({', '.join(names_from_scratch())}) take settings, got {dict(more)}"
        )
    if True in volumes:
        raise ModelError(
            f"the pretrained tower {name!r} reads planes, got volume views; use slices views, or 'vit' or 'cnn'"
        )
    chosen = load_tower(name, allow_download=allow_download)
    return chosen.settings, chosen.tower, [chosen.origin]


def _in_colours_of(tower: Tower, view: View) -> View:
    if not isinstance(tower, PretrainedTower):
        return view
    return replace(view, intensity=replace(view.intensity, mean=tower.mean, std=tower.std))


def _head(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"width": 256, **(settings or {})}


def _own_readout(name: str, tower: Tower) -> dict[str, Any]:
    """The readout that suits a tower: chosen for some pretrained ones, else the means, with the class token if any."""
    return _READOUTS.get(name) or {"statistics": ("cls", "mean") if tower.prefix else ("mean",)}


def _copy_fusion(encoder: Encoder, renewed: Encoder) -> None:
    for old, new in ((encoder.mixer, renewed.mixer), (encoder.stack, renewed.stack)):
        if old is not None and new is not None:
            new.load_state_dict(old.state_dict())


def _wide_readout(encoder: Encoder) -> dict[str, Any]:
    """For linear maps on a small tower of one's own: more than the mean that it was trained through."""
    settings = next(iter(encoder.config.towers.values()))
    if settings["kind"] not in names_from_scratch():
        return dict(encoder.config.readout)
    tower = encoder.tower(encoder.modalities[0])
    halves = ("left", "right") if tower.spatial_dims == 2 else ()
    return {"levels": (-2, -1), "statistics": (*(["cls"] if tower.prefix else []), "mean", "std", "max", *halves)}


def _from_scratch(settings: dict[str, Any]) -> Tower:
    try:
        return build_tower(settings)
    except TypeError as error:
        msg = f"expected settings of the tower {settings['kind']!r}, got {settings}: {error}"
        raise ModelError(f"{msg}; see models/towers/{settings['kind']}.py") from error
