"""The tools in the process: what they take, what they tell, and what they keep to themselves."""

import base64
import io
import json
from pathlib import Path

import anyio
import pytest
from mcp import Client
from PIL import Image

from lexiscope.core.errors import ModelError, SourceError
from lexiscope.serve.mcp.results import NOTICE, refused
from lexiscope.serve.mcp.server import answer
from lexiscope.serve.mcp.tools import open_tools
from lexiscope.serve.places import Places
from lexiscope.tasks import TASKS
from lexiscope.tasks.search.search import Searcher


def _listed(server):
    async def over():
        async with Client(server) as client:
            return (await client.list_tools()).tools

    return anyio.run(over)


def test_every_task_of_the_table_is_a_tool_that_only_reads(server):
    tools = {tool.name: tool for tool in _listed(server)}
    assert set(tools) == {"get_case"} | {kind.verb or name for name, kind in TASKS.load_all().items()}
    assert {"search", "ask", "classify", "segment"} <= set(tools)
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert tool.description


def test_no_tool_takes_a_path_an_address_or_a_key(server):
    names = {name for tool in _listed(server) for name in tool.input_schema["properties"]}
    assert not names & {"image", "out", "learned_from", "url", "api_key", "store", "upload", "path", "model"}
    assert {"case", "image_of_case", "question", "attribute", "structure", "where"} <= names


def test_a_search_tells_cases_and_no_place_of_this_machine(ask, made):
    result = ask("search", query="a lesion", k=3)
    content = result.structured_content
    assert not result.is_error
    assert (content["untrusted"], content["notice"]) == (True, NOTICE)
    hits = content["result"]["value"]
    assert len(hits) == 3
    assert all(hit["case"] in made[0] for hit in hits)
    assert str(made[0].path) not in json.dumps(content)
    assert result.content[0].text.startswith(NOTICE)
    assert json.loads(result.content[0].text.partition("\n")[2])["result"] == content["result"]


def test_a_task_is_opened_when_it_is_asked_first_and_only_then(made, monkeypatch):
    opened = []
    opening = Searcher.open.__func__

    def counted(kind, *given, **options):
        opened.append(kind)
        return opening(kind, *given, **options)

    monkeypatch.setattr(Searcher, "open", classmethod(counted))
    corpus, model = made
    tools = open_tools(model.path, corpus.path)
    assert opened == []
    places = Places({}, own=corpus.path)
    for words in ("a lesion", "an old infarct"):
        result = anyio.run(lambda words=words: answer(tools, "search", {"query": words}, places=places))
        assert not result.is_error
    assert opened == [Searcher]


def test_what_looks_like_a_case_is_found_by_its_id(ask, made):
    case = next(case for case in made[0] if case.images)
    modality = min(case.images)
    result = ask("search", image_of_case=case.id, modality=modality, k=1)
    assert result.structured_content["result"]["value"][0]["case"] == case.id
    assert result.structured_content["result"]["case"] == case.id
    assert str(made[0].path) not in json.dumps(result.structured_content)


def test_a_case_is_told_with_its_texts_and_a_thumbnail(ask, made):
    case = next(case for case in made[0] if case.images and case.texts and case.turns)
    result = ask("get_case", case=case.id)
    told = result.structured_content["result"]
    assert told["texts"][0] == {"kind": case.texts[0].kind, "author": case.texts[0].author, "text": case.texts[0].text}
    assert told["attributes"] == dict(case.attributes)
    assert told["turns"][0]["answer"] == case.turns[0].answer
    assert set(told["images"]) == set(case.images)
    assert told["thumbnail"] == {"modality": min(case.images)}
    picture = result.content[1]
    assert picture.mime_type == "image/png"
    assert max(Image.open(io.BytesIO(base64.b64decode(picture.data))).size) == 256


@pytest.mark.slow
def test_ask_classify_and_segment_say_what_the_command_line_says(ask, made, case_id):
    corpus = made[0]
    asked = ask("ask", case=case_id, question="Is there a lesion?").structured_content["result"]
    assert asked["case"] == case_id
    assert set(asked["value"]) >= {"question", "answer", "abstained"}
    assert asked["evidence"][0]["case"] in corpus
    attribute = next(name for name, value in corpus[case_id].attributes.items() if isinstance(value, str))
    classified = ask("classify", case=case_id, attribute=attribute).structured_content["result"]
    assert classified["value"]["attribute"] == attribute
    segmented = ask("segment", case=case_id).structured_content["result"]
    assert segmented["value"]["masks"]
    for mask in segmented["value"]["masks"]:
        assert {"structure", "present", "voxels", "score"} <= set(mask)
        assert not {"file", "mask"} & set(mask)


