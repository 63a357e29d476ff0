"""Published image-text models as joint spaces: the embeddings are those of transformers."""

import json

import pytest
import torch
from transformers import AutoModel

from lexiscope.core.errors import WeightsError
from lexiscope.models.joint import JointSpace
from lexiscope.models.published.space import PublishedSpace, load_published
from lexiscope.testing.published import KINDS, SIDE, save_published
from lexiscope.views import View
from lexiscope.views.planar import PlanarView
from lexiscope.views.slices import SlicesView

TEXTS = ["a red disc", "a green square , and a blue cross beside it"]


def spaces(published: PublishedSpace) -> tuple[JointSpace, dict[str, View]]:
    intensity = published.image.preparation.intensity
    grey = PlanarView(size=SIDE, channels=1, intensity=intensity)
    views = {"photo": PlanarView(size=SIDE, intensity=intensity), "scan": grey}
    return published.joint_space(views), views


@pytest.mark.parametrize("kind", KINDS)
def test_embeddings_are_those_of_transformers(kind, tmp_path):
    published = load_published(save_published(tmp_path, TEXTS, kind=kind))
    space, _ = spaces(published)
    model = AutoModel.from_pretrained(tmp_path).eval()
    pixels = torch.randn(3, 3, SIDE, SIDE)
    with torch.no_grad():
        images = torch.nn.functional.normalize(model.get_image_features(pixel_values=pixels).pooler_output, dim=-1)
        rows = [space.text.tokenizer.encode(text).ids for text in TEXTS]
        longest = space.text.config.max_tokens
        ids = torch.tensor([row + [space.text.config.pad_token or 0] * (longest - len(row)) for row in rows])
        mask = None if kind == "siglip" else torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        words = model.get_text_features(input_ids=ids, attention_mask=mask).pooler_output
        present = {"photo": torch.ones(3, dtype=torch.bool)}
        torch.testing.assert_close(space.embed_images({"photo": pixels}, present), images)
        torch.testing.assert_close(space.embed_texts(TEXTS), torch.nn.functional.normalize(words, dim=-1))
    assert space.scale.item() == pytest.approx(model.logit_scale.exp().item(), rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_space_embeds_as_before(kind, tmp_path):
    space, views = spaces(load_published(save_published(tmp_path / "published", TEXTS, kind=kind)))
    space.save_pretrained(tmp_path / "saved")
    again = JointSpace.from_pretrained(tmp_path / "saved")
    images = {name: torch.randn(2, *view.shape) for name, view in views.items()}
    present = {"photo": torch.tensor([True, True]), "scan": torch.tensor([False, True])}
    with torch.no_grad():
        torch.testing.assert_close(again(images, present, TEXTS), space(images, present, TEXTS), rtol=0, atol=0)
        assert len(space.image(images, present).tokens[0]) == 2 * (1 + (SIDE // 8) ** 2)  # a summary and the places


def test_siglip_keeps_its_bias_and_reads_texts_as_it_was_trained(tmp_path):
    space, _ = spaces(load_published(save_published(tmp_path, TEXTS, kind="siglip")))
    assert space.logit_bias.item() == -7.0
    words = space.text.tokenizer
    assert words.encode("A red, disc!").tokens == ["a", "red", "disc", "[SEP]"]  # lowered, without punctuation
    assert space.text.config.pad_token == words.token_to_id("[PAD]")


def test_texts_of_a_clip_are_framed_whatever_the_tokenizers_file_says(tmp_path):
    name = save_published(tmp_path, TEXTS)
    words = json.loads((tmp_path / "tokenizer.json").read_text())
    (tmp_path / "tokenizer.json").write_text(json.dumps({**words, "post_processor": None}))
    with pytest.raises(WeightsError, match=r"expected bos_token, a word of the tokenizer, in .*, got None"):
        load_published(name)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"bos_token": "[CLS]", "eos_token": "[SEP]"}))
    assert load_published(name).text.tokenizer.encode("a disc").tokens == ["[CLS]", "a", "disc", "[SEP]"]


def test_slices_are_read_as_pictures_and_grey_takes_the_colours_of_the_model(tmp_path):
    published = load_published(save_published(tmp_path, TEXTS))
    intensity = published.image.preparation.intensity
    volume = SlicesView(size=SIDE, slices=2, channels=1, intensity=intensity)
    space = published.joint_space({"flair": volume})
    pixels = torch.rand(1, 1, SIDE, SIDE)
    grey = intensity.standardise(pixels, channel_axis=1)
    coloured = intensity.standardise(pixels.expand(-1, 3, -1, -1), channel_axis=1)
    model = AutoModel.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        images = torch.nn.functional.normalize(model.get_image_features(pixel_values=coloured).pooler_output, dim=-1)
        seen = space.embed_images({"flair": torch.stack([grey, grey], dim=1)}, {"flair": torch.tensor([True])})
    torch.testing.assert_close(seen, images)


def test_what_is_no_image_text_model_is_refused(tmp_path):
    from transformers import BertConfig, BertModel

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    BertModel(BertConfig(vocab_size=9, **sizes)).save_pretrained(tmp_path)
    with pytest.raises(WeightsError, match=r"image-text model of one of the layouts clip.*, got .* of 'bert'"):
        load_published(str(tmp_path))


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "tokenizer_config.json"])
def test_damaged_settings_are_named(file, tmp_path):
    name = save_published(tmp_path, TEXTS, kind="siglip")
    (tmp_path / file).write_text("{")
    with pytest.raises(WeightsError, match=rf"expected settings in .*{file}, got others: .*; copy the model again"):
        load_published(name)


def test_settings_of_images_that_are_missing_or_not_square_are_refused(tmp_path):
    name = save_published(tmp_path, TEXTS)
    file = tmp_path / "preprocessor_config.json"
    file.write_text(json.dumps({"size": {"height": 32, "width": 48}}))
    with pytest.raises(WeightsError, match=r"square images .* got \['size'\]: sides \[32, 48\]; copy them again"):
        load_published(name)
    file.unlink()
    with pytest.raises(WeightsError, match=r"expected preprocessor_config\.json or processor_config\.json"):
        load_published(name)
