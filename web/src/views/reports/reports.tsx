import "../../styles/facts.css";

import { useState } from "preact/hooks";

import { api, type ReportEntry } from "../../api";
import { useLoad } from "../../load";
import { Link } from "../../parts/link";
import { Busy, Failure, Nothing } from "../../parts/message";
import { Table } from "../../parts/table";
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
  const mark = ({ kind, name }: ReportEntry) => {
    if (kind !== "evaluation") return null;
    const others = chosen.filter((one) => one !== name);
    return (
      <input
        type="checkbox"
        aria-label={`Compare ${name}`}
        checked={chosen.includes(name)}
        onChange={(event) => choose(event.currentTarget.checked ? [...others, name].slice(-2) : others)}
      />
    );
  };
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
          <Table
            label="Reports"
            rows={reports}
            columns={[
              { name: "Compare", kind: "mark", cell: mark },
              { name: "Report", kind: "head", cell: ({ name }) => <Link to={address(["reports", name])}>{name}</Link> },
              { name: "Of", cell: ({ kind, task }) => (kind === "interpretation" ? "interpretation" : task) },
              { name: "Made", cell: ({ made }) => <time dateTime={made}>{made.slice(0, 16).replace("T", " ")}</time> },
              { name: "Model", cell: ({ model }) => <code title={model ?? undefined}>{short(model)}</code> },
              { name: "Corpus", cell: ({ corpus }) => <code>{corpus ?? "–"}</code> },
            ]}
          />
        </section>
      )}
    </>
  );
}

/** A model by the begin of its fingerprint, or by the name of its folder. */
function short(model: string | null): string {
  if (!model) return "–";
  return /^[0-9a-f]{64}$/.test(model) ? model.slice(0, 12) : (model.split("/").filter(Boolean).at(-1) ?? model);
}
