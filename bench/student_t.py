"""Evidential fusion by Student's t distributions beside ours by Dirichlet distributions, on digits seen and heard.

    python bench/student_t.py --data ../shared/data/av_digits/av_digits.npz --split val
    python bench/student_t.py --data ../shared/data/av_digits/av_digits.npz

Each modality has a linear head on its standardised pixels. "dirichlet" is what `classify --method evidential` fits.
"student" is the fusion of EyeMoSt (arXiv 2303.09790, 2405.18167), written from its formulas: heads give a normal-
inverse gamma distribution for each class, whose predictive Student's t distributions are joined by the smaller degrees
of freedom; it is as sure as the fused variance of the likeliest class is small, or, beside it, as the softmax of the
fused locations is large. Its training may take as many steps and as large ones as are best on "val"; ours stays.
Both are measured with sounds as they are, and with Gaussian noise of the deviation of a pixel on them. Prints a JSON
line for each seed, fusion and noise: accuracy, Brier score, area under the risk-coverage curve (less is better).
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.evaluate.metrics.classification import brier_score
from lexiscope.interpret.uncertainty.risk_coverage import aurc
from lexiscope.models.head import Head
from lexiscope.tasks.classify.evidential import fit_evidential

MODALITIES, CLASSES = ("image", "audio"), 10
TRIED = ((200, 3e-3), (200, 1e-2), (500, 3e-3))  # steps and their size
_MOST = 20.0  # of the evidence, as its authors cut it


@dataclass(frozen=True)
class Student:
    """Student's t distributions of k classes.

    Args:
        freedom: Degrees of freedom, above 2.
        location: Of each class.
        scale: Squared.
    """

    freedom: Tensor
    location: Tensor
    scale: Tensor

    def joined(self, other: "Student") -> "Student":
        """Moments matched to the distribution that has fewer degrees of freedom for most classes."""
        first = ((self.freedom < other.freedom).float().mean(dim=-1, keepdim=True) >= 0.5).float()
        a, b = self._mixed(other, first), other._mixed(self, first)
        location = (a.freedom * a.location + b.freedom * b.location) / (a.freedom + b.freedom)
        spread = b.scale * b.freedom * (a.freedom - 2) / ((b.freedom - 2) * a.freedom)
        return Student(a.freedom, location, (a.scale + spread) / 2)

    def variance(self) -> Tensor:
        """Of each class."""
        return self.scale * (1 + 2 / (self.freedom - 2))

    def loss(self, target: Tensor) -> Tensor:
        """Negative log-likelihood of targets, each class on its own."""
        size = torch.lgamma(self.freedom / 2) - torch.lgamma((self.freedom + 1) / 2)
        far = (target - self.location) ** 2 / (self.freedom * self.scale)
        spread = 0.5 * torch.log(math.pi * self.freedom * self.scale)
        return spread + (self.freedom + 1) / 2 * torch.log1p(far) + size

    def _mixed(self, other: "Student", own: Tensor) -> "Student":
        pairs = zip(
            (self.freedom, self.location, self.scale), (other.freedom, other.location, other.scale), strict=True
        )
        return Student(*(own * one + (1 - own) * another for one, another in pairs))


class StudentFusion(nn.Module):
    """A linear head for each modality, from its features to a normal-inverse gamma distribution of each class."""

    def __init__(self, parts: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.heads = nn.ModuleDict({name: Head(x.shape[1], 4 * CLASSES) for name, x in parts.items()})
        for name, x in parts.items():
            self.heads[name].standardise(x)

    def forward(self, parts: Mapping[str, Tensor]) -> dict[str, tuple[Student, Tensor]]:
        """Predictive distribution of each modality, and the evidence that it rests on."""
        made = {}
        for name, x in parts.items():
            location, v, alpha, beta = self.heads[name](x).chunk(4, dim=-1)
            v = functional.softplus(v).clamp(1e-6, _MOST)
            alpha, beta = (functional.softplus(alpha) + 1).clamp(1 + 1e-4, _MOST), functional.softplus(beta) + 0.2
            made[name] = Student(2 * alpha, location, beta * (1 + v) / (v * alpha)), v + alpha + 1 / beta
        return made


def fit_student(parts: Mapping[str, Tensor], labels: Tensor, *, steps: int, lr: float, seed: int) -> StudentFusion:
    """By the likelihood of each and of both, and the price of what misleads."""
    torch.manual_seed(seed)
    fusion, target = StudentFusion(parts), functional.one_hot(labels, CLASSES).float()
    optimiser = torch.optim.Adam(fusion.parameters(), lr=lr)
    for _ in range(steps):
        made = fusion(parts)
        fused = made["image"][0].joined(made["audio"][0])
        loss = fused.loss(target).mean() + 0.5 * functional.cross_entropy(fused.location, labels)
        sure = fused.location.softmax(-1).amax(-1)
        for one, evidence in made.values():
            wrong = functional.cross_entropy(one.location, labels, reduction="none")[:, None]
            right = (one.location.argmax(-1) == labels).float()
            surer = functional.relu(one.location.softmax(-1).amax(-1) - sure)
            loss = loss + (one.loss(target) + 0.01 * wrong * evidence).mean() + 10 * (right * surer).mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    return fusion.eval()


@torch.inference_mode()
def judged(fusion: StudentFusion, parts: Mapping[str, Tensor]) -> tuple[np.ndarray, np.ndarray]:
    """Softmax of the fused locations, and the fused variance of the likeliest class."""
    made = fusion(parts)
    fused = made["image"][0].joined(made["audio"][0])
    best = fused.location.argmax(-1, keepdim=True)
    return fused.location.softmax(-1).double().numpy(), fused.variance().gather(1, best)[:, 0].double().numpy()


def measured(probabilities: np.ndarray, unsure: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy, Brier score, AURC by what a fusion is unsure of, and by its probabilities."""
    wrong = (probabilities.argmax(axis=1) != labels).astype(float)
    return {
        "accuracy": round(1 - float(wrong.mean()), 3),
        "brier": round(brier_score(probabilities, labels), 3),
        "aurc": round(aurc(wrong, -unsure), 4),
        "aurc by probability": round(aurc(wrong, probabilities.max(axis=1)), 4),
    }


