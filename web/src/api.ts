// The server's API below /api/v1, typed. Every call fails with an `ApiError`, whose problem says what to do.

const ROOT = "/api/v1";

/** Why something failed, as application/problem+json says it: what was expected, what came, what to do. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  expected?: string;
  came?: string;
  do?: string;
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

export type Scalar = string | number | boolean;
/** Value -> number of cases that have it. */
export type Counts = Record<string, number>;

export interface Model {
  name: string;
  parts: string[];
  tasks: string[];
  modalities: string[];
  structures: string[];
  attributes: string[];
  card: string;
  fingerprint: string;
  record: Record<string, unknown>;
}

export interface ImageRow {
  content: string;
  width: number;
  height: number;
  depth: number;
  format: string;
  thumbnail: string;
}

/** A case as lists show it; an image is null where the corpus has the modality and the case lacks it. */
export interface CaseRow {
  id: string;
  group: string;
  split: string | null;
  licence: string;
  images: Record<string, ImageRow | null>;
  structures: string[];
  text: string | null;
  attributes: Record<string, Scalar>;
}

export interface Passage {
  kind: string;
  text: string;
  author: string;
  column: string | null;
  states?: string[];
  modalities?: string[];
}

export interface Turn {
  question: string;
  answer: string;
  kind: string;
  level: string;
  author: string;
  topic: string | null;
  evidence?: { passage: number; start: number; end: number }[];
}

export interface Mask {
  content: string;
  modality?: string;
  grid?: unknown;
  empty: boolean;
}

export interface Provenance {
  source: string;
  licence: string;
  locator: Record<string, Scalar | number[]>;
  steps: string[];
}

export interface Correction {
  case: string;
  kind: "caption" | "answer" | "attribute" | "mask";
  value: Record<string, unknown>;
  corrects?: unknown;
  [field: string]: unknown;
}

/** An instruction to outline a structure, as a case has it or had it. */
export interface Instruction {
  structure: string;
  /** Empty where the writer took back what it had written. */
  text: string;
  author: string;
  modalities: string[];
  /** Since when the case has it; null of one that is older than the history. */
  time: string | null;
  /** Hash of the writer's rules, words and language model; null of a person. */
  version: string | null;
  correction: number | null;
  instead_of: string | null;
  by: string | null;
  in_force: boolean;
}

/** A prediction about a case that nobody corrected. */
export interface Kept {
  case: string;
  thumbnail: string | null;
  model: string;
  task: string;
  /** 0 (sure) to 1. */
  unsure: number;
  settings: Record<string, unknown>;
  request: Record<string, unknown>;
  prediction: Pick<Prediction, "task" | "value" | "score" | "uncertainty">;
}

/** How far models are with looking at cases by themselves. */
export interface Looks {
  possible: boolean;
  /** Job that looks now. */
  job: string | null;
  done: number;
  total: number | null;
  model: string;
  problem: Problem | null;
}

export interface WholeCase extends CaseRow {
  texts: Passage[];
  turns: Turn[];
  masks: Record<string, Mask>;
  provenance: Provenance;
  corrections: Correction[];
}

export interface CasePage {
  total: number;
  offset: number;
  cases: CaseRow[];
}

/** Values of an attribute with their counts, or the ends of the range of one that is measured in many numbers. */
export type Facet = Counts | [low: number, high: number];

export interface Facets {
  total: number;
  split: Counts;
  group: Counts;
  attributes: Record<string, Facet>;
  modalities: Counts;
  licence: Counts;
  source: Counts;
}

export interface Rejected {
  path: string;
  reason: string;
  remedy: string;
  kind?: string;
}

export interface Leak {
  kind: string;
  splits: [string, string];
  shared: string[];
  detail: string;
}

export interface Audit {
  ok: boolean;
  splits: Counts;
  refused: Counts;
  leaks: Leak[];
  left_out: string[];
  reported: Counts;
  rule: string;
}

export interface CorpusSummary {
  version: string;
  cases: number;
  groups: number;
  images: Counts;
  missing: Counts;
  patterns: Counts;
  without_image: number;
  masks: Counts;
  structures: Record<string, Counts>;
  texts: Counts;
  text_columns: Counts;
  turns: Counts;
  splits: Record<string, { cases: number; groups: number }>;
  licences: Counts;
  attributes: Counts;
  unread: number;
  /** The first of them, and how many there are. */
  rejected: Rejected[];
  rejected_inputs: number;
  audit: Audit | null;
}

/** Something that a prediction rests on. */
export interface Evidence {
  case: string;
  group: string;
  score: number;
  text: string | null;
  region: number[] | Record<string, unknown> | null;
  details: Record<string, unknown> & { image?: string | null; licence?: string };
}

export interface OutOfDistribution {
  score: number;
  p_value: number;
  groups: number;
  warning: string | null;
}

/** What every task gives, exactly as on the command line. */
export interface Prediction<Value = unknown> {
  task: string;
  case: string;
  value: Value;
  score: number | null;
  uncertainty: number | null;
  evidence: Evidence[];
  out_of_distribution: OutOfDistribution | null;
}

