"""Networks without text on the windows of our own training; for `segmentation.py`.

MONAI's DynUNet on stacked modalities with nnU-Net's recipe (https://arxiv.org/abs/1904.08128): standardised images,
deep supervision, mirroring but for left and right, cross entropy and Dice, a polynomial learning rate, stochastic
gradient descent with Nesterov momentum 0.99, or AdamW in its place. And our own network with a code for each structure
in place of a sentence, trained as ours is.

All of them learn from `SegmentRows`: the same windows, variants and modalities left out. They are judged as often as
ours on the split "val", keep their best weights, choose thresholds there, and run in our sliding window.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lexiscope.core.case import Case
from lexiscope.core.extras import need
from lexiscope.corpus import Corpus
from lexiscope.evaluate.metrics.segmentation import dice
from lexiscope.evaluate.segment.comparison.results import ALL
from lexiscope.evaluate.segment.measured_case import MeasuredCase
from lexiscope.models.build import seeded
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.segmenter.segmenter import SegmenterOutput
from lexiscope.models.segmenter.windows import segment_case
from lexiscope.training.loop.loop import Validation, train
from lexiscope.training.loop.optimizer import adamw
from lexiscope.training.objectives.loss import Loss
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.job import SegmentJob, prepare_segmentation
from lexiscope.training.segment.prompts import Prompts
from lexiscope.training.segment.step import SegmentStep, chance_of_masks, mask_loss
from lexiscope.views.case_grid import PreparedCase

PLAIN, DYNUNET, DYNUNET_ADAMW = "lexiscope without text", "DynUNet", "DynUNet, AdamW"
PEERS = (PLAIN, DYNUNET, DYNUNET_ADAMW)
_FILTERS = (16, 32, 64, 128, 160, 192)  # nnU-Net's halved, as a CPU asks for
_COARSEST = 4  # least side of the coarsest level, as in nnU-Net
_DEEP = 0.5  # weight of each coarser head, of the one before
_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass
class TrainedPeer:
    """A network without text after its training.

    Args:
        network: What `segment_case` runs.
        codes: Vector of each structure, in its order.
        job: The job whose cases it learned from.
        validation: DSC on the split "val".
        thresholds: Probability from which a voxel belongs to each structure.
        cost: "steps", "trainable" and "total" parameters.
    """

    network: Any
    codes: Tensor
    job: SegmentJob
    validation: float = 0.0
    thresholds: list[float] = field(default_factory=list)
    cost: dict[str, float] = field(default_factory=dict)

    def probabilities(self, prepared: PreparedCase) -> Iterator[np.ndarray]:
        """Structure after structure, `(z, y, x)` on the grid that the case came from."""
        self.network.eval()
        read = segment_case(self.network, prepared.images, self.codes, window=self.job.layout.window)
        for row in range(len(self.codes)):
            yield self.job.layout.grid.restore(read.probability(row)[None], prepared.grid)[0].numpy()

    def judge(self) -> Validation:
        """Mean DSC on the held-out cases at a probability of a half, structures weighing the same."""
        table = self._held_out()
        means = [float(np.nanmean(table[name][:, _THRESHOLDS.index(0.5)])) for name in table]
        return Validation(float(np.mean(means)) if means else 0.0, {})

    def choose_thresholds(self) -> None:
        """Take the best threshold of each structure on the held-out cases."""
        table = self._held_out()
        best = {name: _THRESHOLDS[int(np.nanmean(rows, axis=0).argmax())] for name, rows in table.items()}
        self.thresholds = [best.get(name, 0.5) for name in self.job.structures]

    def measured(self, cases: Sequence[Case]) -> dict[str, dict[str, list[float | None]]]:
        """Run -> structure -> DSC of each case: all modalities, and each left out."""
        modalities = sorted(self.job.layout.grid.channels)
        runs = {ALL: modalities}
        if len(modalities) > 1:
            runs |= {f"without {name}": [one for one in modalities if one != name] for name in modalities}
        found = {run: {name: [None] * len(cases) for name in self.job.structures} for run in runs}
        for number, case in enumerate(cases):
            for run, name, score in self._of_case(case, runs):
                found[run][name][number] = score
        return found

    def _of_case(self, case: Case, runs: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str, float]]:
        corpus, structures = self.job.part.corpus, self.job.structures
        read = MeasuredCase.read(corpus, case, modalities=self.job.layout.grid.channels, structures=structures)
        prepared, truth = read.prepared(self.job.layout.grid), read.truth()
        for run, modalities in runs.items():
            images = {name: x for name, x in prepared.images.items() if name in modalities}
            if not images:
                continue
            read = self.probabilities(replace(prepared, images=images))
            for name, threshold, probability in zip(structures, self.thresholds, read, strict=True):
                if name in truth and truth[name].any():
                    yield run, name, round(dice(probability > threshold, truth[name]), 4)

    def _held_out(self) -> dict[str, np.ndarray]:
        """Structure -> DSC of each held-out case at each threshold."""
        found: dict[str, list[list[float]]] = {}
        for case in self.job.held_out:
            prepared = self.job.store.get(case, self.job.structures)
            self.network.eval()
            read = segment_case(self.network, prepared.images, self.codes, window=self.job.layout.window)
            for row, name in enumerate(self.job.structures):
                if name in prepared.masks and prepared.masks[name].any():
                    probability, truth = read.probability(row).numpy(), np.asarray(prepared.masks[name])
                    found.setdefault(name, []).append([dice(probability > cut, truth) for cut in _THRESHOLDS])
        return {name: np.array(rows) for name, rows in found.items()}


def train_peer(
    name: str,
    corpus: Corpus,
    folder: Path,
    config: SegmentConfig,
    *,
    length: Callable[[nn.Module, "CodedRows"], SegmentConfig],
) -> TrainedPeer:
    """Train a network without text.

    Args:
        name: One of `PEERS`.
        corpus: Corpus with masks and splits.
        folder: Folder of the training's files.
        config: Settings of the training.
        length: Module and rows of its training -> settings with as many steps as the budget has.
    """
    job = prepare_segmentation(corpus, ModelDirectory(folder), config)
    rows = CodedRows.of(job)
    if name == PLAIN:
        peer = TrainedPeer(job.segmenter, rows.codes, job)
        module: nn.Module = SegmentStep(job.segmenter)
    else:
        with seeded(config.seed):
            network = Stacked.of(job)
        peer = TrainedPeer(network, rows.codes, job)
        module = StackedStep(network)
    chosen = length(module, rows)
    long_rows = CodedRows.of(job, count=chosen.windows)
    judge = peer.judge if job.held_out else None
    if name == PLAIN:
        optimizer = adamw(module, towers=(), lr=config.lr, tower_lr=config.lr, weight_decay=config.weight_decay)
        key = f"{job.config.key(corpus=corpus.version)}-{chosen.windows}-{chosen.epochs}"
        train(module, optimizer, long_rows, folder=folder / "training", key=key, config=chosen.loop(), validate=judge)
    else:
        _train_as_nnunet(module, long_rows, chosen, judge, with_adamw=name == DYNUNET_ADAMW)
    peer.choose_thresholds()
    peer.validation = peer.judge().score if job.held_out else 0.0
    counts = [(parameter.numel(), parameter.requires_grad) for parameter in peer.network.parameters()]
    steps = chosen.epochs * max(1, chosen.windows // chosen.batch)
    peer.cost = {"steps": steps, "trainable": sum(n for n, on in counts if on), "total": sum(n for n, _ in counts)}
    return peer


@dataclass(frozen=True)
class CodedRows:
    """Rows of a segmenter's training, with a code for each structure in place of sentences; never about others.

    Args:
        rows: The rows of the job, told to ask with codes.
        codes: Code of each structure, in its order.
    """

    rows: Any
    codes: Tensor

    @classmethod
    def of(cls, job: SegmentJob, *, count: int | None = None) -> "CodedRows":
        """Rows of a job; what foreign sentences would be about is the zero vector."""
        codes = torch.eye(len(job.structures), job.segmenter.text.width)
        names = {name: (number,) for number, name in enumerate(job.structures)}
        own = {(case.id, name): () for case in job.cases for name in job.structures}
        vectors = torch.cat([codes, torch.zeros(1, codes.shape[1])])
        prompts = Prompts(names, own, (len(names),), (*job.structures, "nothing"), vectors)
        rows = replace(job.rows, prompts=prompts, absent=0.0, instructions=0.0, count=count or job.rows.count)
        return cls(rows, codes)

    def __len__(self) -> int:
        return len(self.rows)

    def names(self, rows: np.ndarray, *, epoch: int) -> list[str]:
        """Case ids of rows."""
        return self.rows.names(rows, epoch=epoch)

    def batch(self, rows: np.ndarray, *, epoch: int) -> dict[str, Any]:
        """A batch without the columns in which every row asks for nothing, and without other wordings of codes."""
        batch = self.rows.batch(rows, epoch=epoch)
        asked = batch["sentences"].any(dim=2).any(dim=0)
        kept = {name: part for name, part in batch.items() if name != "others"}
        return {**kept, **{name: batch[name][:, asked] for name in ("sentences", "masks", "shown")}}


class Stacked(nn.Module):
    """A network on stacked modalities in the form that the sliding window runs; a missing modality is zeros, the mean.

    Args:
        network: Network from stacked modalities to a map for each structure.
        channels: Modality -> channels, those of its neighbouring slices included.
        dims: 2 or 3.
        context: Slices on each side that are read along.
        multiple: What the sides of its input must be multiples of.
    """

    keeps_tokens = False
    stack = "stacked"  # which is to say that modalities have no levels apart

    def __init__(
        self, network: nn.Module, *, channels: Mapping[str, int], dims: int, context: int, multiple: Sequence[int]
    ) -> None:
        super().__init__()
        self.network = network
        self.channels = dict(sorted(channels.items()))
        self.config = SimpleNamespace(dims=dims, context=context)
        self.multiple = tuple(multiple)

    @classmethod
    def of(cls, job: SegmentJob) -> "Stacked":
        """A DynUNet for the windows of a job."""
        nets = need("monai.networks.nets", extra="bench")
        dims, context = job.layout.grid.dims, job.config.context
        channels = {name: n * (2 * context + 1) for name, n in job.layout.grid.channels.items()}
        strides = _strides(job.layout.window)
        network = nets.DynUNet(
            spatial_dims=dims,
            in_channels=sum(channels.values()),
            out_channels=len(job.structures),
            kernel_size=[(3,) * dims] * len(strides),
            strides=strides,
            upsample_kernel_size=strides[1:],
            filters=_FILTERS[: len(strides)],
            deep_supervision=len(strides) > 2,
            deep_supr_num=max(1, min(2, len(strides) - 2)),
        )
        multiple = [int(np.prod([stride[axis] for stride in strides])) for axis in range(dims)]
        return cls(network, channels=channels, dims=dims, context=context, multiple=multiple)

    def heads(self, images: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> list[Tensor]:
        """Maps `(b, structures, ...)` at full resolution: the network's own, and in training those of deeper levels."""
        like = next(iter(images.values()))
        stack = [_there(images.get(name), present.get(name), like, n) for name, n in self.channels.items()]
        x = torch.cat(stack, dim=1)
        pads = [(-side) % multiple for side, multiple in zip(x.shape[2:], self.multiple, strict=True)]
        padded = functional.pad(x, [end for pad in reversed(pads) for end in (0, pad)])
        y = self.network(padded)
        maps = list(y.unbind(dim=1)) if y.ndim == x.ndim + 1 else [y]
        return [one[(..., *(slice(0, side) for side in x.shape[2:]))] for one in maps]

    def encode(
        self, images: Mapping[str, Tensor], present: Mapping[str, Tensor], tokens: Mapping[str, Tensor] | None = None
    ) -> SimpleNamespace:
        """Maps of all structures, for `decode` to choose from."""
        del tokens
        return SimpleNamespace(maps=self.heads(images, present)[0], present=None)

    def decode(self, read: SimpleNamespace, codes: Tensor, shown: Sequence[None]) -> Iterator[SegmenterOutput]:
        """Maps of the structures that codes name; the one choice of modalities was made before stacking."""
        for _ in shown:
            maps = _chosen(read.maps, codes)
            yield SegmenterOutput(maps, maps.new_full(maps.shape[:2], 20.0), ())


