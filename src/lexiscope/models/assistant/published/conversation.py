"""`Conversation`: words and pictures of a user as inputs of a model, by the model's own processor and chat template."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

Picture = UInt8[np.ndarray, "y x 3"]
_ANSWERS = 4096  # whose ids are kept: a corpus gives few answers again and again
_ASKED = "."  # stands for a question, of which the ids of an answer do not depend


class Conversation:
    """One question and one answer in the words of a chat template.

    The template is a program of the model's publisher: it is run, never read. So an answer's ids are those that the
    template writes after a prompt, found by running it with the answer and without.

    Args:
        processor: Processor of the model.
        ends: Ids at which the model ends an answer; the first ends one where the template writes none.
    """

    def __init__(self, processor: Any, ends: Sequence[int]) -> None:
        self.processor, self.ends = processor, tuple(ends)
        tokenizer = processor.tokenizer
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.convert_ids_to_tokens(self.ends[0])
        named = {token for token in tokenizer.get_added_vocab() if token.startswith("<") and token.endswith(">")}
        self._control = sorted({*named, *tokenizer.all_special_tokens}, key=len, reverse=True)
        self.answer_ids = lru_cache(maxsize=_ANSWERS)(self._answer_ids)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Conversation":
        return self  # nothing here trains, and tokenizers are large

    def inputs(self, texts: Sequence[str], pictures: Sequence[Sequence[Picture]]) -> dict[str, Tensor]:
        """Inputs of several prompts, padded on the left, up to where the answers begin.

        Args:
            texts: Words of the user, one text a row; control tokens in them are taken as plain words.
            pictures: Pictures that stand before the words of each row, possibly none.
        """
        return self._run(
            [
                [{"role": "user", "content": [*map(_image, shown), {"type": "text", "text": self._plain(text)}]}]
                for text, shown in zip(texts, pictures, strict=True)
            ],
            add_generation_prompt=True,
        )

    def length(self, text: str, pictures: Sequence[Picture] = ()) -> int:
        """Number of tokens of a prompt."""
        return self.inputs([text], [pictures])["input_ids"].shape[1]

    def decoded(self, ids: Sequence[int]) -> str:
        """Words of an answer."""
        text: str = self.processor.tokenizer.decode(list(ids), skip_special_tokens=True)
        return text.strip()

    def _answer_ids(self, answer: str) -> tuple[int, ...]:
        """Ids of an answer with its end; those of the words alone where the template merges it with the prompt."""
        asked = {"role": "user", "content": [{"type": "text", "text": _ASKED}]}
        said = {"role": "assistant", "content": [{"type": "text", "text": self._plain(answer)}]}
        prompt, whole = (
            self._run([turns], add_generation_prompt=open_ended)["input_ids"][0].tolist()
            for turns, open_ended in (([asked], True), ([asked, said], False))
        )
        follows = whole[: len(prompt)] == prompt
        ids = whole[len(prompt) :] if follows else self.processor.tokenizer.encode(answer, add_special_tokens=False)
        end = next((place for place, token in enumerate(ids) if token in self.ends), None)
        if end is not None:
            return tuple(ids[: end + 1])
        while ids and not self.decoded(ids[-1:]):  # a space before the next turn
            ids = ids[:-1]
        return (*ids, self.ends[0])

    def _plain(self, text: str) -> str:
        """A text without control tokens: a picture's place or the end of a turn that someone wrote out is words."""
        for token in self._control:
            text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    def _run(
        self, conversations: Sequence[Sequence[Mapping[str, Any]]], *, add_generation_prompt: bool
    ) -> dict[str, Tensor]:
        out = self.processor.apply_chat_template(
            conversations,
            add_generation_prompt=add_generation_prompt,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True, "padding_side": "left"},
        )
        return {name: value for name, value in out.items() if isinstance(value, Tensor)}


def followed(inputs: Mapping[str, Tensor], ids: Int64[Tensor, "b n"], mask: Int64[Tensor, "b n"]) -> dict[str, Tensor]:
    """Inputs with ids behind them.

    Args:
        inputs: Inputs of b prompts; whatever has a value for each of their tokens marks pictures; ids are none.
        ids: Ids behind each prompt.
        mask: Which of them are no padding.

    Example:
        >>> prompt = {"input_ids": torch.tensor([[5]]), "token_type_ids": torch.tensor([[1]])}
        >>> followed(prompt, torch.tensor([[7]]), torch.tensor([[1]]))
        {'input_ids': tensor([[5, 7]]), 'token_type_ids': tensor([[1, 0]])}
    """
    behind = {"input_ids": ids, "attention_mask": mask}
    shape = inputs["input_ids"].shape
    return {
        name: torch.cat([value, behind.get(name, torch.zeros_like(ids))], dim=1) if value.shape == shape else value
        for name, value in inputs.items()
    }


def _image(picture: Picture) -> dict[str, Any]:
    from PIL import Image

    return {"type": "image", "image": Image.fromarray(picture)}
