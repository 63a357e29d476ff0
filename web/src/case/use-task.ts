// `useTask`: one prediction at a time, begun by hand; asking again stops the one before, and so does leaving.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Asked, type Job, type Prediction, type Problem, problemOf, run } from "../api";

interface State<Value> {
  prediction: Prediction<Value> | null;
  /** What the prediction answers. */
  asked: Asked | null;
  problem: Problem | null;
  busy: boolean;
  /** How far the server is; null before it has said so. */
  job: Job | null;
}

export interface TaskState<Value> extends State<Value> {
  ask: (asked: Asked) => void;
  stop: () => void;
}

const NOTHING = { prediction: null, asked: null, problem: null, busy: false, job: null };

export function useTask<Value>(verb: string): TaskState<Value> {
  const [state, setState] = useState<State<Value>>(NOTHING);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const ask = (asked: Asked) => {
    running.current?.abort();
    const { signal } = (running.current = new AbortController());
    setState((before) => ({ ...before, problem: null, busy: true, job: null }));
    const told = (job: Job) => signal.aborted || setState((before) => ({ ...before, job }));
    run<Prediction<Value>>(verb, asked, told, signal).then(
      (prediction) => signal.aborted || setState({ ...NOTHING, prediction, asked }),
      (error: unknown) => signal.aborted || setState({ ...NOTHING, problem: problemOf(error) }),
    );
  };
  const stop = () => {
    running.current?.abort();
    setState((before) => ({ ...before, busy: false, job: null }));
  };
  return { ...state, ask, stop };
}
