// Choose a case: what the views of one case show where the address names none.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { api, type CaseRow } from "../api";
import { useLoad } from "../load";
import { Link } from "../parts/link";
import { Busy, Failure, Nothing } from "../parts/message";
import { address } from "../router";
import "./case.css";

const MANY = 24;

interface PickerProps {
  view: string;
  title: string;
  /** What can be chosen besides cases. */
  before?: ComponentChildren;
}

export function Picker({ view, title, before }: PickerProps) {
  const [offset, setOffset] = useState(0);
  const asked = { offset, limit: MANY };
  const { value, problem, busy, again } = useLoad(JSON.stringify(asked), (signal) => api.cases(asked, { signal }));
  if (problem) return <Failure problem={problem} again={again} />;
  if (!value) return busy ? <Busy what="Loading cases" /> : null;
  if (value.total === 0) {
    return (
      <div class="stack">
        {before}
        <Nothing title="No cases">
          <p>The corpus is empty. Fill it with: lexiscope corpus build CORPUS SOURCE</p>
        </Nothing>
      </div>
    );
  }
  return (
    <div class="stack">
      <h1>{title}</h1>
      {before}
      <ul class="case-cards">
        {value.cases.map((found) => (
          <li key={found.id}>
            <CaseCard found={found} to={address([view, found.id])} />
          </li>
        ))}
      </ul>
      <p class="row">
        <button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - MANY))}>
          Before
        </button>
        <span>{`${offset + 1} to ${offset + value.cases.length} of ${value.total}`}</span>
        <button disabled={offset + MANY >= value.total} onClick={() => setOffset(offset + MANY)}>
          Next
        </button>
      </p>
    </div>
  );
}

function CaseCard({ found, to }: { found: CaseRow; to: string }) {
  const first = Object.values(found.images).find((image) => image !== null);
  return (
    <article class="case-card">
      {first ? <img src={first.thumbnail} alt="" loading="lazy" /> : <div class="no-picture">No image</div>}
      <Link to={to}>{found.id}</Link>
      {found.text && <p class="small muted">{found.text.slice(0, 120)}</p>}
    </article>
  );
}
