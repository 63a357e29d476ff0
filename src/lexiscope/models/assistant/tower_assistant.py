"""`TowerAssistant`: a causal language model that reads the joint space's tokens through a projector, and answers."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch
from jaxtyping import Float, Int64
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedModel

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.adapter import adapter_in_words, add_adapter, merge_adapter, train_language
from lexiscope.models.assistant.assistant import Assistant, GeneratedAnswer
from lexiscope.models.assistant.chat_format import ChatFormat
from lexiscope.models.assistant.config import AssistantConfig
from lexiscope.models.assistant.identity_projector import IdentityProjector
from lexiscope.models.assistant.image_reader import ImageReader
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.language import LanguageModel, load_language, rebuild_language
from lexiscope.models.assistant.likelihood import (
    answer_log_likelihoods,
    context_length,
    id_tensor,
    pad_rows,
    require_room,
    several_log_likelihoods,
)
from lexiscope.models.assistant.projector import Projector
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.assistant.vision_encoder import HubVisionEncoder
from lexiscope.models.encoder import Encoder
from lexiscope.models.loading import quiet
from lexiscope.models.saved import load_saved
from lexiscope.models.text import load_tokenizer, save_tokenizer

_VISION_ENCODER = "eyes"  # the folder's name since the first saved assistants


class TowerAssistant(PreTrainedModel, Assistant):
    """Language model on image tokens: projected tokens, then a question, then the answer.

    The layout is LLaVA's (https://arxiv.org/abs/2304.08485).

    Nothing is ever cut: a prompt that does not fit the language model is refused, so image tokens are never lost.
    """

    config_class = AssistantConfig
    base_model_prefix = "assistant"
    main_input_name = "prompts"
    config: AssistantConfig
    language: Any

    def __init__(self, config: AssistantConfig, tokenizer: Tokenizer | None = None) -> None:
        super().__init__(config)
        self.language = rebuild_language(config.language)
        width = self.language.config.hidden_size
        branches = {name: (lengths[0], lengths[1]) for name, lengths in config.branches.items()}
        projects = config.chat_format is None
        self.projector = Projector(branches, width, **config.projector) if projects else IdentityProjector(branches)
        self.vision_encoder: HubVisionEncoder | None = None
        self.plan = TokenPlan(**config.plan)
        self.tokenizer = tokenizer
        PreTrainedModel.post_init(self)
        if config.adapter is not None:
            add_adapter(self.language, config.adapter)

    @classmethod
    def on(
        cls,
        language: LanguageModel,
        *,
        branches: Mapping[str, tuple[int, int]],
        plan: TokenPlan,
        adapter: Mapping[str, Any] | None = None,
        projector: Mapping[str, Any] | None = None,
        bf16: bool = False,
        seed: int = 0,
    ) -> Self:
        """An untrained assistant on a language model: its projector, and its adapter if there is one, are random.

        Args:
            language: The language model with its tokenizer.
            branches: Branch of the encoder -> lengths of its readout and of its places.
            plan: Choice of the encoder's tokens that are read.
            adapter: Settings of PEFT's `LoraConfig`; None trains the whole language model.
            projector: Settings of `Projector`.
            bf16: Answer in bfloat16, see `merge_for_inference`.
            seed: Seed of the projector's and the adapter's weights.
        """
        words = language.model.get_input_embeddings().weight
        settings = {**(projector or {}), "norm": float(words.detach().float().norm(dim=-1).mean())}
        config = AssistantConfig(
            language=language.model.config.to_dict(),
            branches=dict(branches),
            plan={"level": plan.level, "side": plan.side, "slices": plan.slices},
            projector=settings,
            bf16=bf16,
            weights=[language.origin] if language.origin else [],
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            made = cls(config, language.tokenizer)
            made.language.load_state_dict(language.model.state_dict())
            if adapter is not None:
                made.config.adapter = dict(adapter)
                add_adapter(made.language, dict(adapter))
        return made.eval()

    @property
    def device(self) -> torch.device:
        """Device that it computes on."""
        return next(self.parameters()).device

    @property
    def adapter(self) -> dict[str, Any] | None:
        """Settings of PEFT's `LoraConfig`; None where there is no adapter."""
        return self.config.adapter

    @property
    def origins(self) -> list[dict[str, str]]:
        """Origin of the language model; none from scratch."""
        return self.config.weights

    @property
    def format(self) -> ChatFormat:
        """Text that stands around questions and answers."""
        return (
            ChatFormat.of(self._words()) if self.config.chat_format is None else ChatFormat(**self.config.chat_format)
        )

    def forward(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[str]
    ) -> tuple[Float[Tensor, " b"], Int64[Tensor, " b"]]:
        """Log-likelihood of each answer after its prompt, and how many tokens it has; see `Assistant.forward`."""
        prefixes = self._prefixes(image_tokens, prompts)
        ids = [self.answer_ids(answer) for answer in answers]
        counts = id_tensor([len(row) for row in ids], self.device)
        return answer_log_likelihoods(self.language, prefixes, ids), counts

    @torch.inference_mode()
    def weigh(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[Sequence[str]]
    ) -> list[list[tuple[float, int]]]:
        """Log-likelihood and number of tokens of several answers to each prompt; see `Assistant.weigh`."""
        scored = []
        for prefix, candidates in zip(self._prefixes(image_tokens, prompts), answers, strict=True):
            ids = [self.answer_ids(answer) for answer in candidates]
            likelihoods = several_log_likelihoods(self.language, {"inputs_embeds": prefix[None]}, ids) if ids else []
            scored.append([(likelihood, len(row)) for likelihood, row in zip(likelihoods, ids, strict=True)])
        return scored

    @torch.inference_mode()
    def say(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], *, max_tokens: int = 64
    ) -> list[GeneratedAnswer]:
        """The answer to each prompt by greedy decoding; see `Assistant.say`."""
        prefixes = self._prefixes(image_tokens, prompts)
        longest, end = max(map(len, prefixes)), self._end()
        require_room(self.language, longest + 1)
        x, mask = pad_rows(prefixes, left=True)
        out = self.language.generate(
            inputs_embeds=x,
            attention_mask=mask,
            max_new_tokens=min(max_tokens, self.context_length - longest),
            do_sample=False,
            eos_token_id=end,
            pad_token_id=end,
            return_dict_in_generate=True,
            output_logits=True,
        )
        log_probabilities = torch.stack(out.logits, dim=1).float().log_softmax(dim=-1)  # (b, n, v)
        chosen = log_probabilities.gather(-1, out.sequences[..., None])[..., 0]  # (b, n)
        return [self._decoded(ids.tolist(), likely) for ids, likely in zip(out.sequences, chosen, strict=True)]

    @property
    def context_length(self) -> int:
        """Most tokens that the language model reads and writes, those of images included."""
        return context_length(self.language)

    def prompt_length(self, prompt: str, answer: str | None = None) -> int:
        """Number of tokens of a prompt in its chat format and, if given, of the answer."""
        form = self.format
        tokens = len(self._ids(form.user)) + len(self._ids(form.shown + prompt + form.assistant))
        return tokens + (0 if answer is None else len(self.answer_ids(answer)))

    def image_encoder(self, encoder: Encoder) -> ImageReader:
        """The given encoder of the joint space, or in models of before November 2026 a hub model's own."""
        return encoder if self.vision_encoder is None else self.vision_encoder

    def image_length(self, image_tokens: ImageTokens) -> int:
        """Number of tokens that the images of a case with all modalities take."""
        return self.projector.length(image_tokens.tokens)

    def unfreeze(self) -> None:
        """Let the adapter train, or the whole language model where there is none; the projector trains as it was."""
        train_language(self.language, adapted=self.adapter is not None)

    def checkpoint_activations(self) -> None:
        """Compute the language model's layers again on the way back instead of keeping them."""
        self.language.activation_checkpointing_enable({"use_reentrant": False})

    def untuned(self, *, allow_download: bool = False) -> Self:
        """A view with the language model as it was before it was trained; the rest is shared.

        Raises:
            WeightsError: the language model is not here any more.
        """
        weight = next(self.language.parameters())
        plain = load_language(self.origins[0]["name"], allow_download=allow_download).model
        view = copy.copy(self)
        language = plain.to(weight.device, weight.dtype).eval()
        view.__dict__["_modules"] = {**view.__dict__["_modules"], "language": language}
        return view

    def merged(self) -> Self:
        """A copy with the adapter added into the language model's weights: a plain model, and as fast as that."""
        made = copy.deepcopy(self)
        merge_adapter(made.language)
        made.config.adapter = None
        return made.requires_grad_(True)

    def merge_for_inference(self) -> Self:
        """Merge the adapter and cast the weights to the precision of training, in place.

        It is not to be trained or saved any more. Only parameters become bfloat16: the buffers of rotary positions
        stay float32, because angles need all their digits.
        """
        if self.config.adapter is not None:
            merge_adapter(self.language)
            self.config.adapter = None
        if self.config.bf16:
            for weight in self.language.parameters():
                weight.data = weight.data.to(torch.bfloat16)
        return self.requires_grad_(False).eval()

    def answer_ids(self, answer: str) -> list[int]:
        """Token ids of an answer, the end token included."""
        return [*self._ids(answer), self._end()]

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings and tokenizer as JSON; everything that loading needs."""
        with quiet():
            PreTrainedModel.save_pretrained(self, save_directory, **options)
        save_tokenizer(self.tokenizer, Path(save_directory))
        if self.vision_encoder is not None:
            self.vision_encoder.save_pretrained(Path(save_directory) / _VISION_ENCODER)

    @classmethod
    def from_pretrained(cls, directory: str | Path) -> Self:
        """The saved assistant with its tokenizer, in eval mode.

        Raises:
            ModelError: there is none at `directory`, or its weights are damaged.
        """
        if not (Path(directory) / "config.json").is_file():
            raise ModelError(f"expected a saved assistant (config.json, model.safetensors) at {directory}, found none")
        made = load_saved(cls, directory)
        made.tokenizer = load_tokenizer(Path(directory), max_tokens=1)
        made.tokenizer.no_truncation()
        made.vision_encoder = HubVisionEncoder.from_pretrained(Path(directory) / _VISION_ENCODER)
        return made.eval()

    @classmethod
    def notes(cls, folder: Path, config: Mapping[str, Any]) -> list[str]:
        """Lines of the model card: what is read through what, and the language model."""
        names = ", ".join(sorted(name for name in config.get("branches", {}) if not name.startswith("(")))
        own = (folder / _VISION_ENCODER).is_dir()
        by = "a vision encoder of its own" if own else "the image encoder of the joint space"
        kind = config.get("language", {}).get("model_type", "of unknown kind")
        origin = "pretrained" if config.get("weights") else "trained from scratch on the corpus below"
        return [f"Reads {names} through {by}.", f"Language model: {kind}, {origin}{adapter_in_words(config)}."]

    def _prefixes(self, image_tokens: ImageTokens | None, prompts: Sequence[str]) -> list[Float[Tensor, "n d"]]:
        """Vectors of each row up to where the answer begins."""
        form, embed = self.format, self.language.get_input_embeddings()
        before = embed(id_tensor(self._ids(form.user), self.device))
        words = [embed(id_tensor(self._ids(form.shown + prompt + form.assistant), self.device)) for prompt in prompts]
        if image_tokens is None:
            return [torch.cat([before, row]) for row in words]
        vectors, mask = self.projector(image_tokens.tokens, image_tokens.present)  # (b, t, d), (b, t)
        if len(vectors) != len(prompts):
            raise ModelError(
                f"expected image tokens of {len(prompts)} rows, got {len(vectors)}; give as many rows as prompts"
            )
        return [
            torch.cat([before, image[present].to(before.dtype), row])
            for image, present, row in zip(vectors, mask, words, strict=True)
        ]

    def _decoded(self, ids: list[int], likely: Float[Tensor, " n"]) -> GeneratedAnswer:
        end = self._end()
        length = ids.index(end) + 1 if end in ids else len(ids)
        text = self._words().decode([token for token in ids[:length] if token != end]).strip()
        return GeneratedAnswer(text, float(likely[:length].sum()), length, ended=end in ids)

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._words().encode(text, add_special_tokens=False).ids
        return ids

    def _end(self) -> int:
        end: int | None = self._words().token_to_id(self.format.end)
        if end is None:
            raise ModelError(f"the tokenizer has no end token {self.format.end!r}; use a chat or base model with one")
        return end

    def _words(self) -> Tokenizer:
        if self.tokenizer is None:
            raise ModelError("an assistant needs its tokenizer; load it with TowerAssistant.from_pretrained(directory)")
        return self.tokenizer
