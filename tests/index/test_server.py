"""What only the server store promises: it reaches nobody unasked, and says what went wrong."""

import pytest

from lexiscope.core.errors import IndexStoreError, UsageError
from lexiscope.index import Entry, IndexSpec
from lexiscope.index.server import ServerStore
from lexiscope.testing.qdrant import FakeQdrant, serving

SPEC = IndexSpec(size=2, average_length=1.0, fields={"split": "word", "attributes.in situ": "word"})


def test_making_a_store_contacts_nobody() -> None:
    fake = FakeQdrant()
    with serving(fake) as url:
        store = ServerStore(url)
        assert fake.requests == []
        store.sweep(keep="x")
        assert fake.requests == []


def test_key_is_sent_and_a_wrong_one_explained() -> None:
    with serving(FakeQdrant(api_key="secret")) as url:
        ServerStore(url, api_key="secret").create("lexiscope-x", SPEC)
        with pytest.raises(IndexStoreError, match=r"answered 401.*set LEXISCOPE_QDRANT_API_KEY"):
            ServerStore(url, api_key="guess").create("lexiscope-x", SPEC)


def test_server_that_is_not_there_is_explained() -> None:
    with pytest.raises(IndexStoreError, match=r"cannot be used .*check the address"):
        ServerStore("http://127.0.0.1:9").open("lexiscope-x", SPEC)


def test_fields_get_an_index_of_their_own() -> None:
    fake = FakeQdrant()
    with serving(fake) as url:
        index = ServerStore(url).create("lexiscope-x", SPEC)
        index.upsert([Entry("a", None, "words")])
        index.finish()
    assert fake.collections["lexiscope-x"]["indexed"] == ["split", 'attributes."in situ"']


@pytest.mark.parametrize(
    "url", ["http://gpu-box:6333", "http://10.0.0.7:6333", "gpu-box:6333", "http://127.0.0.1.x.org"]
)
def test_a_key_is_not_sent_in_plain_text_to_another_machine(url):
    with pytest.raises(UsageError, match="expected https for a server that is sent a key"):
        ServerStore(url, api_key="secret")
    ServerStore(url)


@pytest.mark.parametrize(
    "url", ["https://gpu-box:6333", "http://localhost:6333", "http://127.0.0.1:1", "http://[::1]:1"]
)
def test_a_key_may_go_by_https_and_to_this_machine(url):
    ServerStore(url, api_key="secret")
