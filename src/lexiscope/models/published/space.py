"""`PublishedSpace`: an image-text model that others published, with all that embedding as it does needs."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.core.errors import WeightsError
from lexiscope.models.build import seeded
from lexiscope.models.encoder import EncoderConfig
from lexiscope.models.joint import JointSpace, JointSpaceConfig
from lexiscope.models.published import LAYOUTS
from lexiscope.models.published.preparation import ImagePreparation
from lexiscope.models.published.settings_file import read_settings
from lexiscope.models.text import TextConfig
from lexiscope.models.towers.pretrained import PretrainedTower
from lexiscope.models.weights import WeightsSource, resolve
from lexiscope.views import View, choose_views

Projection: TypeAlias = Float[Tensor, "d f"]


@dataclass(frozen=True)
class ImageHalf:
    """Image half of a published model.

    Args:
        model: Image model of transformers.
        projection: From its vector to the shared space, without bias.
        preparation: Size, fit and colours of the images that it was trained on.
        statistic: Statistic of a `Readout` that gives its vector: "pooled", or "cls" where that is all of its pooling.
    """

    model: Any
    projection: Projection
    preparation: ImagePreparation
    statistic: str = "pooled"


@dataclass(frozen=True)
class TextHalf:
    """Text half of a published model.

    Args:
        model: Text model of transformers.
        projection: From its vector, or from what `hidden` makes of it, to the shared space, without bias.
        tokenizer: Its tokenizer, cutting at `max_tokens`.
        max_tokens: Longest text, in tokens.
        pooling: Pooling over tokens, see `TextConfig`.
        padded: Texts are filled up to `max_tokens`, see `TextConfig`.
        pad_token: Token to fill up with; None takes the model's own.
        hidden: First map of a projection in two steps, with a GELU between; None for one step.
    """

    model: Any
    projection: Projection
    tokenizer: Tokenizer
    max_tokens: int
    pooling: str = "own"
    padded: bool = False
    pad_token: int | None = None
    hidden: Float[Tensor, "h f"] | None = None

    @property
    def config(self) -> TextConfig:
        """Settings of a text tower that reads as this half does."""
        return TextConfig(
            model=self.model.config.to_dict(),
            max_tokens=self.max_tokens,
            pooling=self.pooling,
            padded=self.padded,
            pad_token=self.pad_token,
        )


@dataclass(frozen=True)
class PublishedSpace:
    """An image-text model that others published.

    Args:
        source: Where its weights come from.
        image: Its image half.
        text: Its text half.
        logit_scale: Logarithm of the factor of its similarities.
        logit_bias: Summand of its similarities; None where its loss has none.
        objective: Loss that it was trained with, a line of `training.objectives.OBJECTIVES`.
    """

    source: WeightsSource
    image: ImageHalf
    text: TextHalf
    logit_scale: float
    logit_bias: float | None = None
    objective: str = "clip"

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of `train align` that it brings along: its loss, and size and fit of its images."""
        return {"objective": self.objective, "size": self.image.preparation.size, "fit": self.image.preparation.fit}

    def views(self, corpus: Iterable[Case], **chosen: Any) -> dict[str, View]:
        """Views of a corpus whose images are prepared as the model's own were.

        Args:
            corpus: Cases of a corpus.
            chosen: Arguments of `choose_views` that go before the model's own, such as "modalities" or "size".

        Raises:
            ViewError: a modality that no case has, or a corpus without images.
        """
        own = {"size": self.image.preparation.size, "fit": self.image.preparation.fit}
        return choose_views(corpus, **{**own, **chosen}, intensity=self.image.preparation.intensity)

    def joint_space(self, views: Mapping[str, View]) -> JointSpace:
        """A joint space that embeds as the model does, in eval mode; all modalities share its image half.

        Volumes are read as slices: a case's vector is the mean over its slices and modalities.

        Args:
            views: View of each modality, as `views` gives them.

        Raises:
            WeightsError: views of whole volumes.
        """
        whole = next((name for name, view in views.items() if view.kind == "volume"), None)
        if whole is not None:
            msg = f"the published model {self.source.name!r} reads planes, got whole volumes of {whole}"
            raise WeightsError(f"{msg}; leave out the grid, and they are read as slices")
        intensity = self.image.preparation.intensity
        settings, _ = PretrainedTower.of(self.image.model, intensity, pooled=self.image.statistic == "pooled")
        encoder = EncoderConfig(
            modalities={name: view.shape[view.channel_axis] for name, view in views.items()},
            towers={"shared": settings},
            tower_of=dict.fromkeys(views, "shared"),
            readout={"levels": (-1,), "statistics": (self.image.statistic,)},
            head={"width": len(self.image.projection)},
        )
        config = JointSpaceConfig(
            encoder=encoder.to_dict(),
            text=self.text.config.to_dict(),
            text_head={} if self.text.hidden is None else {"kind": "mlp", "hidden": len(self.text.hidden)},
            temperature=math.exp(-self.logit_scale),
            weights=[self.source.to_dict()],
        )
        with seeded(0):  # every weight is overwritten; the generator of others must not move
            space = JointSpace(config, self.text.tokenizer)
        cast("PretrainedTower", space.image.towers[0]).model.load_state_dict(self.image.model.state_dict())
        space.text.model.load_state_dict(self.text.model.state_dict())
        for branch in space.image.branches:
            space.image.head(branch).set_linear(self.image.projection, self.image.projection.new_zeros(space.width))
        if self.text.hidden is None:
            space.text_head.set_linear(self.text.projection, self.text.projection.new_zeros(space.width))
        else:
            space.text_head.set_network(self.text.hidden, self.text.projection)
        if self.logit_bias is not None:
            space.logit_bias.data.fill_(self.logit_bias)
        return space.eval()


def load_published(name: str, *, allow_download: bool = False) -> PublishedSpace:
    """An image-text model by name: a directory in the layout of the hub, or a hub name.

    Args:
        name: Such as "openai/clip-vit-base-patch32".
        allow_download: Fetch a hub name from the network when it is nowhere on this machine.

    Raises:
        WeightsError: not found, damaged, or no image-text model of a known layout.
    """
    source = resolve(name, allow_download=allow_download)
    kind = _kind(source)
    if kind not in LAYOUTS:
        msg = f"expected an image-text model of one of the layouts {', '.join(LAYOUTS)}, got {name!r} of {kind!r}"
        raise WeightsError(f"{msg}; name another with --start, or a tower of it with --image")
    published: PublishedSpace = LAYOUTS.load(kind)(source)
    return published


def _kind(source: WeightsSource) -> str:
    if source.layout != "hub":
        return source.layout
    return str(read_settings(source.path / "config.json").get("model_type"))