@pytest.mark.parametrize(
    ("name", "arguments", "expected", "came", "do"),
    [
        ("get_case", {"case": "/etc/passwd"}, "the id of a case of the corpus", "/etc/passwd", "the tool search tells"),
        ("ask", {"case": "no-such", "question": "Why?"}, "the id of a case of the corpus", "no-such", "search"),
        ("search", {"query": "a", "image": "/etc/passwd"}, "arguments of search", "image: Extra inputs", "its arg"),
        ("search", {"query": "a", "url": "http://127.0.0.1:1"}, "arguments of search", "url: Extra inputs", "its arg"),
        ("search", {"query": "a", "k": 51}, "arguments of search", "k: Input should be less than or equal to 50", ""),
        ("segment", {}, "arguments of segment", "case: Field required", "its arguments are case, instruction"),
        ("frobnicate", {}, "the name of a tool", "frobnicate", "name one of get_case, search"),
    ],
)
def test_what_goes_wrong_is_told_so_that_one_can_ask_again(ask, name, arguments, expected, came, do):
    result = ask(name, **arguments)
    problem = result.structured_content["problem"]
    assert result.is_error
    assert result.structured_content["untrusted"]
    assert expected in problem["expected"]
    assert came in problem["came"]
    assert do in problem["do"]


@pytest.mark.parametrize("name", ["get_case", "search", "ask", "classify", "segment", "caption", "\u202e\x1b", ""])
@pytest.mark.parametrize(
    "arguments",
    [
        {"self": 1, "cls": 2, "": 3},
        {"case": ["a"], "query": {"a": "b"}},
        {"case": "\ud800", "query": "\ud800", "question": "\ud800"},
        {"case": "\x00../../etc/passwd", "image_of_case": "\x00", "question": "a", "attribute": "a"},
        {"case": "a" * 1_000_000, "query": None, "question": None, "k": 1e300},
        {"query": "a", "where": ["\x1b[2J'; drop table cases"]},
        {"query": "a", "k": -1},
        {"query": " ", "legs": ["moon"]},
    ],
)
def test_no_arguments_whatever_are_more_than_a_mistake_of_the_client(ask, caplog, name, arguments):
    result = ask(name, **arguments)
    assert result.is_error
    problem = result.structured_content["problem"]
    assert problem["title"] in ("UsageError", "NotFoundError"), problem
    assert not set("\x1b\x00\ud800") & set(problem["detail"])
    assert len(result.content[0].text) < 20_000
    assert "failed" not in caplog.text


def test_an_error_names_no_directory_of_this_machine():
    error = ModelError("/srv/m has no index part; make it with: lexiscope index /srv/m /srv/c")
    places = Places({Path("/srv/m"): "MODEL", Path("/srv/c"): "CORPUS"}, own=Path("/srv/c"))
    result = refused(error, places=places)
    problem = result.structured_content["problem"]
    assert problem["title"] == "ModelError"
    assert problem["do"] == "make it with: lexiscope index MODEL CORPUS"
    assert "/srv" not in json.dumps(result.model_dump(mode="json"))


def test_an_unforeseen_failure_tells_nothing_of_itself(ask, monkeypatch, caplog, case_id):
    def fail(*_args, **_options):
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("lexiscope.serve.mcp.case_tool.thumbnail", fail)
    result = ask("get_case", case=case_id)
    assert result.is_error
    assert "secret" not in json.dumps(result.structured_content)
    assert "secret of the house" in caplog.text


def test_a_damaged_image_takes_only_the_picture_away(ask, monkeypatch, case_id):
    def fail(*_args, **_options):
        raise SourceError("expected an image, got half of one")

    monkeypatch.setattr("lexiscope.serve.mcp.case_tool.decode", fail)
    result = ask("get_case", case=case_id)
    assert not result.is_error
    assert result.structured_content["result"]["thumbnail"] == {"missing": "the image cannot be shown (SourceError)"}
    assert [block.type for block in result.content] == ["text"]
