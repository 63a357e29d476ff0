import "../../styles/facts.css";

import { api, type CorpusSummary, type Counts } from "../../api";
import { useLoad } from "../../load";
import { Bar } from "../../parts/bar";
import { Link } from "../../parts/link";
import { Busy, Failure } from "../../parts/message";
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
      <table>
        <thead>
          <tr>
            <th scope="col">Split</th>
            <th scope="col" class="number">
              Cases
            </th>
            <th scope="col" class="number">
              Groups
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {Object.entries(corpus.splits).map(([split, { cases, groups }]) => (
            <tr key={split}>
              <th scope="row">
                {split === "unsplit" ? split : <Link to={address(["search"], { where: `split=${split}` })}>{split}</Link>}
              </th>
              <td class="number">{cases}</td>
              <td class="number">{groups}</td>
              <td class="drawn">
                <Bar of={cases} whole={corpus.cases} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Modalities({ corpus, imaged }: { corpus: CorpusSummary; imaged: number }) {
  return (
    <section class="panel">
      <h2>Modalities</h2>
      <p class="muted small">A case may lack any of them; that is a normal state.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Modality</th>
            <th scope="col" class="number">
              Cases
            </th>
            <th scope="col" class="number">
              Missing in
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {Object.entries(corpus.images).map(([modality, cases]) => (
            <tr key={modality}>
              <th scope="row">
                <Link to={address(["search"], { where: `modalities=${modality}` })}>{modality}</Link>
              </th>
              <td class="number">{cases}</td>
              <td class="number">
                {corpus.missing[modality] ? (
                  <Link to={address(["search"], { where: `modalities!=${modality}` })}>{corpus.missing[modality]}</Link>
                ) : (
                  0
                )}
              </td>
              <td class="drawn">
                <Bar of={cases} whole={imaged} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Structures({ corpus }: { corpus: CorpusSummary }) {
  const structures = Object.entries(corpus.structures);
  if (structures.length === 0) return null;
  const columns = [...new Set(structures.flatMap(([, counts]) => Object.keys(counts)))];
  return (
    <section class="panel">
      <h2>Structures</h2>
      <p class="muted small">Absent: looked for and not there. Not annotated: nobody looked.</p>
      <div class="scrolls" tabIndex={0} role="group" aria-label="Structures">
        <table>
          <thead>
            <tr>
              <th scope="col">Structure</th>
              {columns.map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {structures.map(([structure, counts]) => (
              <tr key={structure}>
                <th scope="row">{structure}</th>
                {columns.map((name) => (
                  <td key={name} class="number">
                    {counts[name] ?? 0}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
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
      <table>
        <tbody>
          {named.map(([name, count]) => (
            <tr key={name}>
              <th scope="row">{to ? <Link to={to(name)}>{words(name)}</Link> : words(name)}</th>
              <td class="number">{count}</td>
              <td class="drawn">
                <Bar of={count} whole={most} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