class StackedStep(nn.Module):
    """Cross entropy and Dice of every head, each deeper one weighing half of the one before."""

    def __init__(self, network: Stacked) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Mapping[str, Any]) -> dict[str, Loss]:
        """Losses of a batch of `CodedRows`."""
        target = batch["masks"].float()
        maps = [_chosen(one, batch["sentences"]) for one in self.network.heads(batch["images"], batch["present"])]
        weights = [_DEEP**number for number in range(len(maps))]
        losses = [weight * mask_loss(one, target) for weight, one in zip(weights, maps, strict=True)]
        return {"mask": Loss(torch.stack(losses).sum() / sum(weights), chance_of_masks(target))}


def _train_as_nnunet(
    module: nn.Module,
    rows: CodedRows,
    config: SegmentConfig,
    judge: Callable[[], Validation] | None,
    *,
    with_adamw: bool,
) -> None:
    """Epochs with a polynomial learning rate; the weights of the best one are kept."""
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    peak = 1e-3 if with_adamw else 1e-2
    optimizer: torch.optim.Optimizer = torch.optim.SGD(
        parameters, lr=peak, momentum=0.99, nesterov=True, weight_decay=3e-5
    )
    if with_adamw:
        optimizer = torch.optim.AdamW(parameters, lr=peak, weight_decay=config.weight_decay)
    of_epoch = max(1, len(rows) // config.batch)
    best, kept = -1.0, None
    for step in range(config.epochs * of_epoch):
        epoch, part = divmod(step, of_epoch)
        order = np.random.default_rng((config.seed, epoch)).permutation(len(rows))
        for group in optimizer.param_groups:
            group["lr"] = peak * (1 - step / (config.epochs * of_epoch)) ** 0.9
        module.train()
        losses = module(rows.batch(np.array_split(order, of_epoch)[part], epoch=epoch))
        optimizer.zero_grad(set_to_none=True)
        losses["mask"].value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 12.0)
        optimizer.step()
        if judge is not None and part == of_epoch - 1:
            score = judge().score
            if score > best:
                best, kept = score, {name: value.clone() for name, value in module.state_dict().items()}
    if kept is not None:
        module.load_state_dict(kept)


def _chosen(maps: Tensor, codes: Tensor) -> Tensor:
    """Maps `(b, structures, ...)` -> those that codes `(b, k, d)` name, `(b, k, ...)`."""
    number = codes.argmax(dim=2)
    index = number.view(*number.shape, *[1] * (maps.ndim - 2)).expand(-1, -1, *maps.shape[2:])
    return maps.gather(1, index)


def _there(image: Tensor | None, present: Tensor | None, like: Tensor, channels: int) -> Tensor:
    if image is None or present is None:
        return like.new_zeros(like.shape[0], channels, *like.shape[2:])
    return image * present.view(-1, *[1] * (image.ndim - 1)).to(image.dtype)


def _strides(window: Sequence[int]) -> list[tuple[int, ...]]:
    """Strides of each level: an axis is halved while it stays long enough, as nnU-Net plans."""
    sides, strides = list(window), [(1,) * len(window)]
    while len(strides) < len(_FILTERS) and any(side >= 2 * _COARSEST for side in sides):
        strides.append(tuple(2 if side >= 2 * _COARSEST else 1 for side in sides))
        sides = [-(-side // step) for side, step in zip(sides, strides[-1], strict=True)]
    return strides
