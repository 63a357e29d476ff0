import type { ComponentChildren } from "preact";

import type { Problem } from "../api";

/** What went wrong, and what to do about it. */
export function Failure({ problem, again }: { problem: Problem; again?: () => void }) {
  const facts = [
    ["Expected", problem.expected],
    ["Came", problem.came],
    ["What to do", problem.do],
  ].filter(([, text]) => text);
  return (
    <div class="message bad" role="alert">
      <h2>{TITLES[problem.title] ?? problem.title}</h2>
      <p>{problem.detail}</p>
      {facts.length > 0 && (
        <dl>
          {facts.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {again && <button onClick={again}>Try again</button>}
    </div>
  );
}

/** The server's names of errors in words. */
const TITLES: Record<string, string> = {
  BusyError: "Too much is asked at once",
  CaseError: "This makes no sense of a case",
  CorpusError: "The corpus cannot do this",
  EvaluationError: "The data cannot answer this",
  ForbiddenError: "This is not allowed here",
  GoneError: "This is not here any more",
  IndexStoreError: "The index is missing or out of date",
  ModelError: "The model lacks what this needs",
  NotFoundError: "There is nothing of this name",
  SourceError: "The file cannot be read",
  TooLargeError: "This is more than the server takes",
  UsageError: "This cannot be asked so",
  ViewError: "The image cannot be used so",
  WorkerDiedError: "The computation ended unexpectedly",
};

/** Nothing to show, why, and what to do to see something. */
export function Nothing({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="message">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Something is being loaded or computed. */
export function Busy({ what }: { what: string }) {
  return (
    <p class="busy" role="status">
      {what}
    </p>
  );
}
