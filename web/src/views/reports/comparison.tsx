import { api } from "../../api";
import { useLoad } from "../../load";
import { Interval } from "../../parts/interval";
import { Link } from "../../parts/link";
import { Busy, Failure } from "../../parts/message";
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
        <div class="scrolls" tabIndex={0} role="group" aria-label="Numbers of both models">
          <table class="numbers">
            <thead>
              <tr>
                <th scope="col">Metric</th>
                <th scope="col" class="one">
                  First
                </th>
                <th scope="col" class="other">
                  Second
                </th>
                <th scope="col" class="number">
                  Second less first
                </th>
                <th scope="col">Intervals</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {pairs.map((pair) => (
                <PairRow key={pair.metric} {...pair} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

interface Pair {
  metric: string;
  one: Estimate | null;
  other: Estimate | null;
}

function PairRow({ metric, one, other }: Pair) {
  const known = [one, other].filter((estimate) => estimate !== null);
  const scale = scaleOf(known);
  const apart = one && other ? areApart(one, other) : null;
  const less = one?.value != null && other?.value != null ? other.value - one.value : null;
  return (
    <tr>
      <th scope="row">{metric}</th>
      <td>{inDigits(one)}</td>
      <td>{inDigits(other)}</td>
      <td class="number">{less === null ? "" : `${less > 0 ? "+" : ""}${number(less)}`}</td>
      <td>{apart === null ? "" : apart ? "apart" : "overlap"}</td>
      <td class="drawn">
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
      </td>
    </tr>
  );
}

function inDigits(estimate: Estimate | null): string {
  if (!estimate || estimate.value === null) return "not measured";
  return `${number(estimate.value)} (${interval(estimate)})`;
}

function pairsOf(one: Report, other: Report): Pair[] {
  const [first, second] = [one, other].map(
    (report) => new Map(rowsOf("", report.metrics).map(({ metric, estimate }) => [metric, estimate])),
  );
  const metrics = new Set([...(first?.keys() ?? []), ...(second?.keys() ?? [])]);
  return [...metrics].map((metric) => ({ metric, one: first?.get(metric) ?? null, other: second?.get(metric) ?? null }));
}

/** Whether two intervals do not overlap; null where one has none. */
function areApart(one: Estimate, other: Estimate): boolean | null {
  if (one.low === null || one.high === null || other.low === null || other.high === null) return null;
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
