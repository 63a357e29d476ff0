"""What `lexiscope serve` adds to its tasks, and what happens to it under load and when processes are killed.

    python bench/serve.py health --work FOLDER     # a health check while an ask runs
    python bench/serve.py search --work FOLDER     # a search over HTTP beside the same call in the process
    python bench/serve.py ask --work FOLDER        # the same of an ask
    python bench/serve.py load --work FOLDER       # 100 clients at a time
    python bench/serve.py once --work FOLDER       # equal requests in flight
    python bench/serve.py kills --work FOLDER      # kill -9 of the worker under load
    python bench/serve.py drain --work FOLDER      # SIGTERM under load
    python bench/serve.py ready --work FOLDER      # time to ready beside opening the tasks

FOLDER keeps a simulated cohort and a small model that is made when it is not there; `--model` and `--corpus` name
others, `--rows` fills the index of the model up with vectors. Every command starts a server of its own, measures on
loopback and prints one JSON line with its target; exit 1 when that is missed. Processor times come from /proc.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import argparse
import asyncio
import json
import random
import signal
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from lexiscope.corpus import Corpus
from serve_index import WORDS, fill_index
from serve_process import Answer, Client, Served, bare, served

CLIENTS, TARGET_P99 = 100, 5.0
TARGET_HEALTH_MS, TARGET_SEARCH, TARGET_ASK_MS, TARGET_READY_S = 50.0, 1.3, 20.0, 2.0


def main() -> int:
    """Make what is served, run one measurement, print its line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=list(MEASURES))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pause", type=float, default=0.0, help="mean seconds of a client between searches")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--calls", type=int, default=100)
    options = parser.parse_args()
    prepare(options)
    line, good = MEASURES[options.what](options)
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"name": f"serve {options.what}", **line, "met": good, "load_average": load}))
    return 0 if good else 1


def prepare(options: argparse.Namespace) -> None:
    """A model and a corpus, made once, and an index of the size that is asked for."""
    if options.model is None:
        from lexiscope.testing.served import make_served

        options.model, options.corpus = options.work / "model", options.work / "corpus"
        if not (options.model / "index").is_dir():
            make_served(options.work)
    if options.rows:
        fill_index(options.model, options.rows)


