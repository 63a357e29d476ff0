import { Interval } from "../../parts/interval";
import { type Estimate, interval, number, type Row, scaleOf, type Table, tablesOf } from "./estimates";

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
function Numbers({ table }: { table: Table }) {
  const scales = new Map<string, [number, number]>();
  for (const { metric } of table.rows) {
    if (!scales.has(metric)) scales.set(metric, scaleOf(estimatesOf(table.rows, metric)));
  }
  const isNamed = table.rows.some((row) => row.metric !== "");
  return (
    <section class="panel">
      <h2>{table.title}</h2>
      <div class="scrolls" tabIndex={0} role="group" aria-label={table.title}>
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">Of</th>
              {isNamed && <th scope="col">Metric</th>}
              <th scope="col" class="number">
                Value
              </th>
              <th scope="col">95 % interval</th>
              <th scope="col" class="number">
                Chance
              </th>
              <th scope="col" class="number">
                n
              </th>
              <td />
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, place) => (
              <NumberRow
                key={place}
                row={row}
                isNamed={isNamed}
                begins={isNamed && place > 0 && table.rows[place - 1]?.of !== row.of}
                scale={scales.get(row.metric) ?? [0, 1]}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface NumberRowProps {
  row: Row;
  /** Whether the table has a column of metrics. */
  isNamed: boolean;
  /** Whether the rows of another model, baseline or part begin here. */
  begins: boolean;
  scale: [number, number];
}

function NumberRow({ row, isNamed, begins, scale }: NumberRowProps) {
  const { estimate } = row;
  return (
    <tr class={begins ? "begins" : undefined}>
      <th scope="row">{row.of}</th>
      {isNamed && <td class="words">{row.metric}</td>}
      <td class="number">
        <b>{estimate.value === null ? "not asked" : number(estimate.value)}</b>
      </td>
      <td>{estimate.value === null ? "" : interval(estimate)}</td>
      <td class="number">{estimate.chance === null ? "" : number(estimate.chance)}</td>
      <td class="number">{estimate.n ?? ""}</td>
      <td class={row.of === "the model" ? "drawn one" : "drawn muted"}>
        {estimate.value !== null && <Interval {...estimate} scale={scale} />}
      </td>
    </tr>
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
