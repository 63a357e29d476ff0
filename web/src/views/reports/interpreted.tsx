import { Table } from "../../parts/table";
import { Lines } from "./evaluation";
import { interval, isEstimate, isTree, number } from "./estimates";

/** An interpretation: each subject with what each method found in it. */
export function Interpreted({ name, report }: { name: string; report: Record<string, unknown> }) {
  const about = isTree(report.about) ? report.about : {};
  return (
    <>
      <h1>Interpretation</h1>
      <p>
        {name}: corpus <code>{String(about.corpus_version)}</code>, split {String(about.split)}, seed {String(about.seed)}
      </p>
      <Lines of={report.notes} label="Notes" />
      {records(report.subjects).map((subject) => (
        <Subject key={String(subject.name)} subject={subject} />
      ))}
      <LeftOut of={report.left_out} />
    </>
  );
}

function Subject({ subject }: { subject: Record<string, unknown> }) {
  return (
    <section class="stack">
      <h2>{String(subject.name)}</h2>
      <p class="muted">
        {String(subject.score)}; {String(subject.cases)} cases in {String(subject.groups)} groups
        {subject.drawn ? `: ${subject.drawn}` : ""}; inputs:{" "}
        {Array.isArray(subject.inputs) ? subject.inputs.join(", ") : ""}
      </p>
      {records(subject.results).map((result) => (
        <Result key={String(result.method)} result={result} />
      ))}
      <LeftOut of={subject.left_out} />
    </section>
  );
}

function Result({ result }: { result: Record<string, unknown> }) {
  const rows = records(result.rows);
  const names = Object.keys(rows[0] ?? {});
  return (
    <section class="panel stack">
      <h3>{String(result.title)}</h3>
      <Lines of={result.findings} label="Findings" />
      <details>
        <summary>{rows.length} rows of numbers</summary>
        <Table
          label={String(result.title)}
          class="numbers"
          rows={rows}
          columns={names.map((name) => ({ name, cell: (row: Record<string, unknown>) => cell(row[name]) }))}
        />
      </details>
      <dl class="about">
        {result.sample ? (
          <div>
            <dt>Looked at</dt>
            <dd>{String(result.sample)}</dd>
          </div>
        ) : null}
        <div>
          <dt>Assumes</dt>
          <dd>{String(result.assumes)}</dd>
        </div>
        <div>
          <dt>Cannot tell</dt>
          <dd>{String(result.cannot_tell)}</dd>
        </div>
      </dl>
    </section>
  );
}

function LeftOut({ of }: { of: unknown }) {
  return <Lines label="Left out" of={records(of).map((one) => `${one.name} left out: ${one.reason}`)} />;
}

function records(of: unknown): Record<string, unknown>[] {
  return Array.isArray(of) ? of.filter(isTree) : [];
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : number(value);
  if (!isEstimate(value)) return typeof value === "object" ? JSON.stringify(value) : String(value);
  if (value.value === null) return "–";
  const chance = value.chance === null ? "" : `, chance ${number(value.chance, value)}`;
  return `${number(value.value, value)} (${interval(value)}${chance})`;
}
