// What stands above every view of a case: which it is, and the way to the other views of it.
import type { CaseRow } from "../api";
import { Link } from "../parts/link";
import { address } from "../router";
import "./case.css";

const VIEWS = [
  ["case", "Images"],
  ["ask", "Ask"],
  ["segment", "Segment"],
  ["why", "Why"],
  ["correct", "Correct"],
] as const;

export function CaseHead({ found, view }: { found: CaseRow; view: string }) {
  return (
    <header class="case-head">
      <div class="case-name">
        <h1>{found.id}</h1>
        <p class="row small">
          <span class="chip">group {found.group}</span>
          {found.split && <span class="chip">{found.split}</span>}
          <span class="chip">licence {found.licence}</span>
        </p>
      </div>
      <nav aria-label="Views of this case" class="tabs">
        {VIEWS.map(([path, title]) => (
          <Link key={path} to={address([path, found.id])} aria-current={path === view ? "page" : undefined}>
            {title}
          </Link>
        ))}
      </nav>
    </header>
  );
}
