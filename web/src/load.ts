// `useLoad`: something from the server, with what a page shows meanwhile and when it fails.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Problem, problemOf } from "./api";

/** What is known of something that is being loaded; while it is loaded anew the earlier value stays on the page. */
export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  busy: boolean;
  again: () => void;
}

/**
 * Load when `key` changes, and stop what is under way for an earlier one; nothing is loaded while it is null.
 *
 * @param key What is loaded, in one string: the address, or the question as JSON.
 */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string | null; value: T | null; problem: Problem | null; busy: boolean }>({
    key: null,
    value: null,
    problem: null,
    busy: key !== null,
  });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === null) {
      setState({ key, value: null, problem: null, busy: false });
      return;
    }
    const stop = new AbortController();
    setState((before) => ({ ...before, problem: null, busy: true }));
    latest.current(stop.signal).then(
      (value) => {
        if (!stop.signal.aborted) setState({ key, value, problem: null, busy: false });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setState({ key, value: null, problem: problemOf(error), busy: false });
      },
    );
    return () => stop.abort();
  }, [key, attempt]);
  return { value: state.value, problem: state.problem, busy: state.busy, again: () => setAttempt((n) => n + 1) };
}