def health(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Health checks while asks run without a pause."""

    async def run(server: Served) -> tuple[list[float], list[float]]:
        checks: list[float] = []
        asks: list[float] = []
        async with Client(server.port) as asking, Client(server.port) as checking:
            body = ask_body(options, 0)
            await asking.post("ask", body)
            for number in range(options.calls // 10):
                begun = asyncio.create_task(asking.post("ask", ask_body(options, number + 1)))
                await asyncio.sleep(0.002)
                while not begun.done():
                    checks.append((await checking.get("health")).seconds)
                asks.append(begun.result().seconds)
        return checks, asks

    with served(options) as server:
        checks, asks = asyncio.run(run(server))
    worst, p50 = 1000 * max(checks), 1000 * statistics.median(checks)
    over = sum(
        1000 * seconds > TARGET_HEALTH_MS for seconds in checks
    )  # a busy machine lets a process wait now and then
    shown = {"checks": len(checks), "p50_ms": round(p50, 2), "worst_ms": round(worst, 1), "over_target": over}
    shown["ask_p50_ms"] = round(1000 * statistics.median(asks), 1)
    return {**shown, "target_ms": TARGET_HEALTH_MS}, worst <= TARGET_HEALTH_MS


def search(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """The same searches over HTTP and in this process, in turns."""
    from lexiscope.tasks.search.search import Searcher, SearchRequest

    searcher = Searcher.open(options.model)

    def here(number: int) -> None:
        searcher.predict(None, SearchRequest(query=words(number))).to_dict()

    line = compare(options, here, lambda number: ("search", search_body(number)))
    ratio = line["http_p50_ms"] / line["here_p50_ms"]
    return {**line, "ratio": round(ratio, 2), "target": TARGET_SEARCH}, ratio <= TARGET_SEARCH


def ask(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """The same asks over HTTP and in this process, in turns."""
    from lexiscope.tasks.answer import Answerer, AnswerRequest

    answerer, cases = Answerer.open(options.model), case_ids(options)

    def here(number: int) -> None:
        read = Answerer.read(options.model, cases[number % len(cases)], corpus=options.corpus)
        answerer.predict(read, AnswerRequest(question=f"Is there a {words(number)}?")).to_dict()

    line = compare(options, here, lambda number: ("ask", ask_body(options, number)))
    added = line["http_p50_ms"] - line["here_p50_ms"]
    return {**line, "added_ms": round(added, 2), "target_ms": TARGET_ASK_MS}, added <= TARGET_ASK_MS


def compare(
    options: argparse.Namespace, here: Callable[[int], None], asked: Callable[[int], tuple[str, object]]
) -> dict[str, float]:
    """Medians of calls over HTTP and in this process that take turns, so that a busy machine slows both alike."""

    async def run(server: Served) -> dict[str, float]:
        there_s, here_s, here_processor_s, before = [], [], [], server.processor_s()
        async with Client(server.port) as client:
            for number in range(-5, options.calls):
                before = server.processor_s() if number == 0 else before
                there_s.append((await client.post(*asked(number))).seconds)
                began, spent_before = time.perf_counter(), time.process_time()
                here(number)
                here_s.append(time.perf_counter() - began)
                here_processor_s.append(time.process_time() - spent_before)
        spent = {name: s - before[name] for name, s in server.processor_s().items()}
        return {
            "calls": options.calls,
            "http_p50_ms": round(1000 * statistics.median(there_s[5:]), 2),
            "here_p50_ms": round(1000 * statistics.median(here_s[5:]), 2),
            "here_processor_ms": round(1000 * statistics.mean(here_processor_s[5:]), 2),
            **{f"{name}_processor_ms": round(1000 * s / options.calls, 2) for name, s in spent.items()},
        }

    with served(options) as server:
        return asyncio.run(run(server))


def load(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Searches of one client alone, then of many at a time, who begin at any moment of their first pause.

    Without pauses every client always waits for all others: "one_round_ms", the worker's processor time for as many
    searches as there are clients, is what a server without any loss would take for each. "bare" are the same clients
    of a route of FastAPI and uvicorn that gives an answer of the same size and computes nothing.
    """
    with served(options) as server:
        alone, together, spent, answer = asyncio.run(_crowd(options, server.port, server.processor_s))
    with bare(answer.text) as port:
        bare_alone, bare_together, _, _ = asyncio.run(_crowd(options, port, dict[str, float]))
    failed = [one.status for one in together if one.status != 200]
    line = {
        "clients": CLIENTS,
        "seconds": options.seconds,
        "pause_s": options.pause,
        "searches": len(together),
        "errors": len(failed),
        **_times(alone, together),
        **{f"{name}_processor_ms": round(ms, 2) for name, ms in spent.items()},
        "one_round_ms": round(CLIENTS * spent["worker"], 1),
        **{f"bare_{name}": value for name, value in _times(bare_alone, bare_together).items()},
        "target": TARGET_P99,
    }
    return line, not failed and line["ratio"] <= TARGET_P99


async def _crowd(
    options: argparse.Namespace, port: int, processor_s: Callable[[], dict[str, float]]
) -> tuple[list[Answer], list[Answer], dict[str, float], Answer]:
    """Answers to one client and to many, milliseconds of processor time of a search of many, and one answer."""

    async def one(number: int, *, until: float, pause: float) -> list[Answer]:
        answers: list[Answer] = []
        async with Client(port) as client:
            await asyncio.sleep(random.uniform(0, pause))
            while time.monotonic() < until:
                answers.append(await client.post("search", search_body(random.Random(number).randrange(10**9))))
                number += CLIENTS
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        return answers

    alone = await one(0, until=time.monotonic() + options.seconds / 6, pause=0)
    before, until = processor_s(), time.monotonic() + options.seconds
    many = await asyncio.gather(*(one(number, until=until, pause=options.pause) for number in range(CLIENTS)))
    together = [answer for answers in many for answer in answers]
    spent = {name: 1000 * (s - before[name]) / len(together) for name, s in processor_s().items()}
    return alone, together, spent, alone[0]


def _times(alone: list[Answer], together: list[Answer]) -> dict[str, float]:
    p50 = statistics.median(one.seconds for one in alone)
    p99 = statistics.quantiles([one.seconds for one in together], n=100)[98]
    return {
        "alone_p50_ms": round(1000 * p50, 2),
        "p50_ms": round(1000 * statistics.median(one.seconds for one in together), 1),
        "p99_ms": round(1000 * p99, 1),
        "ratio": round(p99 / p50, 1),
    }


def once(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Processor time of one request, and of many equal ones at the same time."""

    async def run(server: Served) -> tuple[float, float]:
        async with Client(server.port) as client:
            await client.post("ask", ask_body(options, 1))
        spent = []
        for number, clients in ((2, 1), (3, 20)):
            before = server.processor_s()["worker"]
            await asyncio.gather(*(alone(server, ask_body(options, number)) for _ in range(clients)))
            spent.append(server.processor_s()["worker"] - before)
        return spent[0], spent[1]

    async def alone(server: Served, body: object) -> None:
        async with Client(server.port) as client:
            assert (await client.post("ask", body)).status == 200

    with served(options) as server:
        single, many = asyncio.run(run(server))
    shown = {"equal_requests": 20, "one_processor_s": round(single, 3), "all_processor_s": round(many, 3)}
    return shown, many <= 3 * max(single, 0.02)


def kills(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """kill -9 of the worker while clients search; whatever fails has to have been begun."""

    async def one(server: Served, number: int, done: asyncio.Event, answers: list[tuple[int, str]]) -> None:
        async with Client(server.port) as client:
            while not done.is_set():
                number += 8
                answer = await client.post("search", search_body(number))
                answers.append((answer.status, answer.text))

    async def run(server: Served) -> tuple[list[tuple[int, str]], int]:
        rng, done, answers = random.Random(0), asyncio.Event(), []
        clients = [asyncio.create_task(one(server, number, done, answers)) for number in range(8)]
        killed = 0
        while killed < options.kills:
            answered = len(answers)
            while len(answers) < answered + 20:  # the worker is back
                await asyncio.sleep(0.02)
            await asyncio.sleep(rng.random() / 10)
            os.kill(server.workers()[0], signal.SIGKILL)
            killed += 1
        answered = len(answers)
        while len(answers) < answered + 20:
            await asyncio.sleep(0.02)
        done.set()
        await asyncio.gather(*clients)
        return answers, killed

    with served(options) as server:
        answers, killed = asyncio.run(run(server))
    failed = [(status, text) for status, text in answers if status != 200]
    foreign = [one for one in failed if "died while it worked on this" not in one[1]]
    line = {"kills": killed, "answers": len(answers), "failed": len(failed), "failed_unbegun": len(foreign)}
    line |= {"said": foreign[0][1]} if foreign else {}
    return {**line, "most_expected": 16 * killed}, not foreign and len(failed) <= 16 * killed


def drain(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """SIGTERM while requests are in flight: all that had arrived are answered, and the server ends."""

    async def one(server: Served, number: int) -> int:
        async with Client(server.port) as client:
            return (await client.post("ask", ask_body(options, number))).status

    async def run(server: Served) -> tuple[list[int], float]:
        await one(server, 1000)
        flying = [asyncio.create_task(one(server, number)) for number in range(10)]
        await asyncio.sleep(0.3)
        began = time.monotonic()
        server.terminate()
        statuses = await asyncio.gather(*flying)
        await asyncio.to_thread(server.wait)
        return list(statuses), time.monotonic() - began

    with served(options) as server:
        statuses, seconds = asyncio.run(run(server))
    answered = statuses.count(200)
    return {"in_flight": len(statuses), "answered": answered, "ended_after_s": round(seconds, 2)}, answered == 10


def ready(options: argparse.Namespace) -> tuple[dict[str, object], bool]:
    """Seconds and processor seconds from the command to its line, and of opening the tasks in a process alone."""
    opened = Served.opening(options)
    with served(options) as server:
        took, spent = server.ready_s, sum(server.processor_s().values())
    line = {"ready_s": took, "open_s": opened.seconds, "ready_processor_s": round(spent, 2)}
    line["open_processor_s"] = opened.processor_s
    added = spent - opened.processor_s
    return {**line, "added_processor_s": round(added, 2), "target_s": TARGET_READY_S}, added <= TARGET_READY_S


def words(number: int) -> str:
    """Words that are asked for only once."""
    return " ".join(random.Random(number).choices(WORDS, k=4)) + f" {number}"


def search_body(number: int) -> dict[str, object]:
    """A search that nobody asked for before."""
    return {"request": {"query": words(number), "k": 10}}


def ask_body(options: argparse.Namespace, number: int) -> dict[str, object]:
    """A question that nobody asked before."""
    cases = case_ids(options)
    return {"input": {"case": cases[number % len(cases)]}, "request": {"question": f"Is there a {words(number)}?"}}


def case_ids(options: argparse.Namespace) -> list[str]:
    """Cases with images."""
    if not hasattr(options, "cases"):
        options.cases = [case.id for case in Corpus.open(options.corpus) if case.images][:20]
    return list(options.cases)


MEASURES = {measure.__name__: measure for measure in (health, search, ask, load, once, kills, drain, ready)}

if __name__ == "__main__":
    raise SystemExit(main())
