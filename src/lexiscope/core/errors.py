"""Tree of errors. Every message says what was expected, what came, and what to do.

LexiscopeError
├── UsageError         wrong arguments: the command line exits 2
├── CaseError          a case, image, passage or turn that makes no sense
├── SourceError        one input that cannot be read; a build rejects that input and goes on
├── CorpusError        a corpus that is missing, locked, damaged or of another format
├── ViewError          pixels that a view cannot turn into a tensor
├── WeightsError       pretrained weights that cannot be found or whose checksum is wrong
├── ModelError         a model directory without the part a task needs
├── TrainingError      training that cannot start or go on
├── IndexStoreError    an index that is missing or does not belong to the model
├── LanguageModelError a language model that does not answer, or not in the form that was asked for
├── EvaluationError    a question the data cannot answer (an empty split, no texts)
├── LeakageError       train and test share a group, an image or a describing text
├── PluginError        an entry that another distribution adds to a name table, and that cannot be used
├── IrregularFileError a pipe, socket, device or folder where a file belongs
└── MissingExtraError  an optional package is not installed; holds the install line
"""

__all__ = [
    "CaseError",
    "CorpusError",
    "EvaluationError",
    "IndexStoreError",
    "IrregularFileError",
    "LanguageModelError",
    "LeakageError",
    "LexiscopeError",
    "MissingExtraError",
    "ModelError",
    "PluginError",
    "SourceError",
    "TrainingError",
    "UsageError",
    "ViewError",
    "WeightsError",
]


class LexiscopeError(Exception):
    """Root of everything lexiscope raises on purpose."""

    exit_code = 1


class UsageError(LexiscopeError):
    """Wrong arguments. The command line exits 2."""

    exit_code = 2


class CaseError(LexiscopeError, ValueError):
    """A case, image, passage or turn that makes no sense."""


class SourceError(LexiscopeError):
    """One input that cannot be read.

    Args:
        message: Text that says what was expected and what came.
        remedy: Advice to the user; lands in `rejected.jsonl`.
    """

    def __init__(self, message: str, *, remedy: str = "check the file or leave it out") -> None:
        super().__init__(message)
        self.remedy = remedy


class CorpusError(LexiscopeError):
    """A corpus that is missing, locked, damaged or of another format."""


class ViewError(LexiscopeError):
    """Pixels that a view cannot turn into a tensor."""


class WeightsError(LexiscopeError):
    """Pretrained weights that cannot be found, or whose checksum is wrong."""


class ModelError(LexiscopeError):
    """A model directory that lacks the part a task needs."""


class TrainingError(LexiscopeError):
    """Training that cannot start or go on."""


class IndexStoreError(LexiscopeError):
    """An index that is missing or does not belong to the model."""


class LanguageModelError(LexiscopeError):
    """A language model that does not answer, or not in the form that was asked for."""


class EvaluationError(LexiscopeError):
    """A question that the data cannot answer."""


class LeakageError(LexiscopeError):
    """Train and test share a group, an image or a describing text."""


class PluginError(LexiscopeError):
    """An entry that another distribution adds to a name table, and that cannot be used."""


class IrregularFileError(LexiscopeError, OSError):
    """A pipe, socket, device or folder where a file belongs."""


class MissingExtraError(LexiscopeError, ImportError):
    """An optional package is not installed; the message holds the install line."""
