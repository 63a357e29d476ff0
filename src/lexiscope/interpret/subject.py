"""What interpretation asks of a trained model and of its cases; adapters in `interpret.adapters` give it.

A model's *inputs* are what can be left out of a case: its modalities by name, and "text" and "attributes" where it
reads them. A *branch* is where features live: a modality, or "fused" behind the place where modalities meet.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, Self, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

FUSED = "fused"
TEXT = "text"
ATTRIBUTES = "attributes"

Removal: TypeAlias = Literal["missing", "zeros", "marginal"]
"""How an input is taken away: the model's own way of doing without, zeros in its place, or that of another case."""

ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class Cases(Generic[ItemT]):
    """Cases that a model is interpreted on, in a fixed order.

    Args:
        items: What the model's adapter reads: a case of a corpus, a slice of one, a question, a row of arrays.
        ids: Names of the items, each once.
        groups: Patient, paper or specimen of each item.
        present: Input -> `(n,)`, False where the item lacks it.
        classes: Names of the outcomes that are told apart; empty where outcomes have a score alone.
        truth: `(n,)` numbers of the true classes; None where there are none.
        version: Hash of the data.
        split: Split of the corpus that they are.
        drawn: Where they were drawn from more of them, how many, from how many and with which seed, in words.
    """

    items: Sequence[ItemT]
    ids: Sequence[str]
    groups: Sequence[str]
    present: Mapping[str, Bool[np.ndarray, " n"]]
    classes: tuple[str, ...] = ()
    truth: Int64[np.ndarray, " n"] | None = None
    version: str = ""
    split: str = ""
    drawn: str = ""

    def __len__(self) -> int:
        return len(self.items)

    def take(self, rows: Sequence[int] | Int64[np.ndarray, " m"]) -> Self:
        """These rows alone, in their order."""
        numbers = [int(row) for row in rows]
        return replace(
            self,
            items=[self.items[row] for row in numbers],
            ids=[self.ids[row] for row in numbers],
            groups=[self.groups[row] for row in numbers],
            present={name: mask[numbers] for name, mask in self.present.items()},
            truth=None if self.truth is None else self.truth[numbers],
        )


@dataclass(frozen=True, slots=True)
class Level:
    """Features of b cases after one stage of one branch.

    Args:
        name: Name of the stage, such as "block 3"; the same in every branch of one kind.
        values: `(b, places, d)`; zeros where the branch is missing.
        grid: Sides of the places in (z, y, x) or (y, x), whose product is their number; None where they have none.
        present: `(b,)`, False where the branch is missing.
    """

    name: str
    values: Float[Tensor, "b p d"]
    grid: tuple[int, ...] | None
    present: Bool[Tensor, " b"]


