"""CoMM: every modality alone agrees with all of them together (https://arxiv.org/abs/2409.07402)."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lexiscope.models.encoder import Encoder
from lexiscope.models.fusion import HybridMixer
from lexiscope.training.objectives.augmented_variants import EncodedVariants, flat_variants, gather_variants
from lexiscope.training.objectives.gather import gather_rows
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.objectives.needs import Needs
from lexiscope.training.objectives.nt_xent import nt_xent
from lexiscope.training.objectives.projector import Projector

_MIXER = {"width": 192, "depth": 1, "heads": 8}  # one layer of eight heads, as in the paper
_ALL = "all"


class Comm(nn.Module):
    """n + 1 passes: each modality with the others hidden, and all of them; each finds all of them in the other variant.

    L = mean over e in {modality 1, ..., modality n, all} of ½ [NCE(z'_e, z''_all) + NCE(z''_e, z'_all)], with NCE the
    NT-Xent over both halves. Tokens of the modalities meet in one transformer layer: the encoder's own mixer with
    hybrid fusion; otherwise one that only pretraining knows, so that the towers learn and late fusion stays. Cases that
    lack a modality count in the passes of those they have.

    Args:
        temperature: τ of `nt_xent`; lower sharpens.
        width: Width of the projector.
    """

    needs: ClassVar[Needs] = Needs(
        images="two modalities or more, any missing",
        batch="8 cases or more, of several groups",
        chance="mean of ln(candidates)",
    )
    options: ClassVar[tuple[str, ...]] = ("temperature", "width")
    variants: ClassVar[int] = 2
    tower: ClassVar[tuple[str, Mapping[str, Any]]] = ("cnn", {"stages": (16, 32, 64, 128, 256)})
    modality_dropout: ClassVar[float] = 0.0  # the passes themselves hide modalities

    def __init__(self, encoder: Encoder, *, temperature: float = 0.1, width: int = 256) -> None:
        super().__init__()
        self.encoder = encoder
        self.temperature = temperature
        self.own_mixer = None
        if encoder.mixer is None:
            self.own_mixer = HybridMixer({name: encoder.place_width(name) for name in encoder.modalities}, **_MIXER)
        self.projector = Projector(self._mixer.width, width)

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """One loss a pass over the global batch, already divided by their number.

        Args:
            batch: Batch of `PretrainRows.batch`.
        """
        images, present = flat_variants(batch)
        tokens = self.encoder.places(images, present)
        everything = self._pass(tokens, present)
        alone = {name: self._pass({name: tokens[name]}, {name: present[name]}) for name in tokens}
        group = gather_rows(batch["group"])
        passes = {_ALL: everything, **alone}
        losses = {
            name: self._loss(seen, everything, group)
            for name, seen in passes.items()
            if int(seen.present.all(dim=1).sum()) > 1
        }
        return {name: Loss(loss.value / len(losses), loss.chance / len(losses)) for name, loss in losses.items()}

    @property
    def _mixer(self) -> HybridMixer:
        return cast("HybridMixer", self.own_mixer or self.encoder.mixer)

    def _pass(self, tokens: Mapping[str, Tensor], present: Mapping[str, Bool[Tensor, " bv"]]) -> EncodedVariants:
        """Summary of the modalities that are not hidden, projected by the rows of all processes."""
        levels, _ = self._mixer(tokens, present)
        any_present = torch.stack([present[name] for name in tokens]).any(dim=0)  # (bv,)
        seen = gather_variants(levels[-1][:, 0], any_present, variants=2)
        return EncodedVariants(self.projector.of_some(seen.features, seen.present), seen.present)

    def _loss(self, seen: EncodedVariants, everything: EncodedVariants, group: Tensor) -> Loss:
        both = seen.present.all(dim=1)  # (n,); such a case has everything in both variants too
        mine, whole, group = seen.features[both], everything.features[both], group[both]
        forth = self._find(mine[:, 0], whole[:, 1], group)
        back = self._find(mine[:, 1], whole[:, 0], group)
        return Loss((forth.value + back.value) / 2, (forth.chance + back.chance) / 2)

    def _find(self, a: Float[Tensor, "n d"], b: Float[Tensor, "n d"], group: Tensor) -> Loss:
        return nt_xent(a, b, temperature=self.temperature, group=group)
