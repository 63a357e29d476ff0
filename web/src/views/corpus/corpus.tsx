import "../../styles/facts.css";

import type { ComponentChildren } from "preact";

import { api, type CorpusSummary, type Counts } from "../../api";
import { useLoad } from "../../load";
import { Bar } from "../../parts/bar";
import { Link } from "../../parts/link";
import { Busy, Failure } from "../../parts/message";
import { type Column, Table } from "../../parts/table";
import { address } from "../../router";
import { AuditPanel } from "./audit";
import { RejectedPanel } from "./rejected";

/** What the corpus holds, what it lacks, and what could not be read into it. */
export function Corpus() {
  const { value: corpus, problem, again } = useLoad("corpus", (signal) => api.corpus({ signal }));
  return (
    <div class="stack facts">
      <h1>Corpus</h1>
      {problem && <Failure problem={problem} again={again} />}
      {!corpus && !problem && <Busy what="Counting the cases" />}
      {corpus && <Counted corpus={corpus} />}
    </div>
  );
}

function Counted({ corpus }: { corpus: CorpusSummary }) {
  const imaged = corpus.cases - corpus.without_image;
  return (
    <>
      <dl class="tiles">
        <Tile name="Cases" value={corpus.cases} />
        <Tile name="Groups" value={corpus.groups} />
        <Tile name="Images" value={total(corpus.images)} />
        <Tile name="Texts" value={total(corpus.texts)} />
        <Tile name="Questions" value={total(corpus.turns)} />
        <Tile name="Cases without an image" value={corpus.without_image} />
      </dl>
      <p class="muted small">
        Content version <code>{corpus.version}</code>: every number that is made from this corpus carries it.
      </p>
      <div class="panels">
        <Splits corpus={corpus} />
        <Modalities corpus={corpus} imaged={imaged} />
        <CountsPanel
          title="Images together"
          note="Which modalities cases have at once."
          counts={corpus.patterns}
          words={(pattern) => pattern.replaceAll("+", " + ")}
        />
        <Structures corpus={corpus} />
        <CountsPanel title="Texts" note="Passages of each kind." counts={corpus.texts} />
        <CountsPanel title="Columns of texts" note="Passages by the source's own names." counts={corpus.text_columns} />
        <CountsPanel title="Questions and answers" note="By kind of question." counts={corpus.turns} />
        <CountsPanel title="Attributes" note="Cases that have each." counts={corpus.attributes} whole={corpus.cases} />
        <CountsPanel
          title="Licences"
          note="As the sources state them."
          counts={corpus.licences}
          whole={corpus.cases}
          to={(licence) => address(["search"], { where: `licence=${licence}` })}
        />
      </div>
      <AuditPanel known={corpus.audit} splits={Object.keys(corpus.splits)} />
      <RejectedPanel rejected={corpus.rejected} total={corpus.rejected_inputs} unread={corpus.unread} />
    </>
  );
}

function Tile({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value.toLocaleString("en")}</dd>
    </div>
  );
}

function Splits({ corpus }: { corpus: CorpusSummary }) {
  return (
    <section class="panel">
      <h2>Splits</h2>
      <p class="muted small">Patients, papers or specimens never cross them.</p>
      <Table
        rows={Object.entries(corpus.splits)}
        columns={[
          { name: "Split", kind: "head", cell: ([split]) => (split === "unsplit" ? split : <CasesOf where={`split=${split}`}>{split}</CasesOf>) },
          { name: "Cases", kind: "number", cell: ([, { cases }]) => cases },
          { name: "Groups", kind: "number", cell: ([, { groups }]) => groups },
          { name: "Share", kind: "drawn", cell: ([, { cases }]) => <Bar of={cases} whole={corpus.cases} /> },
        ]}
      />
    </section>
  );
}

function Modalities({ corpus, imaged }: { corpus: CorpusSummary; imaged: number }) {
  const missing = (name: string) => {
    const count = corpus.missing[name];
    return count ? <CasesOf where={`modalities!=${name}`}>{count}</CasesOf> : 0;
  };
  return (
    <section class="panel">
      <h2>Modalities</h2>
      <p class="muted small">A case may lack any of them; that is a normal state.</p>
      <Table
        rows={Object.entries(corpus.images)}
        columns={[
          { name: "Modality", kind: "head", cell: ([name]) => <CasesOf where={`modalities=${name}`}>{name}</CasesOf> },
          { name: "Cases", kind: "number", cell: ([, cases]) => cases },
          { name: "Missing in", kind: "number", cell: ([name]) => missing(name) },
          { name: "Share", kind: "drawn", cell: ([, cases]) => <Bar of={cases} whole={imaged} /> },
        ]}
      />
    </section>
  );
}

function CasesOf({ where, children }: { where: string; children: ComponentChildren }) {
  return <Link to={address(["search"], { where })}>{children}</Link>;
}

function Structures({ corpus }: { corpus: CorpusSummary }) {
  const structures = Object.entries(corpus.structures);
  if (structures.length === 0) return null;
  const states = [...new Set(structures.flatMap(([, counts]) => Object.keys(counts)))];
  return (
    <section class="panel">
      <h2>Structures</h2>
      <p class="muted small">Absent: looked for and not there. Not annotated: nobody looked.</p>
      <Table
        label="Structures"
        rows={structures}
        columns={[
          { name: "Structure", kind: "head", cell: ([structure]) => structure.replaceAll("_", " ") },
          ...states.map((name): Column<[string, Counts]> => ({ name, kind: "number", cell: ([, counts]) => counts[name] ?? 0 })),
        ]}
      />
    </section>
  );
}

interface CountsProps {
  title: string;
  note: string;
  counts: Counts;
  /** What the bars are shares of; the largest count when left out. */
  whole?: number;
  words?: (name: string) => string;
  /** Address of the cases that a name stands for. */
  to?: (name: string) => string;
}

function CountsPanel({ title, note, counts, whole, words = String, to }: CountsProps) {
  const named = Object.entries(counts);
  if (named.length === 0) return null;
  const most = whole ?? Math.max(...Object.values(counts));
  return (
    <section class="panel">
      <h2>{title}</h2>
      <p class="muted small">{note}</p>
      <Table
        named={false}
        rows={named}
        columns={[
          { name: "Of", kind: "head", cell: ([name]) => (to ? <Link to={to(name)}>{words(name)}</Link> : words(name)) },
          { name: "Count", kind: "number", cell: ([, count]) => count },
          { name: "Share", kind: "drawn", cell: ([, count]) => <Bar of={count} whole={most} /> },
        ]}
      />
    </section>
  );
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
