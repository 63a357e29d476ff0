import { api } from "../../api";
import { useLoad } from "../../load";
import { Interval } from "../../parts/interval";
import { Link } from "../../parts/link";
import { Busy, Failure } from "../../parts/message";
import { Table } from "../../parts/table";
import { address } from "../../router";
import { type Estimate, interval, number, rowsOf, scaleOf } from "./estimates";

/** Two evaluations of one task, number beside number on one scale. */
export function Comparison({ one, other }: { one: string; other: string }) {
  const { value, problem, again } = useLoad(JSON.stringify([one, other]), (signal) =>
    Promise.all([api.report(one, { signal }), api.report(other, { signal })]),
  );
  return (
    <>
      <p>
        <Link to="/reports">All reports</Link>
      </p>
      <h1>Two models side by side</h1>
      {problem && <Failure problem={problem} again={again} />}
      {!value && !problem && <Busy what="Loading both reports" />}
      {value && <SideBySide names={[one, other]} reports={value} />}
    </>
  );
}

type Report = Record<string, unknown>;

function SideBySide({ names, reports: [one, other] }: { names: [string, string]; reports: [Report, Report] }) {
  const doubts = incomparable(one, other);
  const pairs = pairsOf(one, other);
  return (
    <>
      <dl class="about">
        {([["one", names[0], one], ["other", names[1], other]] as const).map(([kind, name, report]) => (
          <div key={kind}>
            <dt class={kind}>● {kind === "one" ? "First" : "Second"}</dt>
            <dd>
              <Link to={address(["reports", name])}>{name}</Link>: {String(report.task)} on {String(report.split)},{" "}
              {String(report.n)} items in {String(report.groups)} groups, model <code>{String(report.model).slice(0, 12)}</code>
            </dd>
          </div>
        ))}
      </dl>
      {doubts.length > 0 && (
        <div class="message warn">
          <h2>These numbers do not compare as they stand</h2>
          <ul class="lines">
            {doubts.map((doubt) => (
              <li key={doubt}>{doubt}</li>
            ))}
          </ul>
        </div>
      )}
      <section class="panel">
        <h2>The models</h2>
        <p class="muted small">
          Intervals are each model's own. Where they do not overlap the models differ; where they do, nothing follows: only{" "}
          <code>lexiscope evaluate … --against</code> compares item by item.
        </p>
        <Table
          label="Numbers of both models"
          class="numbers"
          rows={pairs}
          columns={[
            { name: "Metric", kind: "head", cell: (pair) => pair.metric },
            { name: "First", class: "one", cell: (pair) => inDigits(pair.one) },
            { name: "Second", class: "other", cell: (pair) => inDigits(pair.other) },
            { name: "Second less first", kind: "number", cell: less },
            { name: "Intervals", cell: (pair) => ({ true: "apart", false: "overlap", null: "" })[String(areApart(pair))] },
            { name: "Drawn", kind: "drawn", cell: (pair) => <Drawn {...pair} /> },
          ]}
        />
      </section>
    </>
  );
}

interface Pair {
  metric: string;
  one: Estimate | null;
  other: Estimate | null;
}

function less({ one, other }: Pair): string {
  if (one?.value == null || other?.value == null) return "";
  const difference = other.value - one.value;
  return `${difference > 0 ? "+" : ""}${number(difference)}`;
}

function Drawn({ one, other }: Pair) {
  const scale = scaleOf([one, other].filter((estimate) => estimate !== null));
  return (
    <>
      {one && (
        <span class="one">
          <Interval {...one} scale={scale} />
        </span>
      )}
      {other && (
        <span class="other">
          <Interval {...other} scale={scale} />
        </span>
      )}
    </>
  );
}

function inDigits(estimate: Estimate | null): string {
  if (!estimate || estimate.value === null) return "not measured";
  return `${number(estimate.value, estimate)} (${interval(estimate)})`;
}

function pairsOf(one: Report, other: Report): Pair[] {
  const [first, second] = [one, other].map(
    (report) => new Map(rowsOf("", report.metrics).map(({ metric, estimate }) => [metric, estimate])),
  );
  const metrics = new Set([...(first?.keys() ?? []), ...(second?.keys() ?? [])]);
  return [...metrics].map((metric) => ({ metric, one: first?.get(metric) ?? null, other: second?.get(metric) ?? null }));
}

/** Whether two intervals do not overlap; null where one has none. */
function areApart({ one, other }: Pair): boolean | null {
  if (one?.low == null || one.high === null || other?.low == null || other.high === null) return null;
  return one.high < other.low || other.high < one.low;
}

function incomparable(one: Report, other: Report): string[] {
  const doubts: string[] = [];
  if (one.task !== other.task) doubts.push(`They measure different tasks: ${one.task} and ${other.task}.`);
  if (one.corpus !== other.corpus) doubts.push(`They were measured on different corpora: ${one.corpus} and ${other.corpus}.`);
  if (one.split !== other.split) doubts.push(`They were measured on different splits: ${one.split} and ${other.split}.`);
  if (one.n !== other.n) doubts.push(`They were measured on different numbers of items: ${one.n} and ${other.n}.`);
  return doubts;
}
