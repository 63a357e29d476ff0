"""Contracts that every writer and every client of language models keeps."""

from collections.abc import Mapping
from pathlib import Path

from lexiscope.core.settings import Settings
from lexiscope.language.clients.client import Completion, DecodingSettings, LanguageClient, Message
from lexiscope.language.writer import Writer
from lexiscope.testing.cases import make_corpus


def check_writer(writer: type[Writer], folder: Path, *, settings: Settings | None = None) -> None:
    """Write twice into a small corpus and raise AssertionError where the contract of `Writer` is broken.

    Args:
        writer: Entry of `lexiscope.language.WRITERS`.
        folder: Empty folder for the corpus.
        settings: Choices of the class `writer.Settings`; its defaults when None.
    """
    corpus = make_corpus(folder, 6, masks=True)
    settings = writer.Settings() if settings is None else settings
    assert issubclass(writer.Settings, Settings), (
        f"{writer.name}: its Settings are not lexiscope.core.settings.Settings"
    )
    assert writer.write.__doc__, f"{writer.name}: write needs a docstring, the help of its verb"
    before = {case.id: case for case in corpus}
    steps: list[tuple[int, int | None]] = []
    report = writer.write(corpus, settings, progress=lambda done, total, _: steps.append((done, total)))
    assert steps, f"{writer.name}: progress was never called"
    assert steps[-1] == (6, 6), f"{writer.name}: progress ends at {steps[-1]}, not at all cases"
    assert report.lines(), f"{writer.name}: its report has nothing to say to a person"
    assert isinstance(report.to_dict(), Mapping)
    assert isinstance(report.failed, Mapping)
    after = {case.id: case for case in corpus}
    assert after.keys() == before.keys(), f"{writer.name}: cases came or went"
    for case_id, case in before.items():
        later = after[case_id]
        assert set(case.texts) <= set(later.texts), f"{writer.name}: texts of others are gone from {case_id}"
        assert set(case.turns) <= set(later.turns), f"{writer.name}: turns of others are gone from {case_id}"
        assert case.images == later.images, f"{writer.name}: images of {case_id} changed"
    version = corpus.version
    writer.write(corpus.path, settings)
    assert corpus.version == version, f"{writer.name}: writing again changed the corpus"


def check_language_client(client: LanguageClient) -> Completion:
    """Ask a client once and raise AssertionError where the contract of `LanguageClient` is broken.

    Args:
        client: An open client of a model that answers.

    Returns:
        The completion, for checks of its words.
    """
    import json

    assert client.name, "a client needs a name: it signs what it writes"
    assert client.max_concurrent >= 1, (
        f"{client.name}: max_concurrent is {client.max_concurrent}, but one request must be possible"
    )
    identity = json.dumps(client.identity, sort_keys=True)
    messages = [Message("system", "Be brief."), Message("user", "crack?")]
    completion = client.complete(messages, DecodingSettings(max_tokens=4))
    assert isinstance(completion.text, str)
    assert completion.prompt_tokens >= 0
    assert completion.completion_tokens >= 0
    assert json.dumps(client.identity, sort_keys=True) == identity, f"{client.name}: its identity changed by asking"
    return completion
