// What models said of cases and nobody corrected yet, the least sure first.
import { api } from "../api";
import { useLoad } from "../load";
import { Link } from "../parts/link";
import { Busy, Failure, Nothing } from "../parts/message";
import { address } from "../router";
import { Picker } from "./picker";
import { unsureOf, wordsOf } from "./said";
import "./case.css";

const MANY = 48;

export function Queue() {
  const { value, problem, busy, again } = useLoad("queue", (signal) => api.queue({ limit: MANY }, { signal }));
  if (problem) return <Failure problem={problem} again={again} />;
  return (
    <div class="stack">
      <h1>Correct: least sure first</h1>
      {busy && <Busy what="Looking for what models are least sure of" />}
      {value !== null && value.length === 0 && (
        <Nothing title="Nothing waits">
          <p>
            What models say of cases from now on comes here, until it is corrected: ask about a case, or outline it. Any
            case can be chosen below.
          </p>
        </Nothing>
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
