import random

from lexiscope.corpus.deidentify.search import Search


def test_it_finds_what_substring_search_finds():
    rng = random.Random(0)
    texts = {"".join(rng.choices("ab.", k=rng.randint(6, 9))) for _ in range(300)}
    data = "".join(rng.choices("abAB.", k=4000)).encode()
    expected = {text for text in texts if text.encode() in data.lower()}
    assert expected
    assert Search(texts).found_in(data) == expected


def test_capitals_and_codes_do_not_hide_a_text():
    search = Search({"Müller", "HOSP-4711"})
    assert search.found_in(b"\0\xffm\xfcller") == {"Müller"}
    assert search.found_in("MÜLLER hosp-4711".encode()) == {"Müller", "HOSP-4711"}
    assert search.found_in(b"HOSP-471") == set()
    assert search.found_in(b"") == set()
    assert Search(()).found_in(b"anything") == set()


def test_a_text_across_two_chunks_is_found():
    data = bytes((1 << 22) - 4) + b"HOSP-4711" + bytes(100)
    assert Search({"HOSP-4711"}).found_in(data) == {"HOSP-4711"}
    assert Search({"HOSP-4711"}).found_in(data[: (1 << 22) + 5]) == {"HOSP-4711"}
