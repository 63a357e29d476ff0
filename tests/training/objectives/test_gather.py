"""Two processes with half a batch each: the loss and the gradients of one process with all of it."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import normalize
from torch.nn.parallel import DistributedDataParallel

from lexiscope.training.objectives import OBJECTIVES, PairedEmbeddings
from lexiscope.training.objectives.gather import gather_rows

TEXT_CASE = torch.tensor([0, 0, 1, 2, 3, 4, 4, 4])
SHARES = ((slice(0, 2), slice(0, 3)), (slice(2, 5), slice(3, 8)))  # unequal numbers of images and of texts


class Step(nn.Module):
    """Two projections and a loss, the smallest thing that data parallel training can wrap."""

    def __init__(self, objective: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.image, self.text = nn.Linear(6, 4), nn.Linear(7, 4)
        self.scale = nn.Parameter(torch.tensor(5.0))
        self.objective = OBJECTIVES.load(objective)()

    def forward(self, images: slice, texts: slice) -> torch.Tensor:
        chance = torch.Generator().manual_seed(1)
        x, y = torch.randn(5, 6, generator=chance), torch.randn(8, 7, generator=chance)
        case = torch.arange(5)
        pairs = PairedEmbeddings(
            images=normalize(self.image(x[images])),
            texts=normalize(self.text(y[texts])),
            image_case=case[images],
            text_case=TEXT_CASE[texts],
            image_group=case[images] // 2,
            text_group=TEXT_CASE[texts] // 2,
            text_key=torch.arange(8)[texts],
            scale=self.scale,
            bias=torch.tensor(-1.0),
        )
        return sum(loss.value for loss in self.objective(pairs).values())


def run_share(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    for name in OBJECTIVES:
        step = DistributedDataParallel(Step(name))
        loss = step(*SHARES[rank])
        loss.backward()
        found = {key: parameter.grad for key, parameter in step.module.named_parameters()}
        torch.save({"loss": loss.detach(), **found}, f"{folder}/{name}-{rank}.pt")
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, __file__, str(rank), str(tmp_path)]) for rank in range(2)]
    assert [process.wait(timeout=600) for process in processes] == [0, 0]
    for name in OBJECTIVES:
        step = Step(name)
        loss = step(slice(0, 5), slice(0, 8))
        loss.backward()
        expected = {"loss": loss.detach(), **{key: parameter.grad for key, parameter in step.named_parameters()}}
        for rank in range(2):
            found = torch.load(tmp_path / f"{name}-{rank}.pt", weights_only=True)
            torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_one_process_gets_its_own_rows_back(dtype: torch.dtype) -> None:
    rows = torch.ones(3, 2, dtype=dtype)
    assert gather_rows(rows) is rows


if __name__ == "__main__":  # one of the two processes
    run_share(int(sys.argv[1]), sys.argv[2])
