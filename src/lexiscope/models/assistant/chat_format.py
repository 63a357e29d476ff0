"""`ChatFormat`: the marks that a language model expects around a question and an answer."""

from dataclasses import dataclass

from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """The marks around what the user says and what the model answers.

    Args:
        user: Before image tokens and the user's words.
        assistant: Between the user's words and the answer.
        end: Closes an answer; generation stops there. One token of the tokenizer.
        shown: Between image tokens and the user's words.
    """

    user: str
    assistant: str
    end: str
    shown: str = ""

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> "ChatFormat":
        """The marks that a tokenizer's special tokens stand for: ChatML where it knows them, else plain words."""
        if tokenizer.token_to_id("<|im_start|>") is not None:
            return cls("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>")
        end = next((mark for mark in _ENDS if tokenizer.token_to_id(mark) is not None), None)
        return cls("Question: ", "\nAnswer: ", end or "\n")


_ENDS = ("</s>", "<|endoftext|>", "<|end_of_text|>", "[SEP]")
