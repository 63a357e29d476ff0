"""Tiny vision-language models with random weights, saved in the layouts in which such models are published."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from lexiscope.testing.speaking import tiny_language

_PARTS = (
    "{%- for part in message['content'] -%}{%- if part['type'] == 'image' -%}{{ 'IMAGE' }}"
    "{%- else -%}{{ part['text'] }}{%- endif -%}{%- endfor -%}"
)
_LLAVA = (
    "{%- for message in messages -%}{{ message['role'].upper() + ': ' }}{%- for part in message['content'] -%}"
    "{%- if part['type'] == 'image' -%}{{ '<image>\n' }}{%- else -%}{{ part['text'] + ' ' }}{%- endif -%}{%- endfor -%}"
    "{%- endfor -%}{%- if add_generation_prompt -%}{{ 'ASSISTANT:' }}{%- endif -%}"
)
_IDEFICS = (
    "{{ '<|im_start|>' }}{%- for message in messages -%}{{ message['role'] | capitalize }}"
    "{{ ':' if message['content'][0]['type'] == 'image' else ': ' }}"
    f"{_PARTS}{{{{ '<end_of_utterance>\n' }}}}{{%- endfor -%}}"
    "{%- if add_generation_prompt -%}{{ 'Assistant:' }}{%- endif -%}"
).replace("IMAGE", "<image>")
_QWEN = (
    "{%- for message in messages -%}{{ '<|im_start|>' + message['role'] + '\n' }}"
    f"{_PARTS}{{{{ '<|im_end|>\n' }}}}{{%- endfor -%}}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
).replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
_GEMMA = (
    "{{ bos_token }}{%- for message in messages -%}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' }}"
    f"{_PARTS}{{{{ '<end_of_turn>\n' }}}}{{%- endfor -%}}"
    "{%- if add_generation_prompt -%}{{ '<start_of_turn>model\n' }}{%- endif -%}"
).replace("IMAGE", "<start_of_image>")
_QWEN_TOKENS = ("<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
_TEXT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
_VISION = {**_TEXT, "image_size": 32, "patch_size": 8}


@dataclass(frozen=True, slots=True)
class _Layout:
    """One published layout: its words around a conversation, and what builds its model and its processor."""

    chat: str
    build: Callable[[Any, Mapping[str, Any]], tuple[Any, Any]]
    end: str
    tokens: Sequence[str] = ()
    named: Mapping[str, str] = field(default_factory=dict)


def save_tiny_hub(folder: Path, texts: Sequence[str], *, kind: str = "llava", chat: bool = True, seed: int = 0) -> str:
    """Write a vision-language model of two layers each way with its processor, and give its name for `--start`.

    Args:
        folder: Directory to write.
        texts: Texts that its tokenizer is trained on.
        kind: A name of `LAYOUTS`.
        chat: Write a chat template beside the processor.
        seed: Seed of the weights.
    """
    import torch

    layout = LAYOUTS[kind]
    tokenizer = _tokenizer(texts, layout, chat=chat)
    text = {
        **_TEXT,
        "num_key_value_heads": 2,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 512,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model, processor = layout.build(tokenizer, text)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)


def _tokenizer(texts: Sequence[str], layout: _Layout, *, chat: bool) -> Any:
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    words = tiny_language([*texts, "user assistant model User Assistant USER ASSISTANT: "]).tokenizer
    words.post_processor = TemplateProcessing(single="$A", pair="$A $B")  # the chat template writes what is needed
    special = {"eos_token": layout.end, "pad_token": "[PAD]", "unk_token": "[UNK]", "bos_token": "[CLS]"}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words,
        chat_template=layout.chat if chat else None,
        extra_special_tokens=dict(layout.named),
        **special,
    )
    tokenizer.add_special_tokens({"additional_special_tokens": [*layout.tokens]})
    return tokenizer


def _llava(tokenizer: Any, text: Mapping[str, Any]) -> tuple[Any, Any]:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**{**_VISION, "num_hidden_layers": 3}),
        text_config=LlamaConfig(**text),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    pictures = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = LlavaProcessor(
        pictures,
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=tokenizer.chat_template,
    )
    return LlavaForConditionalGeneration(config), processor


def _idefics3(tokenizer: Any, text: Mapping[str, Any], *, kind: str = "Idefics3") -> tuple[Any, Any]:
    from transformers import Idefics3Processor, LlamaConfig
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    room = f"transformers.models.{kind.lower()}"
    configs = import_module(f"{room}.configuration_{kind.lower()}")
    config = getattr(configs, f"{kind}Config")(
        vision_config=getattr(configs, f"{kind}VisionConfig")(**_VISION),
        text_config=LlamaConfig(**text),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    pictures = Idefics3ImageProcessorPil(size={"longest_edge": 64}, max_image_size={"longest_edge": 32})
    processor = Idefics3Processor(pictures, tokenizer, image_seq_len=4, chat_template=tokenizer.chat_template)
    model = getattr(import_module(f"{room}.modeling_{kind.lower()}"), f"{kind}ForConditionalGeneration")(config)
    return model, processor


def _smolvlm(tokenizer: Any, text: Mapping[str, Any]) -> tuple[Any, Any]:
    return _idefics3(tokenizer, text, kind="SmolVLM")


def _qwen(kind: str, vision: Mapping[str, Any], patch: int, tokenizer: Any, text: Mapping[str, Any]) -> tuple[Any, Any]:
    import transformers
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    from lexiscope.models.assistant.published.processor import stills_only

    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}
    token = tokenizer.convert_tokens_to_ids
    config = getattr(transformers, f"{kind}Config")(
        text_config={**text, "head_dim": 16, "rope_parameters": rope},
        vision_config={"depth": 2, "num_heads": 2, "patch_size": patch, "spatial_merge_size": 2, **vision},
        image_token_id=token("<|image_pad|>"),
        video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"),
        vision_end_token_id=token("<|vision_end|>"),
    )
    pictures = Qwen2VLImageProcessorPil(
        patch_size=patch, merge_size=2, size={"shortest_edge": 16 * 16, "longest_edge": 32 * 32}
    )
    processor = stills_only(getattr(transformers, f"{kind}Processor"))(
        pictures, tokenizer, chat_template=tokenizer.chat_template
    )
    return getattr(transformers, f"{kind}ForConditionalGeneration")(config), processor


def _qwen2_vl(tokenizer: Any, text: Mapping[str, Any]) -> tuple[Any, Any]:
    return _qwen("Qwen2VL", {"embed_dim": 32, "hidden_size": 32}, 8, tokenizer, text)


def _qwen3_vl(tokenizer: Any, text: Mapping[str, Any]) -> tuple[Any, Any]:
    vision = {"hidden_size": 32, "intermediate_size": 64, "out_hidden_size": 32, "deepstack_visual_indexes": [0]}
    return _qwen("Qwen3VL", {**vision, "num_position_embeddings": 16}, 8, tokenizer, text)


def _gemma3(tokenizer: Any, text: Mapping[str, Any]) -> tuple[Any, Any]:
    from torch import nn
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3Processor
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    config = Gemma3Config(
        text_config={**text, "head_dim": 16, "sliding_window": 64},
        vision_config=_VISION,
        mm_tokens_per_image=4,
        boi_token_index=tokenizer.boi_token_id,
        eoi_token_index=tokenizer.eoi_token_id,
        image_token_id=tokenizer.image_token_id,
    )
    pictures = Gemma3ImageProcessorPil(size={"height": 32, "width": 32})
    processor = Gemma3Processor(pictures, tokenizer, chat_template=tokenizer.chat_template, image_seq_length=4)
    model = Gemma3ForConditionalGeneration(config)
    nn.init.normal_(model.model.multi_modal_projector.mm_input_projection_weight)  # zeros where nothing is loaded
    return model, processor


_AROUND = ("<image>", "<fake_token_around_image>", "<global-img>", "<|im_start|>", "<row_1_col_1>")
_GEMMA_NAMES = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}

LAYOUTS: Mapping[str, _Layout] = {
    "llava": _Layout(_LLAVA, _llava, "[SEP]", ["<image>"]),
    "idefics3": _Layout(_IDEFICS, _idefics3, "<end_of_utterance>", _AROUND),
    "smolvlm": _Layout(_IDEFICS, _smolvlm, "<end_of_utterance>", _AROUND),
    "qwen2-vl": _Layout(_QWEN, _qwen2_vl, "<|im_end|>", _QWEN_TOKENS),
    "qwen3-vl": _Layout(_QWEN, _qwen3_vl, "<|im_end|>", _QWEN_TOKENS),
    "gemma3": _Layout(_GEMMA, _gemma3, "<end_of_turn>", ["<start_of_turn>"], _GEMMA_NAMES),
}
