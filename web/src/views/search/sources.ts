// Where the things of the grid come from: cases that are paged, or hits of a search that is asked for more.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { api, type Asked, type CaseRow, type Hit, type Prediction, type Problem, problemOf, run } from "../../api";

/** A case as the grid shows it: known in full, or so far only as a hit. */
export interface Shown {
  row: CaseRow | null;
  hit: Hit | null;
}

export interface Source {
  total: number;
  /** False where there may be more than `total`. */
  whole: boolean;
  busy: boolean;
  problem: Problem | null;
  at: (place: number) => Shown | null;
  /** Say which places are shown: they are loaded, with what lies around them. */
  want: (first: number, end: number) => void;
  again: () => void;
  /** Ends what is looked for now; null where that takes no time or nothing is. */
  stop: (() => void) | null;
}

const PAGE = 60;
const FIRST_HITS = 60;
const MOST_HITS = 2000;
const STOPPED: Problem = { title: "Stopped", status: 0, detail: "The search was stopped." };

/** Cases that satisfy conditions, loaded page by page around what is shown; nothing while `where` is null. */
export function useCases(where: string[] | null): Source {
  const [attempt, setAttempt] = useState(0);
  const [, redraw] = useState(0);
  const key = where && JSON.stringify([attempt, where]);
  const held = useRef(emptyPages(key));
  const wanted = useRef({ first: 0, end: 1 });
  // Until the first page is there the earlier number of cases keeps the height of the page.
  if (held.current.key !== key) held.current = { ...emptyPages(key), total: held.current.total };
  const pages = held.current;

  const load = async (page: number) => {
    if (where === null || pages.asked.has(page)) return;
    pages.asked.add(page);
    try {
      const { total, cases } = await api.cases({ where, offset: page * PAGE, limit: PAGE });
      Object.assign(pages, { total, known: true });
      cases.forEach((row, place) => pages.rows.set(page * PAGE + place, row));
    } catch (error) {
      pages.problem = problemOf(error);
    }
    if (held.current === pages) redraw((n) => n + 1);
  };
  const loadWanted = () => {
    const { first, end } = wanted.current;
    const last = Math.floor(Math.max(0, Math.min(end, pages.total) - 1) / PAGE);
    for (let page = Math.max(0, Math.floor(first / PAGE) - 1); page <= last + 2; page++) {
      if (page === 0 || page * PAGE < pages.total) void load(page);
    }
  };
  useEffect(() => {
    void load(0);
  }, [key]);
  return {
    total: pages.total,
    whole: true,
    busy: where !== null && !pages.known && pages.problem === null,
    problem: pages.problem,
    at: (place) => {
      const row = pages.rows.get(place);
      return row ? { row, hit: null } : null;
    },
    want: (first, end) => {
      wanted.current = { first, end };
      loadWanted();
    },
    again: () => setAttempt((n) => n + 1),
    stop: null,
  };
}

interface Pages {
  key: string | null;
  total: number;
  known: boolean;
  rows: Map<number, CaseRow>;
  asked: Set<number>;
  problem: Problem | null;
}

function emptyPages(key: string | null): Pages {
  return { key, total: 0, known: false, rows: new Map(), asked: new Set(), problem: null };
}

/**
 * Hits of a search; more are asked for when the last ones come into view. Nothing while `asked` is null.
 *
 * @param waits Whether something else is waited for before the search can be asked.
 */
export function useHits(asked: Asked | null, waits: boolean): Source {
  const key = asked && JSON.stringify(asked);
  const [grown, setGrown] = useState({ key, k: FIRST_HITS });
  const k = grown.key === key ? grown.k : FIRST_HITS;
  const [state, setState] = useState<{ key: string | null; hits: Hit[]; k: number; problem: Problem | null }>({
    key: null,
    hits: [],
    k: 0,
    problem: null,
  });
  const [attempt, setAttempt] = useState(0);
  const rows = useRowsOf();
  const running = useRef<AbortController | null>(null);
  useEffect(() => {
    if (asked === null) return;
    const stop = (running.current = new AbortController());
    searched({ ...asked, request: { ...asked.request, k } }, stop.signal).then(
      ({ value }) => {
        if (!stop.signal.aborted) setState({ key, hits: value, k, problem: null });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setState({ key, hits: [], k, problem: problemOf(error) });
      },
    );
    return () => stop.abort();
  }, [key, k, attempt]);
  const stop = () => {
    running.current?.abort();
    setState({ key, hits: [], k, problem: STOPPED });
  };
  const { hits, problem } = state;
  const whole = hits.length < state.k || state.k >= MOST_HITS;
  return {
    total: hits.length,
    whole,
    busy: waits || state.key !== key,
    problem: state.key === key ? problem : null,
    at: (place) => {
      const hit = hits[place];
      return hit ? { hit, row: rows.get(hit.case) } : null;
    },
    want: (first, end) => {
      rows.want(hits.slice(first, end).map((hit) => hit.case));
      if (state.key === key && hits.length > 0 && !whole && end > hits.length - PAGE / 2) setGrown({ key, k: Math.min(MOST_HITS, state.k * 3) });
    },
    again: () => {
      setState((before) => ({ ...before, key: null }));
      setAttempt((n) => n + 1);
    },
    stop: isOfImage(asked) && state.key !== key ? stop : null,
  };
}

function isOfImage(asked: Asked | null): boolean {
  return asked?.request?.image !== undefined;
}

/** Hits of words are there at once; an image has to be read first, which is a job that can be stopped. */
function searched(asked: Asked, signal: AbortSignal): Promise<Prediction<Hit[]>> {
  if (!isOfImage(asked)) return api.predict<Hit[]>("search", asked, { signal });
  return run<Prediction<Hit[]>>("search", asked, () => undefined, signal);
}

/** Rows of cases by id, loaded together; a case that the served corpus does not have stays unknown. */
function useRowsOf() {
  const [, redraw] = useState(0);
  const { current: held } = useRef({ rows: new Map<string, CaseRow>(), asked: new Set<string>() });
  const want = useCallback((ids: string[]) => {
    const unknown = ids.filter((id) => !held.asked.has(id));
    for (let start = 0; start < unknown.length; start += PAGE) {
      const some = unknown.slice(start, start + PAGE);
      for (const id of some) held.asked.add(id);
      api.casesById(some).then(
        ({ cases }) => {
          for (const row of cases) held.rows.set(row.id, row);
          redraw((n) => n + 1);
        },
        () => undefined, // the hit itself says enough
      );
    }
  }, []);
  return { get: (id: string) => held.rows.get(id) ?? null, want };
}
