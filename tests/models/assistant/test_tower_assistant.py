"""What an assistant reads and generates: nothing depends on the batch, on padding, or on what is not there."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.image_tokens import QUESTION, ImageTokens, with_questions
from lexiscope.models.assistant.token_plan import BranchTokens
from lexiscope.models.assistant.tower_assistant import TowerAssistant
from lexiscope.testing.speaking import tiny_assistant

PROMPTS = ["is there a lesion?", "what is seen in the left frontal lobe under the beam?"]
ANSWERS = ["no", "a bright lesion"]


def image_tokens(
    *, flair: tuple[bool, bool] = (True, True), t1: tuple[bool, bool] = (True, True), seed: int = 0
) -> ImageTokens:
    """Two cases with four places of each modality."""
    generator = torch.Generator().manual_seed(seed)
    tokens = {
        name: BranchTokens(torch.randn(2, 6, generator=generator), torch.randn(2, 4, 5, generator=generator))
        for name in ("flair", "t1")
    }
    return ImageTokens(tokens, {"flair": torch.tensor(flair), "t1": torch.tensor(t1)})


@torch.no_grad()
def likely(assistant: TowerAssistant, seen: ImageTokens | None = None) -> torch.Tensor:
    return assistant(image_tokens() if seen is None else seen, PROMPTS, ANSWERS)[0]


@pytest.fixture(scope="module")
def assistant() -> TowerAssistant:
    return tiny_assistant()


def test_a_row_does_not_depend_on_the_batch(assistant: TowerAssistant) -> None:
    seen = image_tokens(t1=(True, False))
    together, tokens = assistant(seen, PROMPTS, ANSWERS)
    for row in range(2):
        alone, count = assistant(seen.rows([row]), PROMPTS[row : row + 1], ANSWERS[row : row + 1])
        assert alone.item() == pytest.approx(together[row].item(), abs=1e-4)
        assert count.item() == tokens[row] == len(assistant.answer_ids(ANSWERS[row]))


def test_answers_scored_together_are_as_likely_as_each_alone(assistant: TowerAssistant) -> None:
    seen, several = image_tokens(), [["no", "a bright lesion", "yes"], []]
    found, none = assistant.weigh(seen, PROMPTS, several)
    assert none == []
    for answer, (likely, tokens) in zip(several[0], found, strict=True):
        alone, count = assistant(seen.rows([0]), PROMPTS[:1], [answer])
        assert likely == pytest.approx(alone.item(), abs=1e-4)
        assert tokens == count.item()


def test_what_is_said_is_as_likely_as_it_is_when_read(assistant: TowerAssistant) -> None:
    seen = image_tokens(t1=(True, False))
    generated = assistant.say(seen, PROMPTS, max_tokens=5)
    for row, one in enumerate(generated):
        (alone,) = assistant.say(seen.rows([row]), PROMPTS[row : row + 1], max_tokens=5)
        assert (alone.text, alone.tokens) == (one.text, one.tokens)
        assert alone.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-4)
        assert 1 <= one.tokens <= 5
        assert one.log_likelihood < 0


def test_the_likelihood_of_an_answer_is_the_sum_over_its_tokens(assistant: TowerAssistant) -> None:
    """Read token by token with the language model alone."""
    seen = image_tokens().rows([0])
    with torch.no_grad():
        vectors, _ = assistant.projector(seen.tokens, seen.present)
        words = assistant.language.get_input_embeddings()
        form, encode = assistant.format, lambda text: assistant.tokenizer.encode(text, add_special_tokens=False).ids
        before, after = encode(form.user), encode(PROMPTS[0] + form.assistant)
        ids = assistant.answer_ids("no")
        rows = [words(torch.tensor(part)) for part in (before, after, ids)]
        x = torch.cat([rows[0], vectors[0], rows[1], rows[2]])[None]
        probabilities = assistant.language(inputs_embeds=x).logits[0].log_softmax(-1)
        start = x.shape[1] - len(ids)
        by_hand = sum(probabilities[start - 1 + place, token].item() for place, token in enumerate(ids))
        found = assistant(seen, PROMPTS[:1], ["no"])[0].item()
    assert found == pytest.approx(by_hand, abs=1e-4)


def test_what_lies_in_a_missing_modality_changes_nothing(assistant: TowerAssistant) -> None:
    seen = image_tokens(t1=(True, False))
    spoiled = image_tokens(t1=(True, False))
    spoiled.tokens["t1"].summary[1] = torch.nan
    spoiled.tokens["t1"].places[1] = 1e9
    assert torch.equal(likely(assistant, seen), likely(assistant, spoiled))
    assert not torch.equal(likely(assistant, seen), likely(assistant, image_tokens()))


def test_a_case_without_any_modality_it_reads_is_refused(assistant: TowerAssistant) -> None:
    with pytest.raises(ModelError, match="image of flair or t1, got one without"):
        likely(assistant, image_tokens(flair=(True, False), t1=(True, False)))
    asks = tiny_assistant(modalities=["flair", "t1", QUESTION])
    blind = with_questions(image_tokens(flair=(True, False), t1=(True, False)), torch.zeros(2, 6))
    with pytest.raises(ModelError, match="image of flair or t1, got one without"):  # the question alone is no image
        likely(asks, blind)
    with pytest.raises(ModelError, match="expected image tokens of 1 rows, got 2"):
        assistant.say(image_tokens(), PROMPTS[:1])


def test_too_long_a_question_is_refused_and_no_image_token_is_ever_cut() -> None:
    short = tiny_assistant(max_tokens=64)
    images = short.projector.length(image_tokens().tokens)
    assert images == 2 * (2 + 4)  # two branches of two summaries and four places
    with pytest.raises(ModelError, match="at most 64 tokens of image, question and answer together, got"):
        short.say(image_tokens(), ["why " * 80] * 2)
    with pytest.raises(ModelError, match="shorten the text"):
        short(image_tokens(), PROMPTS, ["because " * 80] * 2)


def test_generation_stops_where_the_language_model_does() -> None:
    short = tiny_assistant(max_tokens=48)
    room = 48 - short.projector.length(image_tokens().tokens) - short.prompt_length(PROMPTS[0])
    generated = short.say(image_tokens().rows([0]), PROMPTS[:1], max_tokens=500)
    assert generated[0].tokens <= room


def test_evidence_is_read_whole_or_not_at_all() -> None:
    short = tiny_assistant(max_tokens=120)
    pieces = ["a bright lesion", "no lesion is seen " * 20, "grains"]
    fits = short.fit_evidence(pieces, PROMPTS[0], images=12, answer=4)
    assert fits == pieces[:1]
    assert short.fit_evidence(pieces, "why " * 100, images=12, answer=4) == []


@pytest.mark.parametrize("adapter", [False, True])
def test_a_saved_assistant_gives_the_same_logits(tmp_path: Path, adapter: bool) -> None:
    made = tiny_assistant(adapter=adapter)
    _stir(made)
    made.save_pretrained(tmp_path)
    loaded = TowerAssistant.from_pretrained(tmp_path)
    assert torch.equal(likely(loaded), likely(made))
    assert loaded.say(image_tokens(), PROMPTS) == made.say(image_tokens(), PROMPTS)
    with safe_open(tmp_path / "model.safetensors", "pt") as stream:
        names = list(stream.keys())
    assert any("lora_A" in name for name in names) == adapter  # saved beside the weights, not merged into them


def test_a_merged_adapter_is_a_plain_language_model_with_the_same_logits(tmp_path: Path) -> None:
    made = tiny_assistant(adapter=True)
    plain = likely(made)
    _stir(made)
    merged = made.merged()
    assert not torch.allclose(likely(made), plain, atol=1e-3)  # the adapter does something
    assert torch.allclose(likely(merged), likely(made), atol=1e-4)
    assert not [name for name, _ in merged.named_parameters() if "lora" in name]
    assert merged.config.adapter is None
    assert made.config.adapter is not None
    merged.save_pretrained(tmp_path)
    assert torch.equal(likely(TowerAssistant.from_pretrained(tmp_path)), likely(merged))


@pytest.mark.parametrize("bf16", [False, True])
def test_a_merged_assistant_answers_in_the_precision_of_training(tmp_path: Path, bf16: bool) -> None:
    made = tiny_assistant(adapter=True)
    made.config.bf16 = bf16
    _stir(made)
    made.save_pretrained(tmp_path)
    merged = TowerAssistant.from_pretrained(tmp_path).merge_for_inference()
    assert {weight.dtype for weight in merged.language.parameters()} == {torch.bfloat16 if bf16 else torch.float32}
    assert {buffer.dtype for buffer in merged.language.buffers()} == {torch.float32}  # the angles of positions
    assert not [name for name, weight in merged.named_parameters() if "lora" in name or weight.requires_grad]
    assert torch.allclose(likely(merged), likely(made), rtol=0.02 if bf16 else 1e-5)
    scored = merged.weigh(image_tokens(), PROMPTS, [[answer] for answer in ANSWERS])
    assert [one[0][0] for one in scored] == pytest.approx(likely(made).tolist(), rel=0.02)


def test_a_damaged_or_missing_assistant_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="found none"):
        TowerAssistant.from_pretrained(tmp_path)
    tiny_assistant().save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match="damaged"):
        TowerAssistant.from_pretrained(tmp_path)


@torch.no_grad()
def _stir(assistant: TowerAssistant) -> None:
    """Move every weight that trains, so that a fresh adapter, which begins as nothing, counts."""
    generator = torch.Generator().manual_seed(7)
    for weight in assistant.parameters():
        if weight.requires_grad:
            weight += 0.05 * torch.randn(weight.shape, generator=generator)
