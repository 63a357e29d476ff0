"""`InstructionWording`: findings as sentences, with the words of a file that users may replace."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from lexiscope.core.errors import UsageError
from lexiscope.core.files import sha256_json
from lexiscope.language.instructions.findings import Findings, Look, Place, Size, intensity_word
from lexiscope.language.instructions.profile import StructureProfile
from lexiscope.language.words import read_yaml

FILE = "segmentation_instructions.yaml"
_REACH = {(0, 0): "low", (1, 1): "middle", (2, 2): "high", (0, 1): "low_middle", (1, 2): "middle_high", (0, 2): "all"}


@dataclass(frozen=True, slots=True)
class InstructionWording:
    """Sentences about structures.

    Args:
        words: Content of the word file.

    Example:
        >>> InstructionWording.load().label_name("tumour")
        'the tumour'
    """

    words: Mapping[str, Any]

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """Words of the user's own file, or those that come with lexiscope.

        Args:
            folder: Folder of the user's own word files.

        Raises:
            UsageError: the file lacks something that the one of lexiscope has.
        """
        words, whole = read_yaml(FILE, folder), read_yaml(FILE)
        if missing := sorted(whole.keys() - words.keys()):
            raise UsageError(f"expected {', '.join(missing)} in {FILE}; compare with the one that comes with lexiscope")
        return cls(words)

    def label_name(self, structure: str) -> str:
        """The name of a structure and nothing else."""
        return self._filled("label_name", structure=in_words(structure))

    def request(self, structure: str, key: str) -> str:
        """Request to segment a structure.

        Args:
            structure: Its name.
            key: Decides which of several wordings is taken.
        """
        return self._drawn("request", key, structure=in_words(structure))

    def question(self, structure: str, modality: str) -> str:
        """What an image-reading assistant is asked about a structure.

        Args:
            structure: Its name.
            modality: Modality of the image that it is shown.
        """
        return self._filled("question", structure=in_words(structure), modality=self.where(modality))

    def answered(self, structure: str, answers: Mapping[str, str], key: str) -> str:
        """Request to segment a structure, with what was answered about each image.

        Args:
            structure: Its name.
            answers: Modality -> answer.
            key: Decides which of several wordings is taken.
        """
        said = []
        for modality, answer in answers.items():
            where = self.where(modality)
            said.append(
                self._filled("answered", modality=where[0].upper() + where[1:], answer=answer.rstrip(".") + ".")
            )
        return " ".join([self.request(structure, key), *said])

    def absent(self, structure: str, modalities: Sequence[str], profile: StructureProfile) -> str:
        """Sentences about a structure that is not seen clearly, with how it would usually look.

        Args:
            structure: Its name.
            modalities: Modalities that were looked at.
            profile: How it usually looks.
        """
        said = self._filled("none", structure=in_words(structure), modalities=self._joined(map(self.where, modalities)))
        usual = {name: intensity_word(profile.contrast[name]) for name in modalities if name in profile.contrast}
        return f"{said} {self._filled('typical', looks=self._looks(usual))}" if usual else said

    def seen(self, structure: str, findings: Findings, *, is_volume: bool, scattered: bool, key: str) -> str:
        """Request to segment a structure that is seen, with its place, its size and its look in each modality.

        Args:
            structure: Name of the structure.
            findings: What was measured.
            is_volume: True for volumes.
            scattered: True for a structure of many pieces.
            key: Decides which of several wordings is taken.
        """
        place = self.place(findings.place, is_volume=is_volume)
        size = self.size(findings.size, is_volume=is_volume, scattered=scattered)
        pieces = self._pieces(findings.size.pieces)
        where = self._drawn("scattered" if scattered else "where", key, place=place, size=size, pieces=pieces)
        looks = self._looks({name: look.intensity for name, look in findings.looks.items()})
        clearest, look = max(findings.looks.items(), key=lambda item: _clearness(item[1]))
        sentences = [self.request(structure, key), where, self._filled("looks", looks=looks)]
        if not scattered:
            words = {"texture": self.words["texture"][look.texture], "border": self.words["border"][look.border]}
            sentences.append(self._filled("detail", **words))
        if look.mirror in self.words["mirror"]:
            sentences.append(self.words["mirror"][look.mirror].format(modality=self.where(clearest)))
        return " ".join(sentences)

    def where(self, modality: str) -> str:
        """Where a thing is seen: "on FLAIR", "in the image"."""
        names = self.words["modalities"]
        known = names.get(modality.casefold())
        return str(known) if known else str(names["other"]).format(name=in_words(modality))

    def place(self, place: Place, *, is_volume: bool) -> str:
        """Place of a region in words.

        Args:
            place: The place.
            is_volume: True for a volume.
        """
        if place.throughout:
            return str(self.words["throughout"])
        axes = self.words["patient"] if place.oriented else self.words["picture"]
        named = [
            axis for axis in "yzx" if axis in axes and (is_volume or axis != "z") and (axis != "x" or not place.side)
        ]
        thirds = [str(axes[axis][_REACH[place.reach["zyx".index(axis)]]]) for axis in named]
        side = [self.words["side"][place.side]] if place.side else []
        of = self.words["of_volume"] if is_volume else self.words["of_picture"]
        return f"{self._joined([*side, *thirds])} {of}"

    def size(self, size: Size, *, is_volume: bool, scattered: bool) -> str:
        """Size of a region in words.

        Args:
            size: The size.
            is_volume: True for a volume.
            scattered: True for many pieces.
        """
        words = self.words["size"]
        if scattered:
            form = words["scattered_share" if size.unit is None else "scattered"]
            return str(form).format(share=_rounded(100 * size.share), piece=_length(size.piece, size.unit))
        lengths = size.lengths if is_volume else size.lengths[1:]
        if size.unit is None and is_volume:
            return str(words["share_volume"]).format(amount=_rounded(100 * size.share))
        if size.unit is None:
            return str(words["share"]).format(x=_rounded(100 * lengths[-1]), y=_rounded(100 * lengths[-2]))
        joined = _lengths(sorted(lengths, reverse=True), size.unit)
        if is_volume and size.unit == "mm" and size.amount is not None:
            return str(words["volume"]).format(lengths=joined, amount=_rounded(size.amount / 1000))
        return str(words["plane"]).format(lengths=joined)

    def _looks(self, intensities: Mapping[str, str]) -> str:
        """How bright it is in each modality; those in which it is alike are named together."""
        alike: dict[str, list[str]] = {}
        for name, intensity in intensities.items():
            alike.setdefault(self._intensity(name, intensity), []).append(self.where(name))
        looks = (self._filled("look", intensity=word, modality=self._joined(where)) for word, where in alike.items())
        return self._joined(looks)

    def _intensity(self, modality: str, word: str) -> str:
        name = modality.casefold()
        kind = "ct" if name in self.words["ct"] else "radiology" if name in self.words["radiology"] else "picture"
        return str(self.words["intensity"][kind][word])

    def _pieces(self, number: int) -> str:
        kind = "one" if number == 1 else "few" if number <= self.words["few"] else "many"
        return str(self.words["pieces"][kind]).format(n=number)

    def _filled(self, name: str, **slots: object) -> str:
        return str(self.words[name]).format(**slots)

    def _drawn(self, name: str, key: str, **slots: object) -> str:
        forms = self.words[name]
        return str(forms[int(sha256_json([name, key])[:8], 16) % len(forms)]).format(**slots)

    def _joined(self, parts: Iterable[str]) -> str:
        listed = list(parts)
        return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"


def in_words(name: str) -> str:
    """A name of a structure or modality as words.

    Example:
        >>> in_words("left_kidney")
        'left kidney'
    """
    return " ".join(name.replace("_", " ").split())


def _clearness(look: Look) -> int:
    return {"equal": 0, "dark": 1, "bright": 1, "very_dark": 2, "very_bright": 2}[look.intensity]


def _lengths(lengths: Sequence[float], unit: str) -> str:
    scale, name = (1e-3, "\u00b5m") if unit == "nm" and max(lengths) >= 1000 else (1.0, unit)
    return f"{' x '.join(_rounded(length * scale) for length in lengths)} {name}"


def _length(length: float, unit: str | None) -> str:
    return _lengths([length], unit) if unit else f"{_rounded(100 * length)} %"


def _rounded(value: float) -> str:
    """Two digits that matter: a sentence is no table.

    Example:
        >>> _rounded(1234.0), _rounded(8.0), _rounded(0.0467)
        ('1200', '8', '0.047')
    """
    if value <= 0:
        return "0"
    digits = 1 - math.floor(math.log10(value))
    written = f"{round(value, digits):.{max(digits, 0)}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