@dataclass(frozen=True, slots=True)
class Coalition:
    """Which inputs a model may use, and what becomes of the others.

    Args:
        kept: Inputs that stay.
        removal: How the others are taken away.
        donors: For "marginal", the cases whose inputs stand in, one for each case that is asked about.
    """

    kept: frozenset[str]
    removal: Removal = "missing"
    donors: Cases[Any] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model says of b cases.

    Args:
        score: How good each answer is, higher is better: the probability of the true class, DSC, one over a rank.
        probabilities: `(b, k)` over `Cases.classes`; None where the model gives none.
        confidence: How sure the model is of each answer, without knowing the truth, such as the mean probability within
            a mask; None where it says nothing of the kind beside its probabilities.
        correct: 1 where the answer is right, 0 where it is wrong, between them where a draw decides; None where
            probabilities tell, or where answers are better or worse and not right or wrong.
    """

    score: Float[np.ndarray, " b"]
    probabilities: Float[np.ndarray, "b k"] | None = None
    confidence: Float[np.ndarray, " b"] | None = None
    correct: Float[np.ndarray, " b"] | None = None


@dataclass(frozen=True, slots=True)
class HiddenParts:
    """Parts of one case that a model may not see.

    Args:
        words: Places of words in the text, from 0.
        patches: Places in the model's grid of patches, last axis fastest, from 0.
    """

    words: frozenset[int] = frozenset()
    patches: frozenset[int] = frozenset()


@runtime_checkable
class Subject(Protocol):
    """A trained model that can be asked with some of its inputs taken away.

    Attributes:
        name: What it is, in words.
        fingerprint: Hash of its weights and settings.
        inputs: All that can be taken away, in a fixed order.
        fusion: "early", "hybrid" or "late"; None where it has no such place.
        score: What `Outcome.score` is, in words, such as "DSC".
    """

    name: str
    fingerprint: str
    inputs: tuple[str, ...]
    fusion: str | None
    score: str

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """What it says of cases under each coalition; whatever coalitions share is computed once.

        An input that a case lacks is not made up by keeping it. Where nothing is left, or nothing that the case has,
        the outcome is what the model would say knowing nothing: the share of each class in training, an empty mask.
        """
        ...


@runtime_checkable
class Asked(Protocol):
    """What can be asked for outcomes."""

    def outcomes(self, cases: Cases[Any], coalitions: Sequence[Coalition]) -> list[Outcome]:
        """As of a `Subject`."""
        ...


@runtime_checkable
class AskedInTurn(Protocol):
    """A model that is asked for one thing after the other, and reads a case once for all of them."""

    def in_turn(self, cases: Cases[Any]) -> Asked:
        """The same as it is, to be asked about these cases after those whose turn was named before.

        It may answer ahead for those that come later; units silenced and other weights are none of its business.
        """
        ...


@runtime_checkable
class ShowsLevels(Protocol):
    """A model whose features can be read, branch by branch."""

    fingerprint: str

    def levels(self, cases: Cases[Any]) -> Mapping[str, Sequence[Level]]:
        """Branch -> its levels from the first to the last; "fused" where modalities have met."""
        ...


@runtime_checkable
class KeepsLevels(Protocol):
    """A model whose levels of the cases of a corpus may be kept beside it."""

    def levels_folder(self, cases: Cases[Any]) -> Path | None:
        """Folder of its own for the levels of cases, named by model and data; None while units are silenced."""
        ...


@runtime_checkable
class Ablates(Protocol):
    """A model whose units can be silenced."""

    def ablated(self, branch: str, level: str, units: Sequence[int]) -> AbstractContextManager[None]:
        """Within the context, these channels of a level are zeros wherever the model computes it."""
        ...


@runtime_checkable
class SharesLower(Protocol):
    """A model that need not compute anew what lies below a silenced level."""

    def lower_once(self, level: str) -> AbstractContextManager[None]:
        """Within the context, what lies below a level of the modalities is computed once for the same images.

        No unit below it may be silenced within the context.
        """
        ...


@runtime_checkable
class KnowsConcepts(Protocol):
    """A model whose cases say where things are."""

    def concepts(self, cases: Cases[Any], grid: tuple[int, ...]) -> Mapping[str, Float[np.ndarray, "b p"]]:
        """Concept -> the share of each place of a grid that it covers; NaN in cases where nobody looked for it."""
        ...


@runtime_checkable
class HoldsNetwork(Protocol):
    """A model whose weights can be shuffled for a while, to see whether a map of it depends on them."""

    @property
    def network(self) -> nn.Module:
        """The module that computes its outcome."""
        ...


@dataclass(frozen=True, slots=True)
class Attention:
    """Attention of a transformer over the images of one modality.

    Args:
        layers: `(b, heads, tokens, tokens)` of each layer, from the first to the last; rows sum to one.
        prefix: Tokens in front of the patches, such as a class token.
        grid: Sides of the patches, whose product is the number of the other tokens.
        slices: Slices of a case that are read one by one, its b rows following each other; None for whole images.
        covered: Shares of the sides of the grid that the image covers, from its first corner on; what lies beyond was
            added to the image so that the tower can read it.
    """

    layers: Sequence[Float[Tensor, "b h t t"]]
    prefix: int
    grid: tuple[int, ...]
    slices: int | None = None
    covered: tuple[float, ...] = ()


@runtime_checkable
class Attends(Protocol):
    """A model that reads images with transformers."""

    def attention(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Mapping[str, Attention]:
        """Modality -> attention of its tower over these images; modalities that are read otherwise are left out."""
        ...


@runtime_checkable
class ShowsImages(Protocol):
    """A model whose images can be shown as it reads them."""

    def images(self, cases: Cases[Any]) -> Mapping[str, Float[Tensor, "b ..."]]:
        """Modality -> images as they enter the model, `(b, c, ...)`."""
        ...


@runtime_checkable
class Differentiates(ShowsImages, Protocol):
    """A model whose outcome has gradients with respect to its images."""

    def score_of(self, cases: Cases[Any], images: Mapping[str, Tensor]) -> Float[Tensor, " b"]:
        """The logit of what is asked about, of these images in place of the cases' own; with its graph."""
        ...


