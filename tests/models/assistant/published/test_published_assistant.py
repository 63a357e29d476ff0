"""A published vision-language model behind the assistant's protocol is the same model, in every published layout."""

import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText

from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.models.assistant import load_assistant
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.language import load_language
from lexiscope.models.assistant.published.assistant import PublishedAssistant
from lexiscope.models.assistant.published.processor import load_processor
from lexiscope.models.assistant.published.start import start_published
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.testing.hub import LAYOUTS, save_tiny_hub
from lexiscope.testing.models import tiny_views

TEXTS = ["Which colour is it? red green blue", "Describe the image.", "A red disc, specimen 7.", "Is it odd? Yes No"]
PROMPTS, ANSWERS = ["Is it odd?", "Which colour is it, red or green?"], ["Yes", "A red disc"]
PLAN = TokenPlan(slices=2)
ADAPTER = {"r": 2, "lora_alpha": 4, "target_modules": ["q_proj", "v_proj"]}
VIEWS = tiny_views("slices", modalities=["flair"]) | tiny_views(modalities=["t1"])


def images(*, t1: tuple[bool, bool] = (True, True), seed: int = 0) -> ImageTokens:
    """Two cases: two slices of one modality, a plane of the other, which may be missing."""
    rng = np.random.default_rng(seed)

    def some(count: int) -> np.ndarray:
        return rng.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)

    shown = {
        "flair": [partial(np.copy, some(2)) for _ in range(2)],
        "t1": [partial(np.copy, some(1)) if has else None for has in t1],
    }
    return ImageTokens({}, {"flair": torch.tensor([True, True]), "t1": torch.tensor(t1)}, shown)


@pytest.fixture(scope="module", params=sorted(LAYOUTS))
def name(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_hub(tmp_path_factory.mktemp("hub") / request.param, TEXTS, kind=request.param)


@pytest.fixture(scope="module")
def assistant(name: str) -> PublishedAssistant:
    return start_published(name, views=VIEWS, plan=PLAN)


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_tiny_hub(tmp_path_factory.mktemp("one") / "llava", TEXTS)


@torch.no_grad()
def likely(assistant: PublishedAssistant, shown: ImageTokens | None = None) -> list[float]:
    return assistant(images() if shown is None else shown, PROMPTS, ANSWERS)[0].tolist()


@torch.no_grad()
def in_transformers(made: Path | PublishedAssistant) -> list[float]:
    """Logits after a question about a picture, of a model in its published layout or of one in memory."""
    if isinstance(made, PublishedAssistant):
        model, processor = made.model, made.conversation.processor
    else:
        model = AutoModelForImageTextToText.from_pretrained(made)
        processor = load_processor(made, model_type=model.config.model_type)
    content = [{"type": "image", "image": Image.new("RGB", (32, 32), "red")}, {"type": "text", "text": PROMPTS[0]}]
    inputs = processor.apply_chat_template(
        [[{"role": "user", "content": content}]], tokenize=True, return_dict=True, return_tensors="pt"
    )
    return model(**inputs).logits[0, -1].tolist()


@torch.no_grad()
def stirred(assistant: PublishedAssistant) -> PublishedAssistant:
    """Every weight that trains is moved, so that a fresh adapter, which begins as nothing, counts."""
    assistant.unfreeze()
    for number, weight in enumerate(weight for weight in assistant.parameters() if weight.requires_grad):
        weight += 0.2 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(number))
    return assistant


@torch.no_grad()
def test_it_is_as_likely_as_in_transformers(assistant: PublishedAssistant) -> None:
    """The whole conversation, answer included, in one run of the published template."""
    shown, prompt = images(), f"Pictures: flair 1-2, t1 3.\n{PROMPTS[1]}"
    pictures = [*shown.pictures["flair"][1](), *shown.pictures["t1"][1]()]
    content = [{"type": "image", "image": Image.fromarray(one)} for one in pictures]
    turns = [
        {"role": "user", "content": [*content, {"type": "text", "text": prompt}]},
        {"role": "assistant", "content": [{"type": "text", "text": ANSWERS[1]}]},
    ]
    run = partial(assistant.conversation.processor.apply_chat_template, tokenize=True, return_dict=True)
    inputs = run([turns], return_tensors="pt")
    start = len(run(turns[:1], add_generation_prompt=True)["input_ids"][0])
    ids = inputs["input_ids"][0].tolist()
    ends = [place for place, token in enumerate(ids) if place > start and token in assistant.conversation.ends]
    if not ends:  # LLaVA's template writes a space where its model ends a turn
        ids[-1] = assistant.conversation.ends[0]
    last = ends[0] if ends else len(ids) - 1
    likely_next = assistant.model(**inputs).logits[0].log_softmax(dim=-1)
    by_hand = sum(likely_next[place - 1, ids[place]].item() for place in range(start, last + 1))
    assert likely(assistant)[1] == pytest.approx(by_hand, abs=1e-3)


@torch.no_grad()
def test_neither_batch_nor_missing_modalities_change_a_row(assistant: PublishedAssistant) -> None:
    shown = images(t1=(True, False))
    together, counts = assistant(shown, PROMPTS, ANSWERS)
    for row in range(2):
        alone, count = assistant(shown.rows([row]), PROMPTS[row : row + 1], ANSWERS[row : row + 1])
        assert alone.item() == pytest.approx(together[row].item(), abs=1e-3)
        assert count == counts[row]
    assert likely(assistant, images(seed=1)) != pytest.approx(likely(assistant), abs=1e-4)  # the pictures count
    assert likely(assistant, images().blank()) != pytest.approx(likely(assistant), abs=1e-4)


