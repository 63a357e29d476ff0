"""What a segmenter is built of: the text tower that its model directory holds, read as a sentence encoder."""

from pathlib import Path

import torch

from lexiscope.models.build import build_joint_space
from lexiscope.models.directory import ModelDirectory
from lexiscope.models.text import TextConfig, TextTower
from lexiscope.testing.masked import make_masked_corpus
from lexiscope.testing.models import WORDS, tiny_text_tower, tiny_views
from lexiscope.training.segment.build import build_segmenter
from lexiscope.training.segment.config import SegmentConfig
from lexiscope.training.segment.layout import choose_layout


def test_sentences_are_heard_alike_beside_a_joint_space_and_without_one(tmp_path: Path) -> None:
    """Aligning reads several levels side by side; a segmenter beside it hears what the text tower itself says."""
    alone, views = tiny_text_tower(), tiny_views()
    aligned = TextTower(TextConfig(**{**alone.config.to_dict(), "levels": (0, -1)}), alone.tokenizer).eval()
    aligned.load_state_dict(alone.state_dict())
    space = build_joint_space(views, image="cnn", text_tower=aligned, head={"width": 16})
    model = ModelDirectory(tmp_path / "model")
    model.save_joint(space, views=views, record={})
    assert model.text().width == 2 * alone.width
    corpus = make_masked_corpus(tmp_path / "corpus", 2)
    config = SegmentConfig(width=4)
    segmenter = build_segmenter(choose_layout(list(corpus), config), config, model)
    with torch.no_grad():
        assert torch.equal(segmenter.text.encode(WORDS), alone.encode(WORDS))
