"""`Delineator`: masks of the structures that sentences name; `segment` for one input."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from lexiscope.core.errors import UsageError
from lexiscope.core.prediction import OutOfDistribution, Prediction
from lexiscope.core.progress import Progress
from lexiscope.core.settings import Deployment, Settings
from lexiscope.tasks.segment.delineate_request import DelineateRequest, Form, Writer
from lexiscope.tasks.task import Task, require_input

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from lexiscope.corpus import Corpus
    from lexiscope.models.directory import ModelDirectory
    from lexiscope.models.parts.segmenter import SegmenterContent
    from lexiscope.models.segmenter.case_masks import CaseMasks
    from lexiscope.tasks.segment.found_mask import FoundMask
    from lexiscope.tasks.segment.pointing import Pointing
    from lexiscope.tasks.segment.voxel_input import VoxelInput
    from lexiscope.views.case_grid import PreparedCase


class DelineatorSettings(Settings):
    """Settings of a segmenter that is held open.

    Args:
        overlap: Share of a window's side that the next window overlaps.
        batch: Windows that are computed at once.
    """

    overlap: float = Field(default=0.5, ge=0, lt=1)
    batch: Annotated[int, Deployment(), Field(ge=1)] = 8


def segment(
    model: "ModelDirectory | Path | str",
    image: Path | str,
    *,
    instruction: Sequence[str] | str = (),
    structure: Sequence[str] | str = (),
    instruction_writer: Writer = "label-name",
    out: Path | None = None,
    written_as: Form | None = None,
    uncertainty: bool = False,
    box: Sequence[Sequence[int] | str] = (),
    point: Sequence[Sequence[int] | str] = (),
    corpus: "Corpus | Path | str | None" = None,
    modality: str | None = None,
    overlap: float = 0.5,
    progress: Progress | None = None,
) -> list[Prediction]:
    """Find structures in an image and outline them.

    Args:
        model: A model directory with a segmenter.
        image: An image file; a folder with one image file for each modality, named after it; DICOM files of one study;
            or, with `corpus`, the id of a case.
        instruction: Sentences that say what to outline, one mask each.
        structure: Names of structures that the model learned; all of them when nothing is asked for.
        instruction_writer: Who asks for a structure that is named: "label-name", with the name alone, or "measured",
            with sentences about its place, size and look that are measured in the image that came.
        out: Folder to write the masks into.
        written_as: Form of the files: "nifti", or for DICOM "dicom-seg" (a segmentation for each sentence) or
            "dicom-labelmap" (one of all); the form of the input when None.
        uncertainty: Also write a map of how unsure each voxel is.
        box: (z0, y0, x0, z1, y1, x1), of planes (y0, x0, y1, x1), in voxels of the file, the end not included: parts of
            masks that lie elsewhere are left out.
        point: (z, y, x), of planes (y, x): likewise, parts that do not hold it.
        corpus: The corpus that holds the case.
        modality: What an image file or a DICOM series shows, when the model reads several modalities.
        overlap: Share of a window's side that the next window overlaps.
        progress: Called with the windows that the model has read, then with the masks that are made of them.

    Returns:
        One Prediction. Its value is {"masks": [...], "notes": [...]}: a `FoundMask` for each sentence, and what one
        should know before trusting them, in words.

    Raises:
        UsageError: an input that fits no modality, an empty sentence, a structure that was not learned or whose look
            was not, or a box or a point outside of the image.
        SourceError: an image file that cannot be read.
        ViewError: images that cannot be laid over each other.
        ModelError: no segmenter.
    """
    asked = {
        "instruction": instruction,
        "structure": structure,
        "instruction_writer": instruction_writer,
        "out": out,
        "written_as": written_as,
        "uncertainty": uncertainty,
        "box": box,
        "point": point,
    }
    request, settings = DelineateRequest.of(asked), DelineatorSettings.of({"overlap": overlap})
    given = Delineator.read(model, image, corpus=corpus, modality=modality)
    with Delineator.open(model, settings, progress=progress) as delineator:
        return [delineator.predict(given, request, progress=progress)]


class Delineator(Task[DelineatorSettings, DelineateRequest]):
    """Outline structures in an image by a sentence: a mask for each, with its size, side and score."""

    name: ClassVar[str] = "segment"
    part: ClassVar[str] = "segmenter"
    Settings = DelineatorSettings
    Request = DelineateRequest
    reads_image: ClassVar[bool] = True

    def __init__(self, model: "ModelDirectory", content: "SegmenterContent", settings: DelineatorSettings) -> None:
        from lexiscope.tasks.segment.known_sentences import KnownSentences

        self.model = model
        self.content = content
        self.settings = settings
        self.known = KnownSentences.of(content)
        self._lock = Lock()

    @classmethod
    def read(
        cls,
        model: "ModelDirectory | Path | str",
        image: Path | str,
        *,
        corpus: "Corpus | Path | str | None" = None,
        modality: str | None = None,
    ) -> "VoxelInput":
        """Read an input with its place in space, on the grid that the segmenter was trained on."""
        from lexiscope.models.directory import ModelDirectory
        from lexiscope.models.parts.segmenter import load_grid
        from lexiscope.tasks.segment.voxel_input import read_voxel_input

        grid = load_grid(ModelDirectory.of(model).part(cls.part))
        return read_voxel_input(image, grid=grid, corpus=corpus, modality=modality)

    @classmethod
    def open(
        cls,
        model: "ModelDirectory | Path | str",
        settings: DelineatorSettings | None = None,
        *,
        progress: Progress | None = None,  # noqa: ARG003 - one file is loaded, in a moment
    ) -> "Delineator":
        """Load the segmenter.

        Raises:
            ModelError: there is none; the message holds the command that makes it.
        """
        from lexiscope.models.directory import ModelDirectory

        directory = ModelDirectory.of(model)
        return cls(directory, directory.load(cls.part), settings or DelineatorSettings())

    def predict(self, given: Any, request: DelineateRequest, *, progress: Progress | None = None) -> Prediction:
        """Masks of what is asked for in one input; see `lexiscope.segment` for their form and for `progress`.

        Raises:
            UsageError: no input, a structure that was not learned, a box or a point outside of the image, or files in
                a form that the input does not have.
            MissingExtraError: DICOM to write without highdicom.
        """
        from lexiscope.tasks.segment.mask_files import write_masks
        from lexiscope.tasks.segment.mask_form import MaskForm
        from lexiscope.tasks.segment.notes import notes_of
        from lexiscope.tasks.segment.pointing import Pointing

        given = require_input(given, self)
        sentences, about = self._sentences(request, given)
        form = None if request.out is None else MaskForm.of(given, request.written_as)
        pointing = Pointing.of(request.box, request.point, given.file_shape)
        with self._lock:
            unsure = request.uncertainty and form is not None
            found = self.delineate(
                given, sentences, about=about, uncertainty=unsure, pointing=pointing, progress=progress
            )
            far = self._out_of_distribution(given)
        masks = [one for one, _ in found]
        if form is not None and request.out is not None:
            version = self.model.fingerprint_of(self.part)[:16] if form.series is not None else ""
            model = (self.model.path.resolve().name, version)
            masks = write_masks(found, given.stored, request.out, form=form, model=model)
        notes = notes_of(masks, given, self.content.grid, learned=tuple(self.content.structures))
        if form is None and (request.uncertainty or request.written_as is not None):
            notes.append("nothing was written, no map of uncertainty either: name a folder for the files with --out")
        value = {"masks": masks, "notes": notes}
        return Prediction(self.name, given.name, value, score=max(one.score for one in masks), out_of_distribution=far)

    def _out_of_distribution(self, given: "VoxelInput") -> OutOfDistribution | None:
        """How unlike the training the images are, by what the network makes of a few windows."""
        from lexiscope.models.segmenter.case_features import case_features

        ood, segmenter = self.content.ood, self.content.segmenter
        if ood is None:
            return None
        return ood.judge(case_features(segmenter, given.prepared.images, window=self.content.window))

    def delineate(
        self,
        given: "VoxelInput",
        sentences: Sequence[str],
        *,
        about: Mapping[str, str] | None = None,
        uncertainty: bool = False,
        pointing: "Pointing | None" = None,
        progress: Progress | None = None,
    ) -> "list[tuple[FoundMask, np.ndarray | None]]":
        """A mask for each sentence, on the grid of the input, and an uncertainty map where it is wanted.

        Args:
            given: Input.
            sentences: Sentences to follow.
            about: Sentence -> structure that it was written about; others are taken for the structure whose wording is
                nearest.
            uncertainty: Give maps, entropy in 0 to 255.
            pointing: Boxes and points that masks are confined to. Who points has seen something there: the presence
                score then empties no mask.
            progress: Called with the windows that were read, then with the masks that are made of them.
        """
        import torch

        from lexiscope.tasks.segment.found_mask import FoundMask
        from lexiscope.tasks.segment.known_sentences import FAR

        asked = self.known.read(sentences, about)
        read = self.probabilities(given.prepared, torch.stack([one.asked for one in asked]), progress=progress)
        found, masks = [], []
        for words, (probability, presence) in zip(asked, read, strict=True):
            sentence, nearest, distance = words.text, self.known.nearest(words.asked)[0], self.known.distance(words)
            known = (about or {}).get(sentence)
            structure = known or nearest
            said = (probability, presence, structure)
            if pointing is None:
                (mask, score), lowered = self.outlined(*said), False
            else:
                mask, score, lowered = self._pointed(*said, given=given, pointing=pointing)
            masks.append(mask)
            one = FoundMask(
                sentence,
                structure if known or distance <= FAR else None,
                mask,
                bool(mask.any()),
                score,
                given.spacing,
                given.unit,
                sided=bool(mask.any()) and given.sided,
                distance=distance,
                lowered=lowered,
                read_as=words.wording,
            )
            found.append((one, _entropy(probability) if uncertainty else None))
            if progress is not None:
                progress(len(found), len(sentences), "masks")
        return [(_with_overlaps(one, masks, sentences, number), maps) for number, (one, maps) in enumerate(found)]

    def probabilities(
        self, prepared: "PreparedCase", vectors: "Tensor", *, progress: Progress | None = None
    ) -> "Iterator[tuple[np.ndarray, float]]":
        """What the network says of one prepared case, sentence by sentence, before any threshold.

        Args:
            prepared: Images on the model's grid.
            vectors: Vectors of k sentences, `(k, d)`.
            progress: Called with the windows that were read.

        Yields:
            As `restored`.
        """
        from lexiscope.models.segmenter.windows import segment_case

        read = segment_case(
            self.content.segmenter,
            prepared.images,
            vectors,
            window=self.content.window,
            overlap=self.settings.overlap,
            batch=self.settings.batch,
            mirrors=self.content.mirrors,
            placeless=self.known.placeless(vectors),
            progress=progress,
        )
        yield from self.restored(read, prepared)

    def restored(self, read: "CaseMasks", prepared: "PreparedCase") -> "Iterator[tuple[np.ndarray, float]]":
        """For each sentence its probability `(z, y, x)` on the grid that the case came from, and its presence.

        All sentences together are held in 8 bit alone: be done with one before the next is asked for.
        """
        for number, presence in enumerate(read.presence.tolist()):
            restored = self.content.grid.restore(read.probability(number)[None], prepared.grid)
            yield restored[0].numpy(), presence

    def outlined(self, probability: "np.ndarray", presence: float, structure: str) -> "tuple[np.ndarray, float]":
        """Mask and score of one sentence by the threshold and the presence that were chosen for a structure."""
        from lexiscope.models.segmenter.windows import presence_score

        learned = self.content.structures[structure]
        mask = probability > learned.threshold
        score = presence_score(probability, mask, presence)
        return mask & (score >= learned.presence), score

    def _pointed(
        self, probability: "np.ndarray", presence: float, structure: str, *, given: "VoxelInput", pointing: "Pointing"
    ) -> "tuple[np.ndarray, float, bool]":
        """Mask, score, and whether the threshold was lowered, of what boxes and points confine."""
        from lexiscope.models.segmenter.windows import presence_score

        stored = given.stored.in_file_order(probability)
        chosen, lowered = pointing.choose(stored, self.content.structures[structure].threshold)
        mask = given.stored.as_read(chosen)
        return mask, presence_score(probability, mask, presence), lowered

    def _sentences(self, request: DelineateRequest, given: "VoxelInput") -> tuple[list[str], dict[str, str]]:
        """What is asked, and which of it was written about which structure."""
        unknown = [name for name in request.structure if name not in self.content.structures]
        if unknown:
            known = ", ".join(self.content.structures)
            near = get_close_matches(unknown[0], self.content.structures, n=1)
            hint = f". Did you mean {near[0]!r}? Else" if near else ";"
            msg = f"expected structures that the model learned ({known}), got {', '.join(unknown)}"
            raise UsageError(f"{msg}{hint} name one of them, or ask in words with --instruction")
        named = request.structure or (() if request.instruction else tuple(self.content.structures))
        asked = {name: self.content.structures[name].wordings[0] for name in named}
        if request.instruction_writer == "measured":
            from lexiscope.tasks.segment.measured_sentences import measured_sentences

            asked |= measured_sentences(given, named, self.content.profiles)
        sentences = list(dict.fromkeys([*request.instruction, *asked.values()]))
        return sentences, {sentence: name for name, sentence in asked.items()}


def _with_overlaps(
    found: "FoundMask", masks: "Sequence[np.ndarray]", sentences: Sequence[str], number: int
) -> "FoundMask":
    from dataclasses import replace

    shared = {
        sentences[other]: int((found.mask & mask).sum())
        for other, mask in enumerate(masks)
        if other != number and bool((found.mask & mask).any())
    }
    return replace(found, overlaps=shared)


def _entropy(probability: "np.ndarray") -> "np.ndarray":
    """Binary entropy in bits, times 255; plane by plane, as each takes several arrays of floats.

    Example:
        >>> import numpy as np
        >>> _entropy(np.array([[[0.0, 0.11, 0.5, 1.0]]])).tolist()
        [[[0, 127, 255, 0]]]
    """
    import numpy as np
    from scipy.special import entr

    planes = (plane.clip(0, 1) for plane in probability)
    return np.stack([np.round(255 / np.log(2) * (entr(p) + entr(1 - p))).astype(np.uint8) for p in planes])