export interface Hit {
  case: string;
  score: number;
  group: string;
  text: string | null;
  licence: string;
  image: string | null;
  /** Published model that found it, where nothing of it was trained here. */
  untrained?: string | null;
  /** Scores of the ways that found it: "image", "wording", "exact words", "tokens". */
  matched: Record<string, number>;
}

/** What a task reads: a case of the corpus, or files that were uploaded. */
export type Input = { case?: string; upload?: string; modality?: string; without?: string[] };

export interface Asked {
  model?: string;
  input?: Input;
  settings?: Record<string, unknown>;
  request?: Record<string, unknown>;
}

export interface Upload {
  upload: string;
  files: string[];
  /** "folder" is several images, each of another modality. */
  kind: "image" | "folder" | "dicom";
  /** What each image shows, as far as it is known -> its content hash. */
  images: Record<string, string>;
}

export interface Job<Result = unknown> {
  id: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number | null;
  what: string;
  result: Result | null;
  problem: Problem | null;
}

export interface ReportEntry {
  name: string;
  kind: "evaluation" | "interpretation";
  task: string | null;
  made: string;
  model: string | null;
  corpus: string | null;
}

export interface About {
  shape: number[];
  spacing: number[] | null;
  unit: "mm" | "nm" | null;
  affine: number[][] | null;
  low: number;
  high: number;
  channels: number;
  /** Letters at the borders of slices, by axis; null where the file states no place in a patient. */
  letters: Record<string, { left: string; right: string; top: string; bottom: string }> | null;
  /** Values that are shown black and white at first. */
  window?: [number, number];
}

/** What whoever looks at the page may do, and whether a token was needed for it. */
export interface Session {
  role: "read" | "write";
  login: boolean;
}

/** Event of the window: the server asks for its token. */
export const LOCKED = "lexiscope-locked";

interface CallOptions {
  signal?: AbortSignal;
}

export const api = {
  session: (options?: CallOptions) => get<Session>("/session", options),
  login: (token: string) => post<Session>("/login", { token }),
  logout: () => post<void>("/logout", {}),
  models: (options?: CallOptions) => get<Model[]>("/models", options),
  corpus: (options?: CallOptions) => get<CorpusSummary>("/corpus", options),
  audit: (options?: CallOptions) => get<Audit | { job: string }>("/corpus/audit", options),
  facets: (where: string[], options?: CallOptions) => get<Facets>(`/facets${query({ where })}`, options),
  cases: (asked: { where?: string[]; offset?: number; limit?: number; order?: string }, options?: CallOptions) =>
    get<CasePage>(`/cases${query(asked)}`, options),
  /** Cases of these ids, as many of them as the corpus has. */
  casesById: (id: string[], options?: CallOptions) => get<CasePage>(`/cases${query({ id, limit: id.length })}`, options),
  case: (id: string, options?: CallOptions) => get<WholeCase>(`/cases/${encodeURIComponent(id)}`, options),
  /** Every instruction that a case ever had, the oldest first. */
  instructions: (id: string, options?: CallOptions) => get<Instruction[]>(`/cases/${encodeURIComponent(id)}/instructions`, options),
  similar: (id: string, asked: { model?: string; k?: number }, options?: CallOptions) =>
    get<Prediction<Hit[]>>(`/cases/${encodeURIComponent(id)}/similar${query(asked)}`, options),
  /** Measured values of a pixel of a picture, as it is shown, one a channel. */
  pixel: (content: string, x: number, y: number, options?: CallOptions) =>
    get<{ values: (number | null)[] }>(`/tiles/${content}/pixel${query({ x, y })}`, options),
  about: (content: string, options?: CallOptions) => get<About>(`/images/${content}/about`, options),
  tasks: (options?: CallOptions) => get<Record<string, unknown>>("/tasks", options),
  reports: (options?: CallOptions) => get<ReportEntry[]>("/reports", options),
  report: (name: string, options?: CallOptions) => get<Record<string, unknown>>(`/reports/${encodeURIComponent(name)}`, options),
  /** One prediction of a task that answers at once; `verb` as on the command line. See `run` for the others. */
  predict: <Value>(verb: string, asked: Asked, options?: CallOptions) =>
    post<Prediction<Value>>(`/${verb}`, asked, options),
  start: (verb: string, asked: object) => post<{ job: string }>(`/${verb}`, asked, {}, { Prefer: "respond-async" }),
  job: <Result>(id: string, options?: CallOptions) => get<Job<Result>>(`/jobs/${id}`, options),
  cancel: (id: string) => call<void>(`/jobs/${id}`, { method: "DELETE" }),
  /** Send files of one case; with what each of them shows, where it is known. */
  upload: (files: Iterable<File>, modalities: string[] = [], options?: CallOptions) => {
    const form = new FormData();
    for (const file of files) form.append("file", file, file.name);
    for (const modality of modalities) form.append("modality", modality);
    return call<Upload>("/uploads", { method: "POST", body: form, ...options });
  },
  /** Files that were sent before, as long as the server keeps them. */
  uploaded: (id: string, options?: CallOptions) => get<Upload>(`/uploads/${encodeURIComponent(id)}`, options),
  corrections: (id: string, options?: CallOptions) => get<Correction[]>(`/corrections${query({ case: id })}`, options),
  queue: (asked: { case?: string; limit?: number }, options?: CallOptions) =>
    get<Kept[]>(`/corrections/queue${query(asked)}`, options),
  /** How many cases models have looked at by themselves. */
  looks: (options?: CallOptions) => get<Looks>("/corrections/looks", options),
  look: () => post<{ job: string }>("/corrections/looks", {}),
  correct: (correction: Record<string, unknown>) => post<Correction>("/corrections", correction),
};

