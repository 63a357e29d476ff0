"""A ready image-text-to-text model, taken apart and put together again, is the same model."""

from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.models.assistant.assistant import Assistant
from lexiscope.models.assistant.hub_model import has_vision_encoder, load_any_language, load_hub_model
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.assistant.vision_encoder import Denormalisation, HubVisionEncoder, load_image_text_model
from lexiscope.testing.hub import IMAGE, save_tiny_hub
from lexiscope.testing.models import tiny_views
from lexiscope.testing.speaking import save_language, tiny_language

TEXTS = ["Which colour is it?", "Describe the image.", "A red disc, specimen 7.", "Is it odd? Yes No USER ASSISTANT"]
PROMPTS, ANSWERS = ["Is it odd?", "Which colour is it?"], ["Yes", "A red disc"]
VIEWS = tiny_views(modalities=["photo"])


def pixels(n: int = 2) -> torch.Tensor:
    return torch.randn(n, *VIEWS["photo"].shape, generator=torch.Generator().manual_seed(3)).half()


def assembled(name: str) -> Assistant:
    hub = load_hub_model(name, views=VIEWS)
    return Assistant.on(
        hub.language,
        branches={"photo": (0, 32)},
        plan=TokenPlan(),
        vision_encoder=hub.vision_encoder,
        chat_format=hub.chat_format,
        seed=1,
    )


def image_tokens(assistant: Assistant, n: int = 2) -> ImageTokens:
    mask = {"photo": torch.ones(n, dtype=torch.bool)}
    assert assistant.vision_encoder is not None
    return ImageTokens(assistant.vision_encoder.read({"photo": pixels(n)}, mask, slices=2), mask)


def in_transformers(folder: str, row: int) -> float:
    """Log-likelihood of an answer as transformers' own model gives it: ids with image tokens, and the pixels."""
    from transformers import AutoTokenizer

    model, processor = load_image_text_model(Path(folder))
    if hasattr(processor, "do_image_splitting"):
        processor.do_image_splitting = False
    tokenizer = AutoTokenizer.from_pretrained(folder)
    picture = Denormalisation.of(VIEWS["photo"]).pictures(pixels(), slices=1)[row, 0]
    given = {k: v for k, v in processor(images=[[picture]], return_tensors="pt").items() if isinstance(v, torch.Tensor)}
    places = len(model.get_image_features(**given).pooler_output[0])
    chat = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": PROMPTS[row]}]}]
    text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    shown = IMAGE * places
    if "llava" not in folder:  # as its processor writes an image of one tile
        shown = f"<fake_token_around_image><global-img>{shown}<fake_token_around_image>"
    asked = tokenizer(text.replace(IMAGE, shown), add_special_tokens=False)["input_ids"]
    answer = tokenizer(ANSWERS[row], add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([asked + answer]), **given).logits[0]
    probabilities = logits[len(asked) - 1 : -1].log_softmax(dim=-1)
    return float(probabilities[torch.arange(len(answer)), answer].sum())


@pytest.mark.parametrize("kind", ["llava", "idefics3", "smolvlm"])
def test_it_answers_as_it_does_in_transformers(tmp_path: Path, kind: str) -> None:
    name = save_tiny_hub(tmp_path / kind, TEXTS, kind=kind)
    assert has_vision_encoder(name)
    assistant = assembled(name)
    with torch.no_grad():
        likely, _ = assistant(image_tokens(assistant), PROMPTS, ANSWERS)
        blind, _ = assistant(
            ImageTokens(image_tokens(assistant).rows([1, 0]).tokens, image_tokens(assistant).present), PROMPTS, ANSWERS
        )
    assert likely.tolist() == pytest.approx([in_transformers(name, row) for row in (0, 1)], abs=1e-4)
    assert not torch.allclose(likely, blind, atol=1e-6)  # the picture counts


def test_it_comes_back_with_its_vision_encoder(tmp_path: Path) -> None:
    assistant = assembled(save_tiny_hub(tmp_path / "llava", TEXTS))
    assistant.save_pretrained(tmp_path / "saved")
    (tmp_path / "llava").rename(tmp_path / "gone")  # nothing of the original is needed
    again = Assistant.from_pretrained(tmp_path / "saved")
    seen, back = image_tokens(assistant), image_tokens(again)
    assert torch.equal(seen.tokens["photo"].places, back.tokens["photo"].places)
    with torch.no_grad():
        assert torch.equal(again(back, PROMPTS, ANSWERS)[0], assistant(seen, PROMPTS, ANSWERS)[0])
    assert again.generate(back, PROMPTS, max_tokens=4) == assistant.generate(seen, PROMPTS, max_tokens=4)


