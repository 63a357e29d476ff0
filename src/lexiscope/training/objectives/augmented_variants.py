"""`encode_variants`: the two augmented variants of each case through the encoder, gathered over the processes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor

from lexiscope.models.encoder import Encoder
from lexiscope.training.objectives.gather import gather_rows


@dataclass(frozen=True)
class EncodedVariants:
    """Features of one branch of the encoder for n cases in v variants.

    Args:
        features: Features, zeros where the variant lacks the modality.
        present: Mask of the variants that have it.
    """

    features: Float[Tensor, "n v f"]
    present: Bool[Tensor, "n v"]


def encode_variants(encoder: Encoder, batch: Mapping[str, Any]) -> dict[str, EncodedVariants]:
    """Features of all variants of the global batch, per branch of the encoder.

    Args:
        encoder: The encoder.
        batch: Batch of `PretrainRows.batch`.
    """
    images, present = flat_variants(batch)
    features = encoder.features(images, present)
    variants = batch["present"][next(iter(batch["present"]))].shape[1]
    everywhere = next(iter(present.values())).new_ones(len(next(iter(present.values()))))
    return {
        name: gather_variants(rows, present.get(name, everywhere), variants=variants) for name, rows in features.items()
    }


def gather_variants(rows: Float[Tensor, "bv f"], present: Bool[Tensor, " bv"], *, variants: int) -> EncodedVariants:
    """Rows of all processes, cut into cases and variants."""
    everyone = gather_rows(rows.float().unflatten(0, (-1, variants)))  # (n, v, f)
    return EncodedVariants(everyone, gather_rows(present.long().unflatten(0, (-1, variants))).bool())


def flat_variants(batch: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Images and presence with cases and variants on one axis, as encoders take them."""
    images = {name: x.flatten(0, 1) for name, x in batch["images"].items()}
    return images, {name: present.flatten() for name, present in batch["present"].items()}