def read(data: Path, split: str) -> tuple[dict[str, Tensor], np.ndarray]:
    """Pixels of each modality, and digits."""
    with np.load(data, allow_pickle=False) as file:
        rows = file["split"] == split
        sound = file["audio"][rows].reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4)) / 255
        arrays, labels = {"image": file["image"][rows] / 16, "audio": sound}, file["label"][rows].astype(np.int64)
    return {name: torch.from_numpy(x).flatten(1).float() for name, x in arrays.items()}, labels


def lines(data: Path, split: str, seed: int) -> list[dict[str, Any]]:
    """Both fusions of one seed, with and without noise."""
    (learned, truth), (val, val_truth), (clean, labels) = (read(data, name) for name in ("train", "val", split))
    columns = {"image": slice(0, 64), "audio": slice(64, 320)}
    features = torch.cat([learned[name] for name in MODALITIES], dim=1).numpy()
    ours = fit_evidential(features, truth, columns, classes=CLASSES, strength=1.0, seed=seed)
    tried = {
        settings: fit_student(learned, torch.from_numpy(truth), steps=settings[0], lr=settings[1], seed=seed)
        for settings in TRIED
    }
    chosen = max(TRIED, key=lambda one: float((judged(tried[one], val)[0].argmax(axis=1) == val_truth).mean()))
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(clean["audio"].shape, generator=generator) * learned["audio"].std()
    made = []
    for sound, x in (("as it is", clean), ("with noise", {**clean, "audio": clean["audio"] + noise})):
        head = {"bench": "student_t", "split": split, "seed": seed, "sound": sound}
        opinions = ours.judge(torch.cat([x[name] for name in MODALITIES], dim=1).numpy())
        unknown = opinions.fused.uncertainty.double().numpy()
        made.append({**head, "fusion": "dirichlet", **measured(opinions.probabilities, unknown, labels)})
        made.append({**head, "fusion": "student", **measured(*judged(tried[chosen], x), labels), "steps": list(chosen)})
    return made


def main() -> None:
    """Fit and measure; a JSON line each."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True, help="file of images and sounds of digits")
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--split", default="test")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    for seed in range(chosen.seeds):
        for line in lines(chosen.data, chosen.split, seed):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
