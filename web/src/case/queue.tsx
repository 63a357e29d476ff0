// Cases to correct, those that a model is least sure of first.
import { api } from "../api";
import { useLoad } from "../load";
import { Link } from "../parts/link";
import { Busy, Failure, Nothing } from "../parts/message";
import { address } from "../router";
import { ModelChoice, useModel } from "./use-model";
import "./case.css";

const MANY = 48;

interface Waiting {
  case: string;
  why?: string;
  score?: number | null;
  thumbnail?: string | null;
}

export function Queue() {
  const chosen = useModel("classify");
  const name = chosen.model?.name;
  const key = chosen.busy ? null : `queue ${name ?? ""}`;
  const { value, problem, busy, again } = useLoad(key, (signal) => api.queue({ model: name, limit: MANY }, { signal }));
  const waiting = (Array.isArray(value) ? value : []) as Waiting[];
  if (problem) return <Failure problem={problem} again={again} />;
  return (
    <div class="stack">
      <h1>Correct: least sure first</h1>
      <ModelChoice {...chosen} />
      {(busy || chosen.busy) && <Busy what="Looking for the cases that are least sure" />}
      {value !== null && waiting.length === 0 && (
        <Nothing title="Nothing waits">
          <p>Every case was looked at. Open any case and choose Correct to change it.</p>
        </Nothing>
      )}
      <ol class="case-cards" aria-label="Cases to correct">
        {waiting.map((one) => (
          <li key={one.case}>
            <article class="case-card">
              {one.thumbnail ? <img src={one.thumbnail} alt="" loading="lazy" /> : null}
              <Link to={address(["correct", one.case])}>{one.case}</Link>
              <p class="small muted">{[one.why, one.score != null ? `score ${one.score.toFixed(2)}` : null].filter(Boolean).join(" · ")}</p>
            </article>
          </li>
        ))}
      </ol>
    </div>
  );
}
