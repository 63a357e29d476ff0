import "../../styles/facts.css";

import { useState } from "preact/hooks";

import { api, type ReportEntry } from "../../api";
import { useLoad } from "../../load";
import { Link } from "../../parts/link";
import { Busy, Failure, Nothing } from "../../parts/message";
import { address, navigate } from "../../router";
import type { ViewProps } from "..";
import { Comparison } from "./comparison";
import { Evaluation } from "./evaluation";
import { Interpreted } from "./interpreted";

/** Reports that the server found: the list, one of them, or two evaluations side by side. */
export function Reports({ path, query }: ViewProps) {
  const [name] = path;
  const [one, other] = [query.get("one"), query.get("other")];
  return (
    <div class="stack facts">
      {one && other ? <Comparison one={one} other={other} /> : name ? <Report name={name} /> : <List />}
    </div>
  );
}

function Report({ name }: { name: string }) {
  const { value, problem, again } = useLoad(name, (signal) => api.report(name, { signal }));
  return (
    <>
      <p>
        <Link to="/reports">All reports</Link>
      </p>
      {problem && <Failure problem={problem} again={again} />}
      {!value && !problem && <Busy what="Loading the report" />}
      {value && ("subjects" in value ? <Interpreted name={name} report={value} /> : <Evaluation name={name} report={value} />)}
    </>
  );
}

function List() {
  const { value: reports, problem, again } = useLoad("reports", (signal) => api.reports({ signal }));
  const [chosen, choose] = useState<string[]>([]);
  const tasks = chosen.map((name) => reports?.find((report) => report.name === name)?.task);
  const mayCompare = chosen.length === 2 && tasks[0] === tasks[1];
  return (
    <>
      <h1>Reports</h1>
      {problem && <Failure problem={problem} again={again} />}
      {!reports && !problem && <Busy what="Looking for reports" />}
      {reports?.length === 0 && (
        <Nothing title="No report yet">
          <p>
            Measure a model with <code>lexiscope evaluate … --json &gt; FOLDER/NAME.json</code> or look into it with{" "}
            <code>lexiscope interpret … --out FOLDER/NAME</code>, and start the server with <code>--reports FOLDER</code>.
          </p>
        </Nothing>
      )}
      {reports && reports.length > 0 && (
        <section class="panel stack">
          <div class="row">
            <button
              class="main"
              disabled={!mayCompare}
              onClick={() => navigate(address(["reports"], { one: chosen[0], other: chosen[1] }))}
            >
              Compare two
            </button>
            <p class="muted small" role="status">
              {chosen.length === 2 && !mayCompare
                ? "These measure different things: choose two of the same task."
                : "Choose two evaluations of the same task."}
            </p>
          </div>
          <div class="scrolls" tabIndex={0} role="group" aria-label="Reports">
            <table>
              <thead>
                <tr>
                  <td />
                  <th scope="col">Report</th>
                  <th scope="col">Of</th>
                  <th scope="col">Made</th>
                  <th scope="col">Model</th>
                  <th scope="col">Corpus</th>
                </tr>
              </thead>
              <tbody>
                {reports.map((report) => (
                  <Entry
                    key={report.name}
                    report={report}
                    chosen={chosen.includes(report.name)}
                    choose={(isChosen) => {
                      const others = chosen.filter((name) => name !== report.name);
                      choose(isChosen ? [...others, report.name].slice(-2) : others);
                    }}
                  />
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </>
  );
}

interface EntryProps {
  report: ReportEntry;
  chosen: boolean;
  choose: (isChosen: boolean) => void;
}

function Entry({ report, chosen, choose }: EntryProps) {
  return (
    <tr>
      <td>
        {report.kind === "evaluation" && (
          <input
            type="checkbox"
            aria-label={`Compare ${report.name}`}
            checked={chosen}
            onChange={(event) => choose(event.currentTarget.checked)}
          />
        )}
      </td>
      <th scope="row">
        <Link to={address(["reports", report.name])}>{report.name}</Link>
      </th>
      <td>{report.kind === "interpretation" ? "interpretation" : report.task}</td>
      <td>
        <time dateTime={report.made}>{report.made.slice(0, 16).replace("T", " ")}</time>
      </td>
      <td>
        <code title={report.model ?? undefined}>{short(report.model)}</code>
      </td>
      <td>
        <code>{report.corpus ?? "–"}</code>
      </td>
    </tr>
  );
}

/** A model by the begin of its fingerprint, or by the name of its folder. */
function short(model: string | null): string {
  if (!model) return "–";
  return /^[0-9a-f]{64}$/.test(model) ? model.slice(0, 12) : (model.split("/").filter(Boolean).at(-1) ?? model);
}
