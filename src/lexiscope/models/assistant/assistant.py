"""`Assistant`: a causal language model that reads an encoder's tokens and a question, and answers."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import torch
from jaxtyping import Float, Int64
from safetensors import SafetensorError
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from lexiscope.core.errors import ModelError
from lexiscope.models.assistant.adapter import add_adapter, merge_adapter
from lexiscope.models.assistant.chat_format import ChatFormat
from lexiscope.models.assistant.config import AssistantConfig
from lexiscope.models.assistant.identity_projector import IdentityProjector
from lexiscope.models.assistant.image_tokens import ImageTokens
from lexiscope.models.assistant.language import LanguageModel, rebuild_language
from lexiscope.models.assistant.projector import Projector
from lexiscope.models.assistant.prompt import write_prompt
from lexiscope.models.assistant.token_plan import TokenPlan
from lexiscope.models.assistant.vision_encoder import HubVisionEncoder
from lexiscope.models.encoder import Encoder
from lexiscope.models.loading import copy_out_of_file, quiet
from lexiscope.models.text import load_tokenizer, save_tokenizer

_VISION_ENCODER = "eyes"  # a folder of the first saved assistants, and so of all
_TOGETHER = 1024  # tokens, padding included, that go through the language model at once
_IGNORED = -100  # cross entropy leaves these labels out


@dataclass(frozen=True, slots=True)
class GeneratedAnswer:
    """An answer and its log-likelihood, the sum over its tokens with the closing mark."""

    text: str
    log_likelihood: float
    tokens: int


class Assistant(PreTrainedModel):
    """Image tokens, projected, then a question, then the answer: LLaVA's layout (https://arxiv.org/abs/2304.08485).

    Nothing is ever cut: a prompt that does not fit the language model is refused, so image tokens are never lost.
    """

    config_class = AssistantConfig
    base_model_prefix = "assistant"
    main_input_name = "prompts"

    def __init__(self, config: AssistantConfig, tokenizer: Tokenizer | None = None) -> None:
        super().__init__(config)
        self.language = rebuild_language(config.language)
        width = self.language.config.hidden_size
        branches = {name: (lengths[0], lengths[1]) for name, lengths in config.branches.items()}
        own = config.chat_format is None
        self.projector = Projector(branches, width, **config.projector) if own else IdentityProjector(branches)
        self.vision_encoder: HubVisionEncoder | None = None
        self.plan = TokenPlan(**config.plan)
        self.tokenizer = tokenizer
        self.post_init()
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
        vision_encoder: HubVisionEncoder | None = None,
        chat_format: ChatFormat | None = None,
        bf16: bool = False,
        seed: int = 0,
    ) -> Self:
        """An assistant on a language model, with a projector and, if asked for, an adapter that know nothing yet.

        Args:
            eyes: Of a ready model that the language model was taken from; they need no projector.
            marks: That such a model expects.
            bf16: Answer in bfloat16, see `merge_for_inference`.
        """
        words = language.model.get_input_embeddings().weight
        settings = {**(projector or {}), "norm": float(words.detach().float().norm(dim=-1).mean())}
        config = AssistantConfig(
            language=language.model.config.to_dict(),
            branches=dict(branches),
            plan={"level": plan.level, "side": plan.side, "slices": plan.slices},
            projector=settings,
            bf16=bf16,
            chat_format=None if chat_format is None else asdict(chat_format),
            weights=[language.origin] if language.origin else [],
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            made = cls(config, language.tokenizer)
            made.language.load_state_dict(language.model.state_dict())
            if adapter is not None:
                made.config.adapter = dict(adapter)
                add_adapter(made.language, dict(adapter))
        made.vision_encoder = vision_encoder
        return made.eval()

    @property
    def format(self) -> ChatFormat:
        """The marks around questions and answers."""
        return (
            ChatFormat.of(self._words()) if self.config.chat_format is None else ChatFormat(**self.config.chat_format)
        )

    def forward(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[str]
    ) -> tuple[Float[Tensor, " b"], Int64[Tensor, " b"]]:
        """Log-likelihood of each answer after its prompt, and how many tokens it has, the closing mark included.

        Args:
            seen: What is seen of each row's case; None for words alone.
            prompts: What the user says.
            answers: What should be answered.

        Raises:
            ModelError: a row longer than the language model reads.
        """
        asked = self._asked(image_tokens, prompts)
        closed = [self.answer_ids(answer) for answer in answers]
        lengths = [len(row) + len(ids) for row, ids in zip(asked, closed, strict=True)]
        likely: list[Tensor] = [row.new_zeros(()) for row in asked]
        for part in _alike(lengths):
            sums = self._likelihoods([asked[row] for row in part], [closed[row] for row in part])
            for row, one in zip(part, sums.unbind(), strict=True):
                likely[row] = one
        return torch.stack(likely), self._tensor([len(ids) for ids in closed])

    def _likelihoods(
        self, asked: Sequence[Float[Tensor, "n d"]], closed: Sequence[Sequence[int]]
    ) -> Float[Tensor, " b"]:
        """Log-likelihood of each answer after what stands before it."""
        embed = self.language.get_input_embeddings()
        rows = [torch.cat([row, embed(self._tensor(ids))]) for row, ids in zip(asked, closed, strict=True)]
        x, mask = self._padded(rows, left=False)
        labels = torch.full(mask.shape, _IGNORED, device=self.device)
        for place, (row, ids) in enumerate(zip(asked, closed, strict=True)):
            labels[place, len(row) : len(row) + len(ids)] = self._tensor(ids)
        first = min(len(row) for row in asked)  # no logits are needed before the earliest answer
        kept = x.shape[1] - first + 1
        out = self.language(inputs_embeds=x, attention_mask=mask, logits_to_keep=kept, use_cache=False)
        logits = out.logits[:, :-1].float().transpose(1, 2)  # (b, v, n): each place speaks of the next token
        negative_log_likelihood = functional.cross_entropy(
            logits, labels[:, first:], ignore_index=_IGNORED, reduction="none"
        )
        return -negative_log_likelihood.sum(dim=1)

    @torch.inference_mode()
    def score_answers(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], answers: Sequence[Sequence[str]]
    ) -> list[list[tuple[float, int]]]:
        """Log-likelihood and tokens of several answers to each prompt; what stands before them is read once.

        Args:
            answers: To each prompt, possibly none.

        Raises:
            ModelError: a row longer than the language model reads.
        """
        asked = self._asked(image_tokens, prompts)
        closed = [[self.answer_ids(answer) for answer in own] for own in answers]
        return [self._continued(row, own) if own else [] for row, own in zip(asked, closed, strict=True)]

    def _continued(self, asked: Float[Tensor, "n d"], closed: Sequence[Sequence[int]]) -> list[tuple[float, int]]:
        longest = max(map(len, closed))
        self._need_room(len(asked) + longest)
        read = self.language(inputs_embeds=asked[None], use_cache=True, logits_to_keep=1)
        ids = torch.full((len(closed), longest), _IGNORED, device=self.device)
        for place, own in enumerate(closed):
            ids[place, : len(own)] = self._tensor(own)
        logits = read.logits.expand(len(closed), -1, -1)  # (k, 1, v)
        if longest > 1:
            read.past_key_values.batch_repeat_interleave(len(closed))
            words = self.language.get_input_embeddings()(ids[:, :-1].clamp(min=0))  # nothing looks back at padding
            more = self.language(inputs_embeds=words, past_key_values=read.past_key_values, use_cache=True)
            logits = torch.cat([logits, more.logits], dim=1)  # (k, n, v)
        negative_log_likelihood = functional.cross_entropy(
            logits.float().transpose(1, 2), ids, ignore_index=_IGNORED, reduction="none"
        ).sum(dim=1)
        return [(-float(one), len(own)) for one, own in zip(negative_log_likelihood, closed, strict=True)]

    @torch.inference_mode()
    def generate(
        self, image_tokens: ImageTokens | None, prompts: Sequence[str], *, max_tokens: int = 64
    ) -> list[GeneratedAnswer]:
        """The answer to each prompt, the likeliest word at every step.

        Raises:
            ModelError: a row longer than the language model reads.
        """
        x, mask = self._padded(self._asked(image_tokens, prompts), left=True)
        self._need_room(x.shape[1] + 1)
        end = self._end()
        out = self.language.generate(
            inputs_embeds=x,
            attention_mask=mask,
            max_new_tokens=min(max_tokens, self.context_length - x.shape[1]),
            do_sample=False,
            eos_token_id=end,
            pad_token_id=end,
            return_dict_in_generate=True,
            output_logits=True,
        )
        probabilities = torch.stack(out.logits, dim=1).float().log_softmax(dim=-1)  # (b, n, v)
        chosen = probabilities.gather(-1, out.sequences[..., None])[..., 0]  # (b, n)
        return [self._said(ids.tolist(), likely) for ids, likely in zip(out.sequences, chosen, strict=True)]

    @property
    def context_length(self) -> int:
        """Tokens that the language model reads and writes at most, those of images included."""
        context_length: int = self.language.config.max_position_embeddings
        return context_length

    def prompt_length(self, prompt: str, answer: str | None = None) -> int:
        """Tokens of a prompt with its marks and, if given, of the answer."""
        form = self.format
        asked = len(self._ids(form.user)) + len(self._ids(form.shown + prompt + form.assistant))
        return asked + (0 if answer is None else len(self.answer_ids(answer)))

    def fit_evidence(
        self, evidence: Sequence[str], question: str, *, images: int, answer: int, context: str | None = None
    ) -> list[str]:
        """The first pieces of evidence that can be read beside all the rest, each of them whole.

        Args:
            images: Tokens of the image, see `Projector.length`.
            answer: Tokens kept free for the answer.
        """
        kept = list(evidence)
        free = self.context_length - images - answer
        while kept and self.prompt_length(write_prompt(question, evidence=kept, context=context)) > free:
            kept.pop()
        return kept

    def image_encoder(self, encoder: Encoder) -> "Encoder | HubVisionEncoder":
        """What sees for this assistant: the eyes of its own, or the model's encoder."""
        return encoder if self.vision_encoder is None else self.vision_encoder

    def merged(self) -> Self:
        """The same assistant with its adapter added into the language model: a plain one, and as fast as that."""
        made = copy.deepcopy(self)
        merge_adapter(made.language)
        made.config.adapter = None
        return made.requires_grad_(True)

    def merge_for_inference(self) -> Self:
        """Make it answer as fast as it can, in place: the adapter added in, in the precision it was taught in.

        It is not to be trained or saved any more. Only the language model's weights are rounded: what makes the angles
        of its positions needs all its digits.
        """
        if self.config.adapter is not None:
            merge_adapter(self.language)
            self.config.adapter = None
        if self.config.bf16:
            for weight in self.language.parameters():
                weight.data = weight.data.to(torch.bfloat16)
        return self.requires_grad_(False).eval()

    def answer_ids(self, answer: str) -> list[int]:
        """The tokens of an answer, the closing mark included."""
        return [*self._ids(answer), self._end()]

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:
        """Weights as safetensors, settings and tokenizer as JSON; everything that loading needs."""
        with quiet():
            super().save_pretrained(save_directory, **options)
        save_tokenizer(self.tokenizer, Path(save_directory))
        if self.vision_encoder is not None:
            self.vision_encoder.save_pretrained(Path(save_directory) / _VISION_ENCODER)

    @classmethod
    def from_pretrained(cls, directory: str | Path, **options: Any) -> Self:
        """The saved assistant with its tokenizer, in eval mode.

        Raises:
            ModelError: there is none at `directory`, or its weights are damaged.
        """
        if not (Path(directory) / "config.json").is_file():
            raise ModelError(f"expected a saved assistant (config.json, model.safetensors) at {directory}, found none")
        try:
            with quiet():
                made = super().from_pretrained(directory, local_files_only=True, use_safetensors=True, **options)
        except SafetensorError as error:
            raise ModelError(f"the weights in {directory} are damaged ({error}); train or copy them again") from error
        copy_out_of_file(made)
        made.tokenizer = load_tokenizer(Path(directory), max_tokens=1)
        made.tokenizer.no_truncation()
        made.vision_encoder = HubVisionEncoder.from_pretrained(Path(directory) / _VISION_ENCODER)
        return made.eval()

    def _asked(self, image_tokens: ImageTokens | None, prompts: Sequence[str]) -> list[Float[Tensor, "n d"]]:
        """The vectors of each row up to where the answer begins."""
        form, embed = self.format, self.language.get_input_embeddings()
        before = embed(self._tensor(self._ids(form.user)))
        words = [embed(self._tensor(self._ids(form.shown + prompt + form.assistant))) for prompt in prompts]
        if image_tokens is None:
            return [torch.cat([before, row]) for row in words]
        vectors, mask = self.projector(image_tokens.tokens, image_tokens.present)  # (b, t, d), (b, t)
        if len(vectors) != len(prompts):
            raise ModelError(f"expected what is seen of {len(prompts)} rows, got {len(vectors)}; give one a prompt")
        return [
            torch.cat([before, image[there].to(before.dtype), row])
            for image, there, row in zip(vectors, mask, words, strict=True)
        ]

    def _padded(
        self, rows: Sequence[Float[Tensor, "n d"]], *, left: bool
    ) -> tuple[Float[Tensor, "b n d"], Int64[Tensor, "b n"]]:
        longest = max(map(len, rows))
        self._need_room(longest)
        x = rows[0].new_zeros(len(rows), longest, rows[0].shape[-1])
        mask = torch.zeros(len(rows), longest, dtype=torch.int64, device=x.device)
        for place, row in enumerate(rows):
            part = slice(longest - len(row), longest) if left else slice(0, len(row))
            x[place, part], mask[place, part] = row, 1
        return x, mask

    def _need_room(self, tokens: int) -> None:
        if tokens > self.context_length:
            msg = f"expected at most {self.context_length} tokens of image, question and answer together, got {tokens}"
            raise ModelError(f"{msg}; shorten the text, or read fewer places of the image (side, slices)")

    def _said(self, ids: list[int], likely: Float[Tensor, " n"]) -> GeneratedAnswer:
        end = self._end()
        length = ids.index(end) + 1 if end in ids else len(ids)
        text = self._words().decode([token for token in ids[:length] if token != end]).strip()
        return GeneratedAnswer(text, float(likely[:length].sum()), length)

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._words().encode(text, add_special_tokens=False).ids
        return ids

    def _tensor(self, ids: Sequence[int]) -> Int64[Tensor, " n"]:
        return torch.tensor(ids, dtype=torch.int64, device=self.device)

    def _end(self) -> int:
        end: int | None = self._words().token_to_id(self.format.end)
        if end is None:
            raise ModelError(
                f"the tokenizer has no closing mark {self.format.end!r}; use a chat or base model with one"
            )
        return end

    def _words(self) -> Tokenizer:
        if self.tokenizer is None:
            raise ModelError("an assistant needs its tokenizer; load it with Assistant.from_pretrained(directory)")
        return self.tokenizer


def has_own_vision_encoder(folder: Path) -> bool:
    """Whether a saved assistant sees with the vision encoder of a hub model."""
    return (folder / _VISION_ENCODER).is_dir()


def _alike(lengths: Sequence[int]) -> list[list[int]]:
    """Rows that go through the language model together: of like length, so that little of it is padding."""
    parts: list[list[int]] = [[]]
    for row in sorted(range(len(lengths)), key=lambda row: lengths[row]):
        if parts[-1] and (len(parts[-1]) + 1) * lengths[row] > _TOGETHER:
            parts.append([])
        parts[-1].append(row)
    return parts
