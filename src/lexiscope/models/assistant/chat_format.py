"""`ChatFormat`: text that a language model expects around a question and an answer."""

from dataclasses import dataclass

from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """Text around one question and one answer, as a chat template would write it.

    Args:
        user: Text before image tokens and the user's words.
        assistant: Text between the user's words and the answer.
        end: End token of an answer, one token of the tokenizer; generation stops there.
        shown: Text between image tokens and the user's words.

    Example:
        >>> chat = ChatFormat(user="Question: ", assistant=" Answer: ", end="</s>")
        >>> chat.user + "Is it odd?" + chat.assistant + "No" + chat.end
        'Question: Is it odd? Answer: No</s>'
    """

    user: str
    assistant: str
    end: str
    shown: str = ""

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> "ChatFormat":
        """Chat format that fits a tokenizer: ChatML where it knows that format's special tokens, else plain words."""
        if tokenizer.token_to_id("<|im_start|>") is not None:
            return cls("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>")
        end = next((token for token in _ENDS if tokenizer.token_to_id(token) is not None), None)
        return cls("Question: ", "\nAnswer: ", end or "\n")


_ENDS = ("</s>", "<|endoftext|>", "<|end_of_text|>", "[SEP]")
