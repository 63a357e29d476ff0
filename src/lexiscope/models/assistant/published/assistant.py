"""`PublishedAssistant`: a published vision-language model that looks at pictures and answers."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from jaxtyping import Float, Int64
from safetensors.torch import save_file
from torch import Tensor

from lexiscope.core.batched import batched
from lexiscope.core.errors import ModelError, WeightsError
from lexiscope.models.assistant.adapter import adapter_in_words, add_adapter, merge_adapter, train_language
from lexiscope.models.assistant.assistant import Assistant, GeneratedAnswer
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.likelihood import (
    IGNORED,
    context_length,
    id_tensor,
    negative_log_likelihood,
    require_room,
    several_log_likelihoods,
)
from lexiscope.models.assistant.pictures import PictureReader
from lexiscope.models.assistant.published.conversation import Conversation, Picture, followed
from lexiscope.models.assistant.published.layout import load_layout, save_layout
from lexiscope.models.assistant.published.settings import PublishedSettings
from lexiscope.models.encoder import Encoder
from lexiscope.models.saved import read_tensors
from lexiscope.models.weights import resolve

_MODEL, _ADAPTER = "model", "adapter.safetensors"
_ROWS = 4  # prompts at once: each holds thousands of tokens of pictures


class PublishedAssistant(Assistant):
    """A vision-language model of transformers, whole, with its own processor and chat template.

    Its vision tower stays as it was published; the language model trains, or an adapter beside it. It looks at the
    pictures that the views prepare, in 8 bits: one of a plane, and of a volume some slices.

    Args:
        model: The model, see `load_layout`.
        conversation: What makes its inputs.
        files: Files of its processor, by name.
        settings: What is read of each modality, the adapter and the precision.
    """

    def __init__(
        self, model: Any, conversation: Conversation, files: Mapping[str, bytes], settings: PublishedSettings
    ) -> None:
        super().__init__()
        self.model, self.conversation, self.files, self.settings = model, conversation, files, settings
        self.plan = settings.plan
        self.model.requires_grad_(False)
        if settings.adapter is not None:
            add_adapter(self.model.get_decoder(), settings.adapter)

    @property
    def device(self) -> torch.device:
        """Device that it computes on."""
        device: torch.device = self.model.device
        return device

    @property
    def adapter(self) -> Mapping[str, Any] | None:
        """Settings of PEFT's `LoraConfig`; None where there is no adapter."""
        return self.settings.adapter

    @property
    def origins(self) -> Sequence[Mapping[str, str]]:
        """Origin of the model."""
        return self.settings.weights

    @property
    def context_length(self) -> int:
        """Most tokens that the model reads and writes, those of pictures included."""
        return context_length(self.model)

    def forward(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[str]
    ) -> tuple[Float[Tensor, " b"], Int64[Tensor, " b"]]:
        """Log-likelihood of each answer after its prompt, and how many tokens it has; see `Assistant.forward`."""
        ids = [self.answer_ids(answer) for answer in answers]
        sums = []
        for rows, inputs in self._batches(image_tokens, prompts):
            labels = torch.full((len(rows), max(len(ids[row]) for row in rows)), IGNORED, device=self.device)
            for place, row in enumerate(rows):
                labels[place, : len(ids[row])] = id_tensor(ids[row], self.device)
            longest = labels.shape[1]
            require_room(self.model, inputs["input_ids"].shape[1] + longest)
            whole = followed(inputs, labels.clamp(min=0), (labels != IGNORED).long())
            out = self.model(**whole, use_cache=False, logits_to_keep=longest + 1)
            sums.append(-negative_log_likelihood(out.logits[:, :-1], labels))  # each place predicts the next token
        return torch.cat(sums), id_tensor([len(row) for row in ids], self.device)

    @torch.inference_mode()
    def weigh(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[Sequence[str]]
    ) -> list[list[tuple[float, int]]]:
        """Log-likelihood and number of tokens of several answers to each prompt; see `Assistant.weigh`."""
        scored: list[list[tuple[float, int]]] = [[] for _ in prompts]
        for row, candidates in enumerate(answers):
            if not candidates:
                continue
            ids = [self.answer_ids(answer) for answer in candidates]
            ((_, inputs),) = self._batches(None if image_tokens is None else image_tokens.rows([row]), [prompts[row]])
            likelihoods = several_log_likelihoods(self.model, inputs, ids)
            scored[row] = [(likely, len(one)) for likely, one in zip(likelihoods, ids, strict=True)]
        return scored

    @torch.inference_mode()
    def say(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], *, max_tokens: int = 64
    ) -> list[GeneratedAnswer]:
        """The answer to each prompt by greedy decoding; see `Assistant.say`."""
        answers = []
        for _, inputs in self._batches(image_tokens, prompts):
            length = inputs["input_ids"].shape[1]
            require_room(self.model, length + 1)
            out = self.model.generate(
                **inputs,
                max_new_tokens=min(max_tokens, self.context_length - length),
                do_sample=False,
                eos_token_id=list(self.conversation.ends),
                pad_token_id=self.conversation.processor.tokenizer.pad_token_id,
                return_dict_in_generate=True,
                output_logits=True,
            )
            written = out.sequences[:, length:]  # (b, n)
            log_probabilities = torch.stack(out.logits, dim=1).float().log_softmax(dim=-1)  # (b, n, v)
            likely = log_probabilities.gather(-1, written[..., None])[..., 0]
            answers += [self._answer(ids.tolist(), one) for ids, one in zip(written, likely, strict=True)]
        return answers

    def image_encoder(self, encoder: Encoder) -> PictureReader:
        """The encoder of the joint space with the pictures beside its tokens."""
        return PictureReader(encoder, self.settings.denormalisations, slices=self.plan.slices)

    def image_length(self, image_tokens: ImageTokens) -> int:  # noqa: ARG002 - the same for all cases
        """Number of tokens that the pictures of a case with all modalities take."""
        return self.pictures_length

    @cached_property
    def pictures_length(self) -> int:
        """Number of tokens that the pictures of all modalities take, and the words that name them."""
        shown = {name: np.zeros((*shape, 3), np.uint8) for name, shape in self.settings.frames.items()}
        return self.conversation.length(_named(".", shown), _flat(shown)) - self.conversation.length(".")

    def prompt_length(self, prompt: str, answer: str | None = None) -> int:
        """Number of tokens of a prompt in its chat template and, if given, of the answer."""
        return self.conversation.length(prompt) + (0 if answer is None else len(self.answer_ids(answer)))

    def answer_ids(self, answer: str) -> list[int]:
        """Token ids of an answer, the end token included."""
        return list(self.conversation.answer_ids(answer))

    def unfreeze(self) -> None:
        """Let the adapter train, or the whole language model where there is none."""
        train_language(self.model.get_decoder(), adapted=self.adapter is not None)
        if self.adapter is None:
            self.model.get_output_embeddings().requires_grad_(True)

    def checkpoint_activations(self) -> None:
        """Compute the model's layers again on the way back instead of keeping them."""
        self.model.gradient_checkpointing_enable({"use_reentrant": False})

    def untuned(self, *, allow_download: bool = False) -> Self:
        """The assistant on the model as it was published.

        Raises:
            WeightsError: that is not here any more.
        """
        model, conversation, files = load_layout(resolve(self.origins[0]["name"], allow_download=allow_download).path)
        made = type(self)(model, conversation, files, replace(self.settings, adapter=None))
        return made.to(self.device).eval()

    def merged(self) -> Self:
        """A copy with the adapter added into the weights: a plain model, as it was published."""
        made = copy.deepcopy(self)
        merge_adapter(made.model)
        made.settings = replace(self.settings, adapter=None)
        return made

    def merge_for_inference(self) -> Self:
        """Merge the adapter and cast the weights to the precision of training, in place; never to be saved again."""
        merge_adapter(self.model)
        self.settings = replace(self.settings, adapter=None)
        if self.settings.bf16:
            for weight in self.model.parameters():
                weight.data = weight.data.to(torch.bfloat16)
        return self.requires_grad_(False).eval()

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:  # noqa: ARG002 - as the others
        """The model in its published layout, the adapter beside it, and the settings."""
        folder = Path(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        save_layout(self.model, self.files, folder / _MODEL)
        if self.adapter is not None:
            weights = {name: x.detach().cpu().contiguous() for name, x in self._adapter_weights().items()}
            save_file(weights, folder / _ADAPTER)
        self.settings.save(folder)

    @classmethod
    def from_pretrained(cls, directory: str | Path) -> Self:
        """The saved assistant, in eval mode.

        Raises:
            ModelError: there is none at `directory`, or it is damaged.
        """
        folder = Path(directory)
        settings = PublishedSettings.load(folder)
        try:
            model, conversation, files = load_layout(folder / _MODEL)
        except WeightsError as error:
            raise ModelError(f"the part is damaged ({error}); train or copy it again") from error
        made = cls(model, conversation, files, settings)
        if settings.adapter is not None:
            made._load_adapter(folder / _ADAPTER)
        return made.eval()

    @classmethod
    def notes(cls, folder: Path, config: Mapping[str, Any]) -> list[str]:
        """Lines of the model card: what is looked at, and the model."""
        from lexiscope.models.parts.files import read_json

        frames = [f"{name} ({shape[0]} of {shape[1]} x {shape[2]})" for name, shape in sorted(config["frames"].items())]
        kind = read_json(folder / _MODEL / "config.json").get("model_type", "of unknown kind")
        model = f"Vision-language model: {kind}, as published{adapter_in_words(config)}."
        return [f"Looks at pictures of {', '.join(frames)} through its own vision tower.", model]

    def _batches(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str]
    ) -> Iterator[tuple[Sequence[int], dict[str, Tensor]]]:
        """Some rows at a time with their inputs, on the model's device and in its precision."""
        if image_tokens is not None and image_tokens.cases != len(prompts):
            raise ModelError(
                f"expected image tokens of {len(prompts)} rows, got {image_tokens.cases}; give as many rows as prompts"
            )
        for rows in batched(range(len(prompts)), _ROWS):
            shown = [self._shown(image_tokens, row) for row in rows]
            texts = [_named(prompts[row], one) for row, one in zip(rows, shown, strict=True)]
            inputs = self.conversation.inputs(texts, [_flat(one) for one in shown])
            yield (
                rows,
                {
                    name: x.to(self.device, self.model.dtype) if x.is_floating_point() else x.to(self.device)
                    for name, x in inputs.items()
                },
            )

    def _shown(self, image_tokens: ImageTokens | None, row: int) -> dict[str, np.ndarray]:
        """Modality -> pictures of one case, of those that it has."""
        if image_tokens is None:
            return {}
        shown = {}
        for name in sorted(self.settings.frames):
            pictures = image_tokens.pictures[name][row] if name in image_tokens.pictures else None
            if pictures is not None and bool(image_tokens.present[name][row]):
                shown[name] = pictures()
        if not shown:
            msg = f"expected cases with an image of {' or '.join(sorted(self.settings.frames))}, got one without"
            raise ModelError(f"{msg}; the assistant was trained on no other")
        return shown

    def _answer(self, ids: list[int], likely: Float[Tensor, " n"]) -> GeneratedAnswer:
        end = next((place for place, token in enumerate(ids) if token in self.conversation.ends), None)
        length = len(ids) if end is None else end + 1
        text = self.conversation.decoded(ids[:end])
        return GeneratedAnswer(text, float(likely[:length].sum()), length, ended=end is not None)

    def _adapter_weights(self) -> dict[str, Tensor]:
        return {name: weight for name, weight in self.model.named_parameters() if "lora_" in name}

    @torch.no_grad()
    def _load_adapter(self, file: Path) -> None:
        saved, own = read_tensors(file), self._adapter_weights()
        if {name: x.shape for name, x in saved.items()} != {name: x.shape for name, x in own.items()}:
            raise ModelError(f"expected the adapter of {file.parent} in {file}, got another; train or copy it again")
        for name, weight in own.items():
            weight.copy_(saved[name])


def _flat(shown: Mapping[str, np.ndarray]) -> list[Picture]:
    return [picture for pictures in shown.values() for picture in pictures]


def _named(prompt: str, shown: Mapping[str, np.ndarray]) -> str:
    """A prompt that says which pictures are of which modality, where there are several."""
    if sum(map(len, shown.values())) < 2:
        return prompt
    names, first = [], 1
    for name, pictures in shown.items():
        names.append(f"{name} {first}" if len(pictures) == 1 else f"{name} {first}-{first + len(pictures) - 1}")
        first += len(pictures)
    return f"Pictures: {', '.join(names)}.\n{prompt}"
