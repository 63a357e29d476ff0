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
      <h2>{problem.title}</h2>
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
