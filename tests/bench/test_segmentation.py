"""The comparison of segmenters as one command, and the parts that make it fair."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.passage import Passage
from lexiscope.corpus import Corpus
from lexiscope.models.segmenter.windows import segment_case
from lexiscope.testing.masked import make_masked_corpus

_BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_BENCH))


def _told(path: Path) -> Corpus:
    """Cases with a measured instruction that names the case, and the name as another author's."""
    corpus = make_masked_corpus(path, 10)
    for case in corpus:
        said = [
            Passage("instruction", text, author, name)
            for name in case.masks
            for author, text in (("measured", f"Segment the {name} of {case.id}."), ("label-name", f"the {name}"))
        ]
        corpus.upsert([replace(case, texts=tuple(said))])
    return Corpus.open(path)


def test_a_source_leaves_its_own_instructions_alone(tmp_path: Path) -> None:
    from segmentation_sources import authors_of, sourced_corpus

    corpus = _told(tmp_path / "corpus")
    assert authors_of(corpus) == ("measured",)
    measured = sourced_corpus(corpus, tmp_path / "copies", "measured")
    assert {passage.author for case in measured for passage in case.texts} == {"measured"}
    assert not [passage for case in sourced_corpus(corpus, tmp_path / "copies", "none") for passage in case.texts]
    shuffled = sourced_corpus(corpus, tmp_path / "copies", "shuffled")
    said = {case.id: passage.text for case in shuffled for passage in case.texts}
    assert said
    assert all(case not in text for case, text in said.items())
    splits = {case.id: case.split for case in corpus}
    assert all(splits[case] == splits[text.split()[-1].rstrip(".")] for case, text in said.items())
    assert len(list(corpus)) == len(list(measured)) == 10
    assert all(passage.author in ("measured", "label-name") for case in corpus for passage in case.texts)


def test_the_tower_without_words_says_the_same_of_every_sentence(tmp_path: Path) -> None:
    from lexiscope.models.text import TextTower
    from lexiscope.models.weights import resolve
    from segmentation_sources import mute_tower

    tower = TextTower.load(resolve(str(mute_tower(tmp_path / "mute"))))
    with torch.no_grad():
        vectors = tower.encode(["the tumour", "outline any kidney in this image", "x"])
    assert torch.equal(vectors, vectors[:1].expand_as(vectors))


@pytest.mark.parametrize(
    ("window", "strides"),
    [((192, 192), [(1, 1), (2, 2), (2, 2), (2, 2), (2, 2), (2, 2)]), ((8, 32), [(1, 1), (2, 2), (1, 2), (1, 2)])],
)
def test_an_axis_is_halved_while_it_stays_long_enough(window, strides) -> None:
    from segmentation_peers import _strides

    assert _strides(window) == strides


def test_stacked_modalities_take_zeros_for_what_is_missing_and_any_size() -> None:
    from segmentation_peers import Stacked

    class Sum(torch.nn.Module):
        def forward(self, x):
            assert all(side % 4 == 0 for side in x.shape[2:])
            return torch.cat([x.sum(dim=1, keepdim=True), -x.sum(dim=1, keepdim=True)], dim=1)

    network = Stacked(Sum(), channels={"b": 1, "a": 2}, dims=2, context=0, multiple=(4, 4))
    images = {"b": torch.ones(2, 1, 5, 6)}
    codes = torch.eye(2)[None].expand(2, 2, 2)
    levels = network.encode(images, {"b": torch.tensor([True, False])})
    (output,) = network.decode(levels, codes, [levels.present])
    assert output.masks.shape == (2, 2, 5, 6)
    assert torch.equal(output.masks[:, :, 0, 0], torch.tensor([[1.0, -1.0], [0.0, 0.0]]))
    volume = {"b": np.ones((1, 3, 5, 6), np.float32)}
    volume["b"][:, :, 0, 0] = 0.0  # air, without which all of it would be
    whole = segment_case(network, volume, torch.eye(2), window=(4, 4))
    assert whole.steps.shape == (2, 3, 5, 6)
    assert torch.allclose(whole.probability(0)[:, 2, 2], torch.tensor(1.0).sigmoid(), rtol=0, atol=1 / 239)


@pytest.mark.slow
@pytest.mark.weights
def test_one_command_makes_trainings_page_and_figure_and_makes_none_twice(tmp_path: Path) -> None:
    _told(tmp_path / "corpus")
    (tmp_path / "config.yaml").write_text("width: 4\nbatch: 2\nwindow: [32, 32]\n")
    choices = ["--source", "label-name", "--source", "none", "--fusion", "late", "--backbone", "cnn"]
    command = [sys.executable, str(_BENCH / "segmentation.py"), str(tmp_path / "corpus"), "--work", str(tmp_path / "w")]
    command += [*choices, "--steps", "2", "--checks", "1", "--config", str(tmp_path / "config.yaml")]
    command += ["--peer", "lexiscope without text", "--page", str(tmp_path / "page")]
    first, again = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
    assert first.returncode == 0, first.stderr
    lines = [json.loads(line) for line in first.stdout.splitlines()]
    assert [line["name"] for line in lines] == [
        "label-name, late, cnn",
        "none, late, cnn",
        "lexiscope without text, late, cnn",
    ]
    assert all(line["steps"] == 2 for line in lines)
    assert "training:" in first.stderr
    assert "training:" not in again.stderr
    assert again.stdout == first.stdout
    page = (tmp_path / "page" / "segmentation-comparison.md").read_text()
    assert "label-name against none" in page
    assert str(tmp_path) not in page
