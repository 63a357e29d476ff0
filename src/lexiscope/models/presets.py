"""`PRESETS`: published models that lexiscope reads, by hub name, with what each is for, its licence and its size."""

from collections.abc import Mapping
from dataclasses import dataclass

from lexiscope.models.packaged import PACKAGED

KINDS: Mapping[str, str] = {
    "image-text": "`lexiscope index MODEL CORPUS --start NAME`, `lexiscope train align CORPUS --start NAME`",
    "image": "`lexiscope train align CORPUS --image NAME`",
    "text": "`lexiscope train align CORPUS --text NAME`",
    "language": "`lexiscope train instruct CORPUS --language NAME`",
    "vision-language": "`lexiscope train instruct CORPUS --start NAME`",
}
"""Kind of a published model -> the commands that take it."""

_FLOAT32 = 4  # bytes


@dataclass(frozen=True, slots=True)
class Preset:
    """A published model.

    Args:
        kind: A line of `KINDS`.
        millions: Number of its parameters, in millions, rounded.
        licence: Licence of the weights as its publishers state it.
        reads: Images that it was trained on, or what else decides whether it suits.
        note: What is to be done before it can be read, if anything.
    """

    kind: str
    millions: float
    licence: str
    reads: str = ""
    note: str = ""

    @property
    def memory(self) -> str:
        """Memory of the weights in float32, as they are read and trained.

        Example:
            >>> Preset("image", 22, "MIT").memory, Preset("language", 1711, "MIT").memory
            ('88 MB', '6.8 GB')
        """
        megabytes = self.millions * _FLOAT32
        return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def _packaged(name: str, kind: str, millions: float, reads: str) -> Preset:
    """A model that travels in a package."""
    return Preset(kind, millions, PACKAGED[name].licence, reads, "in requirements/weights.txt")


_HAI = "Health AI Developer Foundations terms"
_GATED = "gated: accept its terms on the hub first"
_DINOV3 = "DINOv3 License"

PRESETS: Mapping[str, Preset] = {
    "openai/clip-vit-base-patch32": Preset("image-text", 151, "MIT", "photographs, 224 px"),
    "openai/clip-vit-base-patch16": Preset("image-text", 150, "MIT", "photographs, 224 px"),
    "openai/clip-vit-large-patch14": Preset("image-text", 428, "MIT", "photographs, 224 px"),
    "laion/CLIP-ViT-B-32-laion2B-s34B-b79K": Preset("image-text", 151, "MIT", "photographs, 224 px"),
    "google/siglip-base-patch16-224": Preset("image-text", 203, "Apache-2.0", "photographs, 224 px"),
    "google/siglip-so400m-patch14-384": Preset("image-text", 878, "Apache-2.0", "photographs, 384 px"),
    "google/siglip2-base-patch16-224": Preset("image-text", 375, "Apache-2.0", "photographs, many languages, 224 px"),
    "google/siglip2-large-patch16-256": Preset("image-text", 882, "Apache-2.0", "photographs, many languages, 256 px"),
    "google/siglip2-so400m-patch14-384": Preset(
        "image-text", 1136, "Apache-2.0", "photographs, many languages, 384 px"
    ),
    "google/medsiglip-448": Preset("image-text", 878, _HAI, "radiology, skin, eye, pathology, 448 px", _GATED),
    "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224": Preset(
        "image-text", 196, "MIT", "figures of PubMed Central, 224 px", "published as a pickle: convert it once, below"
    ),
    "dinov2-small-focus": _packaged("dinov2-small-focus", "image", 22, "photographs"),
    "mobilenet-v2": _packaged("mobilenet-v2", "image", 2.2, "photographs"),
    "facebook/dinov2-small": Preset("image", 22, "Apache-2.0", "photographs"),
    "facebook/dinov2-base": Preset("image", 87, "Apache-2.0", "photographs"),
    "facebook/dinov2-large": Preset("image", 304, "Apache-2.0", "photographs"),
    "facebook/dinov3-vits16-pretrain-lvd1689m": Preset("image", 22, _DINOV3, "photographs", _GATED),
    "facebook/dinov3-vitb16-pretrain-lvd1689m": Preset("image", 86, _DINOV3, "photographs", _GATED),
    "sentence-transformers/all-MiniLM-L6-v2": _packaged(
        "sentence-transformers/all-MiniLM-L6-v2", "text", 23, "general English"
    ),
    "sentence-transformers/all-mpnet-base-v2": Preset("text", 109, "Apache-2.0", "general English"),
    "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract": Preset("text", 109, "MIT", "abstracts of PubMed"),
    "smollm2": _packaged("smollm2", "language", 135, "English"),
    "HuggingFaceTB/SmolLM2-360M-Instruct": Preset("language", 362, "Apache-2.0", "English"),
    "HuggingFaceTB/SmolLM2-1.7B-Instruct": Preset("language", 1711, "Apache-2.0", "English"),
    "Qwen/Qwen2.5-0.5B-Instruct": Preset("language", 494, "Apache-2.0", "many languages"),
    "Qwen/Qwen2.5-1.5B-Instruct": Preset("language", 1544, "Apache-2.0", "many languages"),
    "HuggingFaceTB/SmolVLM-256M-Instruct": Preset("vision-language", 256, "Apache-2.0", "pictures and documents"),
    "HuggingFaceTB/SmolVLM-500M-Instruct": Preset("vision-language", 508, "Apache-2.0", "pictures and documents"),
    "llava-hf/llava-1.5-7b-hf": Preset("vision-language", 7063, "Llama 2 Community License", "photographs, 336 px"),
}
"""Hub name, or name in `PACKAGED` -> the published model."""
