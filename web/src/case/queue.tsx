// What models said of cases and nobody corrected yet, the least sure first; and how many cases they have looked at.
import { useEffect, useState } from "preact/hooks";

import { api, type Looks, type Problem, problemOf } from "../api";
import { useLoad } from "../load";
import { Link } from "../parts/link";
import { Busy, Failure, Nothing } from "../parts/message";
import { address } from "../router";
import { Picker } from "./picker";
import { unsureOf, wordsOf } from "./said";
import "./case.css";

const MANY = 48;
const AGAIN_MS = 3000;

export function Queue() {
  const looks = useLooks();
  const [read, setRead] = useState(0); // cases that had been looked at when the list was loaded
  const { value, problem, busy, again } = useLoad(`queue ${read}`, (signal) => api.queue({ limit: MANY }, { signal }));
  const done = looks.told?.done ?? 0;
  const isEmpty = value !== null && value.length === 0;
  useEffect(() => {
    if (isEmpty) setRead(done); // nobody reads a list that is empty: it fills by itself
  }, [isEmpty, done]);
  if (problem) return <Failure problem={problem} again={again} />;
  return (
    <div class="stack">
      <h1>Correct: least sure first</h1>
      <Looking {...looks} />
      {busy && value === null && <Busy what="Looking for what models are least sure of" />}
      {isEmpty && (
        <Nothing title="Nothing waits">
          <p>
            What models say of cases comes here, until it is corrected: ask about a case, or outline it. Any case can be
            chosen below.
          </p>
        </Nothing>
      )}
      {!isEmpty && done > read && (
        <p>
          <button onClick={() => setRead(done)}>Show what models have seen since</button>
        </p>
      )}
      <ol class="case-cards" aria-label="Cases to correct">
        {(value ?? []).map((one, at) => (
          <li key={at}>
            <article class="case-card">
              {one.thumbnail ? <img src={one.thumbnail} alt="" loading="lazy" /> : null}
              <Link to={address(["correct", one.case])}>{one.case}</Link>
              <p>{wordsOf(one)}</p>
              <p class="small muted">{unsureOf(one)}</p>
            </article>
          </li>
        ))}
      </ol>
      <Picker view="correct" title="All cases" />
    </div>
  );
}

interface LooksState {
  told: Looks | null;
  problem: Problem | null;
  /** Stop the models, or let them go on. */
  flip: () => void;
}

/** How far models are with looking at cases by themselves, asked for again while they do. */
function useLooks(): LooksState {
  const [told, tell] = useState<Looks | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let waiting: number | undefined;
    const ask = () =>
      api.looks({ signal: stop.signal }).then(
        (now) => {
          tell(now);
          setProblem(null);
          if (now.job) waiting = setTimeout(ask, AGAIN_MS);
        },
        (error: unknown) => stop.signal.aborted || setProblem(problemOf(error)),
      );
    void ask();
    return () => {
      stop.abort();
      clearTimeout(waiting);
    };
  }, [turn]);
  const flip = () => {
    const changed = told?.job ? api.cancel(told.job) : api.look();
    changed.then(
      () => setTurn((n) => n + 1),
      (error: unknown) => setProblem(problemOf(error)),
    );
  };
  return { told, problem, flip };
}

function Looking({ told, problem, flip }: LooksState) {
  if (problem) return <Failure problem={problem} />;
  if (!told?.possible) return null;
  const { job, done, total, model } = told;
  const isWhole = total !== null && done >= total;
  return (
    <>
      <div class="row" role="group" aria-label="Cases looked at">
        {total !== null && (
          <>
            <progress aria-label="Progress" max={total || 1} value={done} />
            <span>{`${done} of ${total} cases looked at by ${model}`}</span>
          </>
        )}
        {(job || !isWhole) && <button onClick={flip}>{job ? "Stop looking" : "Look at the cases"}</button>}
        <span class="small muted">Models look while nobody asks for anything.</span>
      </div>
      {told.problem && !job && <Failure problem={told.problem} />}
    </>
  );
}
