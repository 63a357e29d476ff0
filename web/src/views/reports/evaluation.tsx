import { Interval } from "../../parts/interval";
import { type Column, Table } from "../../parts/table";
import { type Estimate, interval, number, type Row, scaleOf, type Table as Measured, tablesOf } from "./estimates";

/** An evaluation: verdicts, the model with its baselines, and what else was measured. */
export function Evaluation({ name, report }: { name: string; report: Record<string, unknown> }) {
  const [main, ...others] = tablesOf(report);
  const differences = tablesOf({ metrics: {}, baselines: report.differences ?? {} })[0];
  return (
    <>
      <h1>
        {String(report.task)}, split {String(report.split)}
      </h1>
      <p>{measured(report)}</p>
      <Lines of={report.verdicts} label="Verdicts" />
      <Lines of={report.notes} label="Notes" />
      <Legend />
      {main && <Numbers table={main} />}
      {differences && differences.rows.length > 0 && (
        <Numbers table={{ ...differences, title: "The model less each baseline, on the same items" }} />
      )}
      {others.map((table) => (
        <Numbers key={table.title} table={table} />
      ))}
      <section class="panel stack">
        <h2>How it was measured</h2>
        <p>{String(report.rule ?? "")}</p>
        <dl class="about">
          {facts(name, report).map(([fact, value]) => (
            <div key={fact}>
              <dt>{fact}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

/** Numbers with their intervals, drawn on one scale for each metric. */
function Numbers({ table }: { table: Measured }) {
  const { title, rows } = table;
  const scales = new Map<string, [number, number]>();
  for (const { metric } of rows) {
    if (!scales.has(metric)) scales.set(metric, scaleOf(estimatesOf(rows, metric)));
  }
  const isNamed = rows.some((row) => row.metric !== "");
  const metric: Column<Row>[] = isNamed ? [{ name: "Metric", class: "words", cell: (row) => row.metric }] : [];
  return (
    <section class="panel">
      <h2>{title}</h2>
      <Table
        label={title}
        class="numbers"
        rows={rows}
        begins={(row, place) => isNamed && place > 0 && rows[place - 1]?.of !== row.of}
        columns={[
          { name: "Of", kind: "head", cell: (row) => row.of },
          ...metric,
          { name: "Value", kind: "number", cell: ({ estimate }) => <b>{estimate.value === null ? "not asked" : number(estimate.value, estimate)}</b> },
          { name: "95 % interval", cell: ({ estimate }) => (estimate.value === null ? "" : interval(estimate)) },
          { name: "Chance", kind: "number", cell: ({ estimate }) => (estimate.chance === null ? "" : number(estimate.chance, estimate)) },
          { name: "n", kind: "number", cell: ({ estimate }) => estimate.n ?? "" },
          { name: "Drawn", kind: "drawn", cell: (row) => <Drawn row={row} scale={scales.get(row.metric) ?? [0, 1]} /> },
        ]}
      />
    </section>
  );
}

function Drawn({ row, scale }: { row: Row; scale: [number, number] }) {
  if (row.estimate.value === null) return null;
  return (
    <span class={row.of === "the model" ? "one" : "muted"}>
      <Interval {...row.estimate} scale={scale} />
    </span>
  );
}

function Legend() {
  return (
    <p class="legend">
      <span class="one">
        <Interval value={0.6} low={0.3} high={0.9} scale={[0, 1]} /> value and 95 % interval over groups
      </span>
      <span>
        <Interval value={null} low={null} high={null} chance={0.5} scale={[0, 1]} /> chance level
      </span>
    </p>
  );
}

/** Sentences of a report, where there are some. */
export function Lines({ of, label }: { of: unknown; label: string }) {
  if (!Array.isArray(of) || of.length === 0) return null;
  return (
    <ul class="lines" aria-label={label}>
      {of.map((sentence, place) => (
        <li key={place}>{String(sentence)}</li>
      ))}
    </ul>
  );
}

function measured(report: Record<string, unknown>): string {
  const items = report.n === report.cases ? `${report.n} cases` : `${report.n} items about ${report.cases} cases`;
  return `${items} in ${report.groups} groups.`;
}

function facts(name: string, report: Record<string, unknown>): [string, string][] {
  const audit = (report.audit ?? {}) as Record<string, unknown>;
  const told: [string, unknown][] = [
    ["Report", name],
    ["Corpus", report.corpus],
    ["Model", report.model],
    ["Seed", report.seed],
    ["Resamples", report.resamples],
    ["Audit", audit.checked === false ? audit.note : audit.accepted ? `leak accepted: ${audit.accepted}` : "passed"],
    ["Versions", Object.entries((report.versions ?? {}) as Record<string, string>).map((one) => one.join(" ")).join(", ")],
  ];
  return told.filter(([, value]) => value !== undefined && value !== "").map(([fact, value]) => [fact, String(value)]);
}

function estimatesOf(rows: Row[], metric: string): Estimate[] {
  return rows.filter((row) => row.metric === metric).map((row) => row.estimate);
}