def test_image_tokens_are_never_cut(tmp_path: Path) -> None:
    assistant = assembled(save_tiny_hub(tmp_path / "llava", TEXTS))
    seen = image_tokens(assistant, 1)
    assert assistant.projector.length(seen.tokens) == 16
    with pytest.raises(ModelError, match=r"at most 256 tokens of image, question and answer together, got \d+"):
        assistant(seen, ["why " * 300], ["Yes"])
    with pytest.raises(ModelError, match="an image of photo, got one without"):
        assistant(ImageTokens(seen.tokens, {"photo": torch.tensor([False])}), PROMPTS[:1], ANSWERS[:1])


def test_without_a_chat_template_the_format_is_that_of_llava(tmp_path: Path) -> None:
    chat_format = load_hub_model(save_tiny_hub(tmp_path / "llava", TEXTS, chat=False), views=VIEWS).chat_format
    assert (chat_format.user, chat_format.shown, chat_format.assistant, chat_format.end) == (
        "USER: ",
        "\n",
        "\nASSISTANT: ",
        "[SEP]",
    )


def test_prepared_pixels_become_pictures_again() -> None:
    values = np.random.default_rng(0).integers(0, 256, (3, 32, 32)).astype(np.uint8)
    view = VIEWS["photo"]
    prepared = torch.from_numpy(view.prepare(values, None))[None]
    back = Denormalisation.of(view).pictures(prepared, slices=1)[0, 0].transpose(2, 0, 1)
    assert np.abs(back.astype(int) - values).max() <= 1  # half precision
    volume = torch.arange(5.0)[None, None, :, None, None].expand(1, 1, 5, 4, 4) / 5
    shown = Denormalisation("volume", (0.0,), (1.0,)).pictures(volume, slices=2)
    assert shown.shape == (1, 2, 4, 4, 3)
    assert shown[0, :, 0, 0, 0].tolist() == [51, 153]  # the second and the fourth of five planes
    with pytest.raises(ModelError, match="1 channel or 3, got 2"):
        Denormalisation("planar", (0.0,), (1.0,)).pictures(torch.zeros(1, 2, 4, 4), slices=1)


def test_what_does_not_see_is_a_language_model_alone(tmp_path: Path) -> None:
    assert not has_vision_encoder(save_language(tiny_language(), tmp_path / "language"))
    name = save_tiny_hub(tmp_path / "llava", TEXTS)
    (tmp_path / "llava" / "preprocessor_config.json").unlink()
    with pytest.raises(WeightsError, match=r"with its image processor at .*save both there"):
        load_hub_model(name, views=VIEWS)
    assert HubVisionEncoder.from_pretrained(tmp_path) is None


def test_its_language_model_alone(tmp_path: Path) -> None:
    name = save_tiny_hub(tmp_path / "llava", TEXTS)
    ids = torch.arange(5, 25)[None]
    model, _ = load_image_text_model(Path(name))
    with torch.no_grad():
        assert torch.equal(load_any_language(name).model(ids).logits, model(input_ids=ids).logits)
    plain = save_language(tiny_language(), tmp_path / "language")
    assert load_any_language(plain).model.config.model_type == "llama"


def test_words_with_places_in_two_dimensions_are_refused(tmp_path: Path) -> None:
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2}
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}
    text = {**small, "vocab_size": 100, "intermediate_size": 64, "rope_parameters": rope}
    vision = {"depth": 1, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "patch_size": 4}
    config = Qwen2VLConfig(text_config=text, vision_config=vision, image_token_id=99)
    Qwen2VLForConditionalGeneration(config).save_pretrained(tmp_path)
    Qwen2VLImageProcessorPil().save_pretrained(tmp_path)
    with pytest.raises(WeightsError, match=r"reads words in one row, got 'qwen2_vl_text'.*use LLaVA, Idefics3"):
        load_hub_model(str(tmp_path), views=VIEWS)
