"""`Readouts`: features of cases from a model's image towers, before any head, and their embeddings."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from lexiscope.core.case import Case
from lexiscope.core.errors import UsageError
from lexiscope.core.progress import Progress
from lexiscope.corpus import Corpus
from lexiscope.features.branches import branch_features
from lexiscope.models.joint import JointSpace
from lexiscope.views import ImageBatch, View


class Readouts:
    """Read images with an aligned model: each once for the probe (features) and for the prompts (embedding).

    Args:
        joint: Joint space of the model.
        views: Views of the model, by modality.
        mirror: Show it every image with left and right exchanged.
    """

    def __init__(self, joint: JointSpace, views: Mapping[str, View], *, mirror: bool = False) -> None:
        self.joint = joint
        self.views = views
        self.mirror = mirror

    def without(self, modality: str) -> "Readouts":
        """Readouts of the model where one modality is missing in every case."""
        fewer = {name: view for name, view in self.views.items() if name != modality}
        return Readouts(self.joint, fewer, mirror=self.mirror)

    def mirrored(self) -> "Readouts":
        """Readouts of the model with left and right of every image exchanged."""
        return Readouts(self.joint, self.views, mirror=not self.mirror)

    @property
    def blocks(self) -> dict[str, slice]:
        """Branch -> its columns of the features: the modalities with late fusion, else "fused"."""
        branches = self.joint.image.branches
        widths = [self.joint.image.head(branch).mean.numel() for branch in branches]
        ends = list(accumulate(widths))
        return {name: slice(end - width, end) for name, width, end in zip(branches, widths, ends, strict=True)}

    @torch.inference_mode()
    def of_cases(
        self, corpus: Corpus, cases: Sequence[Case], *, progress: Progress | None = None
    ) -> tuple[Float32[np.ndarray, "n f"], Float32[np.ndarray, "n d"]]:
        """Features, all branches one after the other with NaN for a missing modality, and unit embeddings.

        With late fusion the features are kept beside the corpus, so a case that was trained on is not read again.

        Raises:
            UsageError: a case without any image that the model reads.
        """
        bare = next((case.id for case in cases if not self.views.keys() & case.images.keys()), None)
        if bare is not None:
            names = ", ".join(sorted(self.views))
            raise UsageError(f"case {bare} has no image of {names}, which the model reads; leave it out")
        if not cases:
            return np.empty((0, self._width), np.float32), np.empty((0, self.joint.width), np.float32)
        return self._both(
            *branch_features(self.joint, corpus, cases, views=self.views, mirror=self.mirror, progress=progress)
        )

    @torch.inference_mode()
    def of_batch(self, batch: ImageBatch) -> tuple[Float32[np.ndarray, "b f"], Float32[np.ndarray, "b d"]]:
        """Features and embeddings of images that are read already, whether or not they belong to a corpus."""
        batch = batch.to(self.joint.device)
        images = {name: x.flip(-1) for name, x in batch.images.items()} if self.mirror else batch.images
        return self._both(self.joint.image_features(images, batch.present), batch.present)

    @torch.inference_mode()
    def of_blank_image(self) -> tuple[Float32[np.ndarray, "1 f"], Float32[np.ndarray, "1 d"]]:
        """Features and embedding of a blank image of every modality: the no-image baseline."""
        images = {name: torch.zeros(1, *view.shape, dtype=torch.float16) for name, view in self.views.items()}
        return self.of_batch(ImageBatch(images, {name: torch.tensor([True]) for name in self.views}))

    @property
    def _width(self) -> int:
        return max(columns.stop for columns in self.blocks.values())

    def _both(self, features: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> tuple[np.ndarray, np.ndarray]:
        device = self.joint.device
        moved = {name: x.to(device) for name, x in features.items()}
        rows = {name: mask.to(device) for name, mask in present.items()}
        unit = self.joint.project_images(moved, rows)
        known = unit.new_full((len(unit), self._width), torch.nan)
        for name, columns in self.blocks.items():
            if name in moved:
                known[:, columns] = moved[name]
            if name in moved and name in rows:
                known[~rows[name], columns] = torch.nan
        return known.float().cpu().numpy(), unit.float().cpu().numpy()
