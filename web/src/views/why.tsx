// Why a model says what it says of one case: how sure it may be, what each input adds, and where it looks.
import { useEffect, useRef, useState } from "preact/hooks";

import { api, type Job, type Model, type Prediction, type Problem, problemOf, run, type WholeCase } from "../api";
import { type Chart, ChartView } from "../case/chart";
import { CorrectLink } from "../case/correct-link";
import { CaseHead } from "../case/head";
import { Citations } from "../case/hits";
import { Picker } from "../case/picker";
import { Unlike } from "../case/unlike";
import { useCase, useMasks } from "../case/use-case";
import { ModelChoice, useModel } from "../case/use-model";
import { useTask } from "../case/use-task";
import { useLoad } from "../load";
import { Busy, Failure, Nothing } from "../parts/message";
import { Working } from "../parts/working";
import { useSight, Viewer } from "../viewer/viewer";
import type { ViewProps } from ".";

interface Label {
  label: string;
  probabilities: Record<string, number>;
  attribute: string;
  conformal?: { labels: string[]; coverage: number; held_back: boolean; risk: number; groups: number };
}

interface Interpreted {
  subjects: {
    name: string;
    score: string;
    results: { method: string; title: string; findings: string[]; charts?: Chart[]; assumes: string; cannot_tell: string }[];
    left_out: { name: string; reason: string }[];
  }[];
  notes: string[];
}

/** One after the other: what each input adds is known in seconds, and shown while the model looks for places. */
const METHODS: [method: string, what: string][] = [
  ["contribution", "What each input adds"],
  ["saliency", "Where the model looks"],
];

/** What of a model is explained: a part, and of one that can be asked for several things which. */
interface Explained {
  label: string;
  parts: [string];
  target?: string;
}

const SEARCH: Explained = { label: "the search by its images", parts: ["joint"] };

export default function Why({ path }: ViewProps) {
  const id = path.length ? path.join("/") : null;
  const { value, problem, busy, again } = useCase(id);
  if (!id) return <Picker view="why" title="Why, of which case?" />;
  if (problem) return <Failure problem={problem} again={again} />;
  if (!value) return busy ? <Busy what="Loading the case" /> : null;
  return <Explaining key={value.id} found={value} />;
}

function Explaining({ found }: { found: WholeCase }) {
  const sight = useSight();
  const { masks, toggle } = useMasks(found);
  const chosen = useModel("classify");
  const { model } = chosen;
  const attributes = useAttributes(model);
  const [picked, pick] = useState<string | null>(null);
  const attribute = picked !== null && attributes.includes(picked) ? picked : (attributes[0] ?? null);
  return (
    <div class="stack">
      <CaseHead found={found} view="why" />
      <div class="beside">
        <Viewer images={found.images} sight={sight} masks={masks} toggle={toggle} />
        <div class="stack">
          {chosen.problem && <Failure problem={chosen.problem} />}
          {!model && !chosen.problem && (chosen.busy ? <Busy what="Loading models" /> : <NoModel />)}
          <ModelChoice {...chosen} />
          {model && attribute !== null && (
            <Classified found={found} model={model} attributes={attributes} attribute={attribute} pick={pick} />
          )}
        </div>
      </div>
      {model && <Interpretation key={model.name} found={found} model={model} attribute={attribute} />}
    </div>
  );
}

function NoModel() {
  return (
    <Nothing title="No model to ask">
      <p>None of the models served has a joint space. Make one with: lexiscope train align MODEL CORPUS</p>
    </Nothing>
  );
}

/** Attributes that a model can predict: what is measured in many numbers is no class. */
function useAttributes(model: Model | null | undefined): string[] {
  const facets = useLoad("facets", (signal) => api.facets([], { signal })).value?.attributes;
  return (model?.attributes ?? []).filter((name) => !Array.isArray(facets?.[name]));
}

interface ClassifiedProps {
  found: WholeCase;
  model: Model;
  attributes: string[];
  attribute: string;
  pick: (attribute: string) => void;
}