@runtime_checkable
class ReadsSlices(Protocol):
    """A model that `Differentiates` and reads the slices of images one by one, `(b, c, s, y, x)` with any s from 1."""

    @property
    def sliced(self) -> frozenset[str]:
        """Modalities that are read so."""
        ...

    def reading_once(self) -> AbstractContextManager[None]:
        """Within the context, a slice that was read before, without gradients, is not read again."""
        ...


@runtime_checkable
class LearnsLabelsAnew(Protocol):
    """A model whose labels are learned in a moment by what stands behind frozen features, and can be learned again."""

    def on_shuffled_labels(self, *, seed: int) -> Differentiates:
        """The same model, its labels learned anew from those of other groups."""
        ...


@runtime_checkable
class MasksParts(Protocol):
    """A model that can be asked about a case with some of its words and some patches of its images hidden.

    Attributes:
        patch_grid: Patches along the axes of an image.
        parts_score: What `without_parts` gives, in words.
    """

    patch_grid: tuple[int, ...]
    parts_score: str

    def words(self, case: Cases[Any]) -> tuple[str, ...]:
        """Words of the text of a single case, which can be hidden one by one."""
        ...

    def without_parts(self, case: Cases[Any], hidden: Sequence[HiddenParts]) -> Float[np.ndarray, " h"]:
        """Score of a single case with each of these parts hidden, higher is better."""
        ...


@runtime_checkable
class TakesNoise(Protocol):
    """A model whose images can be disturbed before it reads them."""

    def with_noise(self, variance: float, *, seed: int) -> Subject:
        """The same model, reading images to which Gaussian noise was added.

        Args:
            variance: Of the noise, where the values of an image run from 0 to 1.
            seed: Seed of the noise; a case gets the same noise whatever cases are asked about beside it.
        """
        ...


@runtime_checkable
class HoldsOut(Protocol):
    """A model with cases that it neither learned from nor is interpreted on, to be calibrated on."""

    def held_out(self) -> Cases[Any] | None:
        """Cases of the split "val" of the corpus that it was opened on; None where there are none."""
        ...


@runtime_checkable
class JointlyEmbeds(Protocol):
    """A model that puts words and images into one space, where a dot product is a cosine."""

    def text_vectors(self, texts: Sequence[str]) -> Float[np.ndarray, "n d"]:
        """Unit vector of each text."""
        ...

    def image_vectors(self, cases: Cases[Any]) -> Float[np.ndarray, "b d"]:
        """Unit vector of the images of each case; NaN for a case without an image that the model reads."""
        ...


@runtime_checkable
class KeepsEpochs(Protocol):
    """A model that can be looked at as it was while it trained."""

    def epochs(self) -> Mapping[int, Callable[[], AbstractContextManager[Any]]]:
        """Epoch -> opens the model with the weights that it had after it, 0 the start; empty where none were kept.

        One epoch is open at a time, and has a fingerprint of its own.
        """
        ...