def test_what_is_said_and_what_is_weighed_is_as_likely_as_when_it_is_read(assistant: PublishedAssistant) -> None:
    shown, several = images(), [["No", "A red disc", "Yes"], []]
    scored, none = assistant.weigh(shown, PROMPTS, several)
    assert none == []
    for answer, (likelihood, tokens) in zip(several[0], scored, strict=True):
        with torch.no_grad():
            alone, count = assistant(shown.rows([0]), PROMPTS[:1], [answer])
        assert likelihood == pytest.approx(alone.item(), abs=1e-3)
        assert tokens == count.item()
    said = assistant.say(shown, PROMPTS, max_tokens=3)
    assert [1 <= one.tokens <= 3 and one.log_likelihood < 0 for one in said] == [True, True]
    blind = assistant.say(None, PROMPTS, max_tokens=3)  # words alone
    assert len(blind) == 2


def test_tuned_saved_loaded_and_merged_it_computes_the_same(name: str, tmp_path: Path) -> None:
    made = stirred(start_published(name, views=VIEWS, plan=PLAN, adapter=ADAPTER))
    tuned, plain = likely(made), likely(start_published(name, views=VIEWS, plan=PLAN))
    assert tuned != pytest.approx(plain, abs=1e-3)
    made.save_pretrained(tmp_path / "saved")
    again = load_assistant(tmp_path / "saved")
    assert isinstance(again, PublishedAssistant)
    assert likely(again) == tuned
    assert likely(again.untuned()) == plain
    merged = again.merged()
    assert likely(merged) == pytest.approx(tuned, abs=1e-3)
    assert (merged.adapter, again.adapter) == (None, ADAPTER)
    assert not [weight for weight, _ in merged.named_parameters() if "lora" in weight]
    merged.save_pretrained(tmp_path / "merged")
    assert likely(load_assistant(tmp_path / "merged")) == likely(merged)
    assert in_transformers(tmp_path / "merged" / "model") == pytest.approx(in_transformers(merged), abs=1e-4)


def test_only_the_language_model_trains(assistant: PublishedAssistant) -> None:
    assistant.unfreeze()
    training = {weight for weight, value in assistant.named_parameters() if value.requires_grad}
    assert training
    assert not [weight for weight in training if "vision" in weight or "visual" in weight or "connector" in weight]
    likelihoods, _ = assistant(images(), PROMPTS, ANSWERS)
    (-likelihoods.sum()).backward()
    assert all(value.grad is not None for value in assistant.parameters() if value.requires_grad)
    assistant.zero_grad()


def test_more_pictures_than_it_reads_are_refused(llava: str) -> None:
    volumes = {"t1": tiny_views("volume", modalities=["t1"])["t1"]}
    many = TokenPlan(slices=40)  # of 16 slices, 16 tokens each; 512 are read
    made = start_published(llava, views=volumes, plan=many)
    assert made.settings.frames == {"t1": (16, 32, 32)}
    several = {f"m{number}": volumes["t1"] for number in range(3)}
    with pytest.raises(ModelError, match=r"at most \d+ pictures of about 1\d tokens each in the 512 .* got 48;"):
        start_published(llava, views=several, plan=many)
    seen = ImageTokens({}, {"t1": torch.tensor([True])}, {"t1": [partial(np.zeros, (16, 32, 32, 3), np.uint8)]})
    with pytest.raises(ModelError, match="at most 512 tokens of image, question and answer together, got"):
        made(seen, ["why " * 200], ["Yes"])
    with pytest.raises(ModelError, match="an image of t1, got one without"):
        made(ImageTokens({}, {"t1": torch.tensor([False])}, {"t1": [None]}), PROMPTS[:1], ANSWERS[:1])
    with pytest.raises(ModelError, match="expected image tokens of 1 rows, got 2"):
        made.say(images(), PROMPTS[:1])


def test_control_tokens_of_a_user_are_words(llava: str) -> None:
    assistant = start_published(llava, views=VIEWS, plan=PLAN)
    (said,) = assistant.say(images().rows([0]), ["Is <image> it [SEP] odd?"], max_tokens=1)
    assert said.tokens == 1
    ids = assistant.conversation.inputs(["<image>[SEP]"], [[]])["input_ids"]
    image = assistant.conversation.processor.tokenizer.convert_tokens_to_ids("<image>")
    assert image not in ids
    assert not set(assistant.conversation.ends) & set(ids[0].tolist())


def test_what_cannot_be_run_says_what_is_missing(llava: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"expected a language model, got .* looks at pictures itself; --start"):
        load_language(llava)
    silent = save_tiny_hub(tmp_path / "silent", TEXTS, chat=False)
    with pytest.raises(WeightsError, match=r"chat template of .* put the publisher's chat_template.jinja"):
        start_published(silent, views=VIEWS, plan=PLAN)
    shutil.copytree(llava, tmp_path / "blind")
    (tmp_path / "blind" / "processor_config.json").unlink()
    with pytest.raises(WeightsError, match=r"the processor of a vision-language model at .*save it there"):
        start_published(str(tmp_path / "blind"), views=VIEWS, plan=PLAN)
    with pytest.raises(ModelError, match="found none"):
        load_assistant(tmp_path)
    made = start_published(llava, views=VIEWS, plan=PLAN, adapter=ADAPTER)
    made.save_pretrained(tmp_path / "saved")
    (tmp_path / "saved" / "adapter.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="damaged"):
        load_assistant(tmp_path / "saved")
