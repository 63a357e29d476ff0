// `useTask`: one prediction at a time, begun by hand; asking again stops the one before.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Asked, api, type Prediction, type Problem, problemOf } from "../api";

export interface TaskState<Value> {
  prediction: Prediction<Value> | null;
  /** What the prediction answers. */
  asked: Asked | null;
  problem: Problem | null;
  busy: boolean;
  ask: (asked: Asked) => void;
}

export function useTask<Value>(verb: string): TaskState<Value> {
  const [state, setState] = useState<Omit<TaskState<Value>, "ask">>({ prediction: null, asked: null, problem: null, busy: false });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const ask = (asked: Asked) => {
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    setState((before) => ({ ...before, problem: null, busy: true }));
    api.predict<Value>(verb, asked, { signal: stop.signal }).then(
      (prediction) => stop.signal.aborted || setState({ prediction, asked, problem: null, busy: false }),
      (error: unknown) => stop.signal.aborted || setState({ prediction: null, asked: null, problem: problemOf(error), busy: false }),
    );
  };
  return { ...state, ask };
}
