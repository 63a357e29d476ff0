"""Tiny image-text-to-text models with random weights, saved in the layout of the hub."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from lexiscope.testing.speaking import tiny_language

IMAGE = "<image>"
_AROUND = ("<fake_token_around_image>", "<global-img>")
_CHAT = (
    "{% for message in messages %}{{ message['role'] | upper }}: {% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>\n{% else %}{{ part['text'] }}{% endif %}{% endfor %}</s>{% endfor %}"
    "{% if add_generation_prompt %} ASSISTANT: {% endif %}"
)


def save_tiny_hub(folder: Path, texts: Sequence[str], *, kind: str = "llava", chat: bool = True, seed: int = 0) -> str:
    """Write a LLaVA or one of its like, of two layers each way, and give its name for `--language`.

    Args:
        folder: Directory to write.
        texts: Texts that its tokenizer is trained on.
        kind: "llava", "idefics3" or "smolvlm".
        chat: Write a chat template beside the tokenizer.
        seed: Seed of the weights.
    """
    import torch
    from transformers import LlamaConfig, PreTrainedTokenizerFast

    words = tiny_language(texts).tokenizer
    special = {"eos_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    template = _CHAT if chat else None
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, chat_template=template, **special)
    tokenizer.add_special_tokens({"additional_special_tokens": [IMAGE, *(() if kind == "llava" else _AROUND)]})
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model, processor = _llava(text, tokenizer) if kind == "llava" else _tiled(kind, text, tokenizer)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    for part in (model, processor, tokenizer):
        part.save_pretrained(folder)
    return str(folder)


def _llava(text: Any, tokenizer: Any) -> tuple[Any, Any]:
    from transformers import CLIPVisionConfig, LlavaConfig, LlavaForConditionalGeneration
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=3, num_attention_heads=2, image_size=32, patch_size=8
    )
    image = tokenizer.convert_tokens_to_ids(IMAGE)
    model = LlavaForConditionalGeneration(LlavaConfig(vision_config=vision, text_config=text, image_token_index=image))
    size = {"height": 32, "width": 32}
    return model, CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=size)


def _tiled(kind: str, text: Any, tokenizer: Any) -> tuple[Any, Any]:
    """Models whose processors would cut an image into tiles."""
    name = {"idefics3": "Idefics3", "smolvlm": "SmolVLM"}[kind]
    room = f"transformers.models.{kind}"
    configs, models = import_module(f"{room}.configuration_{kind}"), import_module(f"{room}.modeling_{kind}")
    processors = import_module(f"{room}.image_processing_pil_{kind}")
    vision = getattr(configs, f"{name}VisionConfig")(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=8
    )
    config = getattr(configs, f"{name}Config")(
        vision_config=vision,
        text_config=text,
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    processor = getattr(processors, f"{name}ImageProcessorPil")(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 32}
    )
    return getattr(models, f"{name}ForConditionalGeneration")(config), processor