/** A prediction of one attribute, with what may be promised about it. */
function Classified({ found, model, attributes, attribute, pick }: ClassifiedProps) {
  const { prediction, problem, busy, job, ask, stop } = useTask<Label>("classify");
  const send = () => ask({ model: model.name, input: { case: found.id }, settings: { attribute } });
  return (
    <section class="panel stack" aria-label="Prediction">
      <h2>What is it, and how sure?</h2>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label class="row">
          <span>Attribute</span>
          <select value={attribute} onChange={(event) => pick(event.currentTarget.value)}>
            {attributes.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button class="main" disabled={busy}>
          Predict
        </button>
        {busy && <Working what="The model is looking" job={job} stop={stop} />}
      </form>
      {problem && <Failure problem={problem} again={send} />}
      {prediction && <LabelView prediction={prediction} />}
      {prediction && <CorrectLink id={found.id} />}
    </section>
  );
}

function LabelView({ prediction }: { prediction: Prediction<Label> }) {
  const { value } = prediction;
  const { conformal } = value;
  const sorted = Object.entries(value.probabilities).sort((a, b) => b[1] - a[1]);
  return (
    <>
      <p class="answer-text" role="status">
        {value.attribute}: {value.label}
      </p>
      {conformal ? (
        <div class="panel" role="group" aria-label="What may be promised">
          <p>
            {conformal.labels.length
              ? `${conformal.labels.map((label) => `“${label}”`).join(" or ")}: of cases like these, the true value is among such for ${percent(conformal.coverage)}.`
              : "None of the values is near enough to be among those that hold the promise."}
          </p>
          <p>
            {conformal.held_back
              ? `Held back: to answer all cases as unsure as this would make more than ${percent(conformal.risk)} wrong.`
              : `Given: at most ${percent(conformal.risk)} of all cases are answered and wrong.`}
          </p>
          <p class="small muted">Calibrated on {conformal.groups} held-out groups.</p>
        </div>
      ) : (
        <p class="small muted">Nothing can be promised: this model had no held-out cases to calibrate on.</p>
      )}
      <Unlike found={prediction.out_of_distribution} />
      <dl class="scores">
        {sorted.map(([name, share]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <meter min={0} max={1} value={share} aria-label={name} />
            </dd>
            <dd>{share.toFixed(2)}</dd>
          </div>
        ))}
      </dl>
      {prediction.evidence.length > 0 && (
        <details>
          <summary>Nearest cases</summary>
          <Citations evidence={prediction.evidence} />
        </details>
      )}
    </>
  );
}

/** What each input adds and where the model looks: two jobs, which can be stopped. */
function Interpretation({ found, model, attribute }: { found: WholeCase; model: Model; attribute: string | null }) {
  const [picked, pick] = useState<string | null>(null);
  const [job, setJob] = useState<Job | null>(null);
  const [doing, setDoing] = useState("");
  const [made, setMade] = useState<Interpreted | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const choices = explainable(model, attribute);
  const chosen = choices.find(({ label }) => label === picked) ?? choices[0] ?? SEARCH;

  const begin = async () => {
    const control = new AbortController();
    stop.current = control;
    setProblem(null);
    setMade(null);
    setBusy(true);
    try {
      const { parts, target } = chosen;
      const asked = { model: model.name, parts, target, only: [found.id], split: found.split ?? "test" };
      for (const [method, what] of METHODS) {
        setDoing(what);
        setJob(null);
        const more = await run<Interpreted>("interpret", { ...asked, methods: [method] }, setJob, control.signal);
        setMade((before) => together(before, more));
      }
    } catch (error) {
      if (!control.signal.aborted) setProblem(problemOf(error));
    }
    setBusy(false);
    setJob(null);
  };
  return (
    <section class="panel stack" aria-label="What each input adds">
      <h2>What each input adds, and where the model looks</h2>
      <div class="row">
        <label class="row">
          <span>Of</span>
          <select value={chosen.label} disabled={busy} onChange={(event) => pick(event.currentTarget.value)}>
            {choices.map(({ label }) => (
              <option key={label}>{label}</option>
            ))}
          </select>
        </label>
        <button class="main" disabled={busy} onClick={begin}>
          Explain
        </button>
        {busy && <Working what={doing} job={job} stop={() => stop.current?.abort()} />}
      </div>
      {!made && !busy && !problem && (
        <p class="muted">
          First the model is asked with each image and each word left out, then with each place, and at last with
          shuffled weights. What each input adds is there within seconds; where the model looks takes seconds for a
          picture, and half a minute to a minute for volumes on one processor. It can be stopped.
        </p>
      )}
      {made && <Made made={made} />}
      {problem && <Failure problem={problem} again={begin} />}
    </section>
  );
}

/** What of a model can be explained; the prediction that stands above comes first. */
function explainable(model: Model, attribute: string | null): Explained[] {
  const predicted: Explained[] =
    attribute === null ? [] : [{ label: `the prediction of ${attribute}`, parts: ["classifier"], target: attribute }];
  const answers: Explained[] = model.parts.includes("assistant")
    ? [{ label: "answers to its questions", parts: ["assistant"] }]
    : [];
  const outlines = model.structures.map(
    (name): Explained => ({ label: `the outline of ${name}`, parts: ["segmenter"], target: name }),
  );
  return [...predicted, SEARCH, ...answers, ...outlines];
}

/** What two jobs found of the same subjects. */
function together(before: Interpreted | null, more: Interpreted): Interpreted {
  if (!before) return more;
  const subjects = before.subjects.map((subject) => {
    const other = more.subjects.find(({ name }) => name === subject.name);
    if (!other) return subject;
    return { ...subject, results: [...subject.results, ...other.results], left_out: [...subject.left_out, ...other.left_out] };
  });
  return { subjects, notes: [...new Set([...before.notes, ...more.notes])] };
}

/** What was found of each part of the model; a table of contents, whose lines say what mattered most, stands above. */
function Made({ made }: { made: Interpreted }) {
  const [open, setOpen] = useState<Record<number, boolean>>({ 0: true });
  return (
    <>
      <nav aria-label="What was found">
        <ol class="contents">
          {made.subjects.map((subject, at) => (
            <li key={subject.name}>
              <a href={`#found-${at}`} onClick={() => setOpen((before) => ({ ...before, [at]: true }))}>
                {subject.name}
              </a>{" "}
              <span class="small muted">{gist(subject)}</span>
            </li>
          ))}
        </ol>
      </nav>
      {made.subjects.map((subject, at) => (
        <details
          key={subject.name}
          id={`found-${at}`}
          class="subject"
          open={open[at] ?? false}
          onToggle={(event) => {
            const isOpen = event.currentTarget.open;
            setOpen((before) => ({ ...before, [at]: isOpen }));
          }}
        >
          <summary>{subject.name}</summary>
          {open[at] && <Found subject={subject} />}
        </details>
      ))}
      {made.notes.map((note) => (
        <p key={note} class="small muted">
          {note}
        </p>
      ))}
    </>
  );
}

function Found({ subject }: { subject: Interpreted["subjects"][number] }) {
  return (
    <div class="stack">
      <p class="small muted">Score: {subject.score}</p>
      {subject.results.map((result) => {
        const charts = result.charts ?? [];
        return (
          <section key={result.method} class="stack">
            <h4>{result.title}</h4>
            {charts.filter(isOfCase).map((chart) => (
              <ChartView key={chart.title} chart={chart} />
            ))}
            <details>
              <summary>More: what is found, assumed, and cannot be told</summary>
              <ul>
                {result.findings.map((finding) => (
                  <li key={finding}>{finding}</li>
                ))}
              </ul>
              {charts.filter((chart) => !isOfCase(chart)).map((chart) => (
                <ChartView key={chart.title} chart={chart} />
              ))}
              <p>{result.assumes}</p>
              <p>{result.cannot_tell}</p>
            </details>
          </section>
        );
      })}
      {subject.left_out.map((one) => (
        <p key={one.name} class="small muted">
          {one.name} was left out: {one.reason}
        </p>
      ))}
    </div>
  );
}

/** True of what says something of this very case; others compare ways of asking. */
function isOfCase(chart: Chart): boolean {
  return chart.kind !== "bars";
}

/** What each input adds, the largest first. */
function gist({ results }: Interpreted["subjects"][number]): string {
  const sum = results.flatMap(({ charts }) => charts ?? []).find((chart) => chart.kind === "waterfall");
  const parts = Object.entries(sum?.parts ?? {}).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  return parts.map(([name, value]) => `${name} ${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`).join(", ");
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
