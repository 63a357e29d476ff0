import type { Rejected } from "../../api";

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
          <div class="scrolls" tabIndex={0} role="group" aria-label="Rejected inputs">
            <table class="rejected">
              <thead>
                <tr>
                  <th scope="col">Input</th>
                  <th scope="col">Why</th>
                  <th scope="col">What to do</th>
                </tr>
              </thead>
              <tbody>
                {rejected.map((one, place) => (
                  <tr key={place}>
                    <td>
                      <code>{one.path}</code>
                    </td>
                    <td>{one.reason}</td>
                    <td>{one.remedy}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}
