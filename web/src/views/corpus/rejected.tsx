import type { Rejected } from "../../api";
import { Table } from "../../parts/table";

/** Inputs that could not be read into the corpus, why, and what to do about each. */
export function RejectedPanel({ rejected, total, unread }: { rejected: Rejected[]; total: number; unread: number }) {
  return (
    <section class="panel stack" aria-labelledby="rejected-title">
      <h2 id="rejected-title">Rejected inputs</h2>
      {rejected.length === 0 ? (
        <p class="muted">Every input could be read.</p>
      ) : (
        <>
          <p class="muted small">
            The first {rejected.length} of {total} that builds noted
            {unread > 0 && `; ${unread} known files are used by no case`}. The whole list lies in the corpus, in{" "}
            <code>rejected.jsonl</code>.
          </p>
          <Table
            label="Rejected inputs"
            class="rejected"
            rows={rejected}
            columns={[
              { name: "Input", cell: (one) => <code>{one.path}</code> },
              { name: "Why", cell: (one) => one.reason },
              { name: "What to do", cell: (one) => one.remedy },
            ]}
          />
        </>
      )}
    </section>
  );
}