/** Addresses of pictures, for `src`. */
export const pictures = {
  thumbnail: (content: string, size = 256) => `${ROOT}/images/${content}/thumbnail?size=${size}`,
  file: (content: string) => `${ROOT}/images/${content}`,
  volume: (content: string, limitMb?: number) => `${ROOT}/volumes/${content}${query({ limit_mb: limitMb })}`,
  slice: (content: string, asked: { axis: "z" | "y" | "x"; index: number; low?: number; high?: number; size?: number }) =>
    `${ROOT}/images/${content}/slice${query(asked)}`,
  tile: (content: string, level: number, x: number, y: number, asked: { low?: number; high?: number; channel?: number } = {}) =>
    `${ROOT}/tiles/${content}/${level}/${x}/${y}${query(asked)}`,
};

/**
 * Have something done as a job: for what takes long, is to be watched or may be stopped. Aborting the signal stops it on
 * the server, too, also where it has not been heard of yet.
 *
 * @param verb As on the command line.
 * @param progress Called with each state that the server tells.
 */
export async function run<Result>(verb: string, asked: object, progress: (job: Job<Result>) => void, signal: AbortSignal): Promise<Result> {
  const { job } = await api.start(verb, asked);
  return watch<Result>(job, progress, signal);
}

/**
 * Watch a job to its end: its result, or an `ApiError`. Aborting the signal cancels the job on the server as well.
 *
 * @param progress Called with each state that the server tells.
 */
export function watch<Result>(id: string, progress: (job: Job<Result>) => void, signal?: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`${ROOT}/jobs/${id}/events`);
    const end = () => {
      events.close();
      signal?.removeEventListener("abort", stopped);
    };
    const stopped = () => {
      end();
      api.cancel(id).catch(() => undefined); // it may have ended meanwhile
      reject(new ApiError({ title: "Cancelled", status: 0, detail: "The computation was cancelled." }));
    };
    const settle = async () => {
      end();
      try {
        const job = await api.job<Result>(id);
        progress(job);
        if (job.state === "done") resolve(job.result as Result);
        else reject(new ApiError(job.problem ?? { title: "Cancelled", status: 0, detail: `The job was ${job.state}.` }));
      } catch (error) {
        reject(error);
      }
    };
    signal?.addEventListener("abort", stopped);
    if (signal?.aborted) return stopped();
    events.addEventListener("progress", (event) => progress(JSON.parse(event.data) as Job<Result>));
    for (const name of ["done", "failed", "cancelled"]) events.addEventListener(name, settle);
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) void settle();
    });
  });
}

/** What went wrong, of anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  if (error instanceof TypeError) {
    return {
      title: "The server does not answer",
      status: 0,
      detail: "Nothing came back from the server that this page was loaded from.",
      do: "See whether `lexiscope serve` still runs, then try again.",
    };
  }
  return { title: "Something went wrong", status: 0, detail: String(error) };
}

async function get<T>(path: string, options: CallOptions = {}): Promise<T> {
  return call<T>(path, options);
}

async function post<T>(path: string, body: unknown, options: CallOptions = {}, headers: Record<string, string> = {}): Promise<T> {
  const json = { method: "POST", body: JSON.stringify(body), ...options };
  return call<T>(path, { ...json, headers: { "Content-Type": "application/json", ...headers } });
}

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = new Headers(init.headers);
  headers.set("Accept", "application/json");
  const proof = cookie("lexiscope-csrf");
  if (proof && init.method) headers.set("X-Lexiscope-CSRF", proof);
  const response = await fetch(ROOT + path, { ...init, headers });
  if (response.status === 401 && path !== "/login") dispatchEvent(new Event(LOCKED));
  if (!response.ok) throw new ApiError(await problem(response));
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

async function problem(response: Response): Promise<Problem> {
  const otherwise = { title: response.statusText || "Failed", status: response.status, detail: `The server answered ${response.status}.` };
  try {
    const told = (await response.json()) as Partial<Problem>;
    return { ...otherwise, ...told };
  } catch {
    return otherwise; // no JSON: not from the API itself, such as from a proxy before it
  }
}

function query(asked: Record<string, string | number | string[] | null | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") parameters.append(name, String(one));
    }
  }
  const words = parameters.toString();
  return words && `?${words}`;
}

function cookie(name: string): string | null {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}
