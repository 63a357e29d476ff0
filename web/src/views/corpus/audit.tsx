import { useState } from "preact/hooks";

import { api, type Audit, type Counts, type Job, type Problem, problemOf, watch } from "../../api";
import { Busy, Failure } from "../../parts/message";
import { Table } from "../../parts/table";

/** Proof that no two splits share what would make a test measure memory: known already, or made when asked for. */
export function AuditPanel({ known, splits }: { known: Audit | null; splits: string[] }) {
  const [audit, setAudit] = useState(known);
  const [job, setJob] = useState<Job | "asked" | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async () => {
    setJob("asked");
    setProblem(null);
    try {
      const answer = await api.audit();
      setAudit("job" in answer ? await watch<Audit>(answer.job, setJob) : answer);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setJob(null);
    }
  };
  return (
    <section class="panel stack" aria-labelledby="audit-title">
      <div class="row">
        <h2 id="audit-title">Audit</h2>
        {audit && <span class={audit.ok ? "verdict good" : "verdict bad"}>{audit.ok ? "✓ Passed" : "✗ Refused"}</span>}
      </div>
      {audit ? (
        <Findings audit={audit} />
      ) : (
        <>
          <p>
            Do two splits share a patient, an image or a describing text? Then a test would measure memory. {splits.length}{" "}
            {splits.length === 1 ? "split is" : "splits are"} compared: {splits.join(", ")}.
          </p>
          {job ? (
            <Busy what={job === "asked" || job.total === null ? "Comparing the splits" : `${job.what}: ${job.done} of ${job.total}`} />
          ) : (
            <button class="start" onClick={run}>
              Audit the splits
            </button>
          )}
        </>
      )}
      {problem && <Failure problem={problem} again={run} />}
    </section>
  );
}

function Findings({ audit }: { audit: Audit }) {
  return (
    <>
      <p>
        Refused: {inWords(audit.refused)}. Reported only: {inWords(audit.reported)}.
        {audit.left_out.length > 0 && ` ${audit.left_out.length} texts that two splits share are left out of measurements.`}
      </p>
      {audit.leaks.length > 0 && (
        <Table
          label="What the splits share"
          rows={audit.leaks}
          columns={[
            { name: "Shared", cell: (leak) => leak.kind.replaceAll("_", " ") },
            { name: "Splits", cell: (leak) => leak.splits.join(" and ") },
            { name: "What", cell: (leak) => leak.detail },
          ]}
        />
      )}
      <details>
        <summary>What is refused</summary>
        <p class="small muted">{audit.rule}</p>
      </details>
    </>
  );
}

function inWords(counts: Counts): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([kind, count]) => `${count} ${kind.replaceAll("_", " ")}`).join(", ") || "nothing";
}
