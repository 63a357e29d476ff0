"""`ImageReadouts`: what a joint space's towers read from cases with some of their modalities taken away."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.case import Case
from lexiscope.core.files import sha256_json
from lexiscope.corpus import Corpus
from lexiscope.features.towers import Features, compute_features, feature_folder, fingerprint
from lexiscope.interpret.adapters.encoder_ablation import silence_units
from lexiscope.interpret.adapters.encoder_levels import encoder_levels, joined_levels
from lexiscope.interpret.adapters.encoder_saliency import encoder_attention, swapped_slices
from lexiscope.interpret.adapters.lower_blocks import lower_blocks_once
from lexiscope.interpret.adapters.read_once import read_once
from lexiscope.interpret.subject import Attention, Cases, Coalition, Level
from lexiscope.models.joint import JointSpace
from lexiscope.views import ImageBatch, View, ViewCache, load_batch

_AT_ONCE = 16
_CELLS = 1 << 12  # cases whose readouts are looked up together


@dataclass(frozen=True, slots=True)
class Readout:
    """Readouts of b cases.

    Args:
        features: Branch of the encoder -> `(b, f)`; what lies in a row without any modality means nothing.
        present: Modality -> `(b,)`, False where a case lacks it or it was taken away.
    """

    features: Mapping[str, Float[Tensor, "b f"]]
    present: Mapping[str, Bool[Tensor, " b"]]

    @property
    def known(self) -> Bool[Tensor, " b"]:
        """`(b,)`, False where no modality is left."""
        return torch.stack(list(self.present.values())).any(dim=0)


@dataclass(frozen=True)
class Noise:
    """Gaussian noise that is added to images.

    Args:
        variance: Of the noise, where the values of an image run from 0 to 1.
        seed: Seed; each image of each case has noise of its own.
    """

    variance: float
    seed: int

    def named(self, fingerprint: str) -> str:
        """Hash of a model that reads images with this noise."""
        return sha256_json([fingerprint, self.variance, self.seed])

    def added(self, x: Tensor, *, case: Case, modality: str) -> Tensor:
        """An image with noise."""
        key = hashlib.sha256(f"{self.seed} {modality} {case.id}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(key[:7], "big"))
        span = float(x.max() - x.min())
        noise = torch.randn(x.shape, generator=generator) * (span * self.variance**0.5)
        return (x.float() + noise).to(x.dtype)


class ImageReadouts:
    """Readouts of a corpus's cases under coalitions of their modalities.

    With late fusion a modality's readout does not depend on the others: it is computed once, kept beside the corpus as
    `compute_features` keeps it, and only chosen anew for each coalition. Early and hybrid fusion read every coalition.

    Args:
        joint: Joint space whose towers read.
        corpus: Corpus that holds the cases' files.
        views: View of each modality.
        mirror: Read every image with left and right exchanged.
        noise: Noise that is added to every image.
    """

    def __init__(
        self,
        joint: JointSpace,
        corpus: Corpus,
        views: Mapping[str, View],
        *,
        mirror: bool = False,
        noise: Noise | None = None,
    ) -> None:
        self.joint = joint
        self.corpus = corpus
        self.views = views
        self.mirror = mirror
        self.noise = noise
        self._kept: Features | None = None
        self._seen: set[str] = set()
        self._changes = -1
        self._blank: tuple[int, dict[str, Tensor]] | None = None
        self._changed = False  # units are silenced: what is kept on disk is not what the model says now

    @property
    def separate(self) -> bool:
        """True with late fusion, where each modality has a readout of its own."""
        return self.joint.image.branches == self.joint.image.modalities

    def mirrored(self) -> "ImageReadouts":
        """The same of images with left and right exchanged."""
        return ImageReadouts(self.joint, self.corpus, self.views, mirror=not self.mirror, noise=self.noise)

    def noisy(self, noise: Noise) -> "ImageReadouts":
        """The same of images with noise."""
        return ImageReadouts(self.joint, self.corpus, self.views, mirror=self.mirror, noise=noise)

    @torch.inference_mode()
    def under(
        self, cases: Sequence[Case], coalitions: Sequence[Coalition], donors: Sequence[Sequence[Case] | None]
    ) -> Iterator[Readout]:
        """Readouts under each coalition.

        Args:
            cases: Cases with or without images.
            coalitions: Inputs that are kept, and how others are taken away.
            donors: For each coalition, the case that stands in for each of the cases; None without any.
        """
        if not self.separate:
            for coalition, stand_ins in zip(coalitions, donors, strict=True):
                yield self._read_together(cases, coalition, stand_ins)
            return
        own = self._of_cases(cases)
        blank = self._of_blank() if any(coalition.removal == "zeros" for coalition in coalitions) else {}
        for coalition, stand_ins in zip(coalitions, donors, strict=True):
            others = self._of_cases(stand_ins) if coalition.removal == "marginal" and stand_ins is not None else None
            yield self._chosen(own, blank, others, coalition)

    def levels(self, cases: Sequence[Case]) -> dict[str, list[Level]]:
        """Branch -> its levels of cases, each with an image; see `encoder_levels`."""
        parts = [encoder_levels(self.joint.image, self.images(list(rows))) for rows in batched(cases, _AT_ONCE)]
        return {branch: joined_levels([part[branch] for part in parts]) for branch in parts[0]}

    def levels_folder(self, cases: Cases[Any]) -> Path | None:
        """Folder that levels of cases are kept in; None for images with noise, and while units are silenced."""
        if self._changed or self.noise is not None:
            return None
        views = {name: view.key for name, view in self.views.items()}
        made_by = {"levels": fingerprint(self.joint.image), "views": views, "version": cases.version}
        return feature_folder(self.corpus, made_by)

    @contextmanager
    def ablated(self, branch: str, level: str, units: Sequence[int]) -> Iterator[None]:
        """Within the context, channels of a level are zeros, and what was kept of the model as it is does not count.

        Raises:
            UsageError: no such branch or level.
        """
        before, self._changed = self._changed, True
        try:
            with silence_units(self.joint.image, branch, level, units):
                yield
        finally:
            self._changed = before

    def lower_once(self, level: str) -> AbstractContextManager[None]:
        """Within the context, what lies below a level of the towers is computed once for the same images."""
        return lower_blocks_once(self.joint.image, level)

    def vectors(self, cases: Sequence[Case]) -> Float32[np.ndarray, "b d"]:
        """Unit vectors of the images of cases; NaN for a case without any."""
        (readout,) = self.under(cases, [Coalition(frozenset(self.views))], [None])
        return self.embedded(readout)

    @torch.inference_mode()
    def embedded(self, readout: Readout) -> Float32[np.ndarray, "b d"]:
        """Unit vectors of readouts; NaN where no modality is left."""
        vectors = np.full((len(readout.known), self.joint.width), np.nan, dtype=np.float32)
        rows = readout.known
        if bool(rows.any()):
            features = {name: x[rows].to(self.joint.device) for name, x in readout.features.items()}
            present = {name: mask[rows].to(self.joint.device) for name, mask in readout.present.items()}
            vectors[rows.numpy()] = self.joint.project_images(features, present).float().cpu().numpy()
        return vectors

    @torch.inference_mode()
    def read(self, batch: ImageBatch) -> Readout:
        """Readouts of images that were prepared, a few at once; nothing is kept."""
        parts = [
            ImageBatch(
                {name: x[start : start + _AT_ONCE] for name, x in batch.images.items()},
                {name: mask[start : start + _AT_ONCE] for name, mask in batch.present.items()},
            )
            for start in range(0, len(next(iter(batch.present.values()))), _AT_ONCE)
        ]
        return _joined([self._read(part) for part in parts])

    def images(self, cases: Sequence[Case]) -> ImageBatch:
        """Images of cases as they enter the model, mirrored and disturbed where that was asked for."""
        batch = load_batch(self.corpus, cases, self.views, ViewCache(self.corpus.path / ".views"))
        images = dict(batch.images)
        if self.noise is not None:
            images = {name: self._disturbed(x, batch.present[name], cases, name) for name, x in images.items()}
        if self.mirror:
            images = {name: x.flip(-1) for name, x in images.items()}
        return replace(batch, images=images)

    def of_gradients(self, cases: Sequence[Case]) -> dict[str, Float[Tensor, "b ..."]]:
        """Modality -> images as they enter the model, slices behind the channels: `(b, c, s, y, x)`."""
        return self.of_model({name: x.float() for name, x in self.images(cases).images.items()})

    def of_model(self, images: Mapping[str, Tensor]) -> dict[str, Float[Tensor, "b ..."]]:
        """Images of `of_gradients` as the encoder takes them, slices in front of the channels; or the other way."""
        return swapped_slices(self.joint.image, images)

    def attention(self, images: Mapping[str, Tensor]) -> dict[str, Attention]:
        """Modality -> attention of its tower over images of `of_gradients`, where it is a transformer."""
        return encoder_attention(self.joint.image, self.of_model(images))

    @property
    def sliced(self) -> frozenset[str]:
        """Modalities whose images are slices, read one by one."""
        towers = {name: self.joint.image.tower(name) for name in self.views}
        return frozenset(name for name, view in self.views.items() if len(view.shape) > towers[name].spatial_dims + 1)

    def reading_once(self) -> AbstractContextManager[None]:
        """Within the context, a slice that was read before, without gradients, is not read again."""
        return read_once(self.joint.image.tower(name) for name in self.views)

    def _chosen(
        self, own: Readout, blank: Mapping[str, Tensor], others: Readout | None, coalition: Coalition
    ) -> Readout:
        features, present = dict(own.features), dict(own.present)
        for name in own.features:
            if name in coalition.kept:
                continue
            if coalition.removal == "zeros":
                features[name] = blank[name].expand_as(features[name])
            elif others is not None:
                features[name], present[name] = others.features[name], own.present[name] & others.present[name]
            else:
                present[name] = torch.zeros_like(present[name])
        return Readout(features, present)

    def _read_together(self, cases: Sequence[Case], coalition: Coalition, donors: Sequence[Case] | None) -> Readout:
        parts = []
        for rows in batched(range(len(cases)), _AT_ONCE):
            batch = self.images([cases[row] for row in rows])
            others = None if donors is None else self.images([donors[row] for row in rows])
            parts.append(self._read(shown_batch(batch, others, coalition)))
        return _joined(parts)

    def _of_cases(self, cases: Sequence[Case]) -> Readout:
        """Readout of each modality of some cases."""
        if self.noise is not None or self._changed:
            return _joined([self._read(self.images(list(rows))) for rows in batched(cases, _AT_ONCE)])
        changes = self._count_changes()
        if changes != self._changes:
            self._changes, self._kept, self._seen = changes, None, set()
        new = [case for case in cases if case.id not in self._seen]
        if new or self._kept is None:
            self._kept = compute_features(
                self.joint, self.corpus, cases=new, texts=(), views=self.views, mirror=self.mirror
            )
            self._seen |= {case.id for case in new}
        parts = [Readout(*self._kept.of_images(list(rows))) for rows in batched(cases, _CELLS)]
        return _joined(parts)

    def _of_blank(self) -> dict[str, Tensor]:
        """Readout of an image of zeros, `(1, f)`, for each modality; kept while the weights stay as they are."""
        changes = self._count_changes()
        if self._blank is not None and self._blank[0] == changes and not self._changed:
            return self._blank[1]
        images = {name: torch.zeros(1, *view.shape, dtype=torch.float16) for name, view in self.views.items()}
        present = {name: torch.tensor([True]) for name in images}
        made = dict(self._read(ImageBatch(images, present)).features)
        if not self._changed:
            self._blank = changes, made
        return made

    def _count_changes(self) -> int:
        """How often weights were changed in place, as torch counts it: others may have been put into the network."""
        return sum(weight._version for weight in self.joint.state_dict().values())

    def _read(self, batch: ImageBatch) -> Readout:
        """Features of a batch, some cases of which may have no image: these get zeros."""
        there = torch.stack(list(batch.present.values())).any(dim=0)
        moved = batch.to(self.joint.device)
        if bool(there.all()):
            features = self.joint.image_features(moved.images, moved.present)
            return Readout({name: x.float().cpu() for name, x in features.items()}, batch.present)
        # a blank row makes every branch run, and its readout as wide as it is
        rows = [*there.nonzero().flatten().tolist(), len(there)]
        extended = _with_blank(moved)
        read = self.joint.image_features(
            {name: x[rows] for name, x in extended.images.items()},
            {name: mask[rows] for name, mask in extended.present.items()},
        )
        features = {}
        for name, x in read.items():
            features[name] = torch.zeros(len(there), x.shape[1])
            features[name][there] = x[:-1].float().cpu()
        return Readout(features, batch.present)

    def _disturbed(self, x: Tensor, present: Tensor, cases: Sequence[Case], modality: str) -> Tensor:
        assert self.noise is not None
        made = x.clone()
        for row in present.nonzero().flatten().tolist():
            made[row] = self.noise.added(x[row], case=cases[row], modality=modality)
        return made


def with_missing(readout: Readout, blocks: Mapping[str, slice]) -> Float32[np.ndarray, "b f"]:
    """Features of all branches one after the other, NaN where a modality is missing, as probes take them.

    Args:
        readout: Readouts of cases.
        blocks: Branch -> its columns.
    """
    width = max(columns.stop for columns in blocks.values())
    rows = np.full((len(readout.known), width), np.nan, dtype=np.float32)
    for name, columns in blocks.items():
        there = readout.present.get(name, readout.known).numpy()
        rows[there, columns] = readout.features[name].numpy()[there]
    return rows


def shown_batch(batch: ImageBatch, donors: ImageBatch | None, coalition: Coalition) -> ImageBatch:
    """Images of a batch under a coalition; what a case lacks is not made up."""
    images, present = dict(batch.images), dict(batch.present)
    for name in images:
        if name in coalition.kept:
            continue
        if coalition.removal == "zeros":
            images[name] = torch.zeros_like(images[name])
        elif coalition.removal == "marginal" and donors is not None:
            images[name], present[name] = donors.images[name], present[name] & donors.present[name]
        else:
            present[name] = torch.zeros_like(present[name])
    return ImageBatch(images, present)


def _with_blank(batch: ImageBatch) -> ImageBatch:
    images = {name: torch.cat([x, torch.zeros_like(x[:1])]) for name, x in batch.images.items()}
    return ImageBatch(
        images, {name: torch.cat([mask, torch.ones_like(mask[:1])]) for name, mask in batch.present.items()}
    )


def _joined(parts: Sequence[Readout]) -> Readout:
    def cat(of: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
        return {name: torch.cat([one[name] for one in of]) for name in of[0]}

    return Readout(cat([part.features for part in parts]), cat([part.present for part in parts]))
