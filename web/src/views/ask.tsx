// Questions about a case: the answer, what it rests on, and what it would be if something else were known.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Model, type Prediction, problemOf, run as runJob, type WholeCase } from "../api";
import { Answer, type AnswerValue, Sureness } from "../case/answer";
import { CorrectLink } from "../case/correct-link";
import { Citations } from "../case/hits";
import { OfSubject } from "../case/of-subject";
import type { Subject } from "../case/subject";
import { useMasks } from "../case/use-case";
import { type ChosenModel, ModelChoice, useModel } from "../case/use-model";
import { type TaskState, useTask } from "../case/use-task";
import { useKeys } from "../keys";
import { Busy, Failure, Nothing } from "../parts/message";
import { Working } from "../parts/working";
import { useSight, Viewer } from "../viewer/viewer";
import type { ViewProps } from ".";

const SUGGESTED = 6;

export default function Ask(props: ViewProps) {
  const chosen = useModel("ask");
  return (
    <OfSubject {...props} view="ask" title="Ask about which case?" chosen={chosen}>
      {(subject) => <Asking key={JSON.stringify(subject.input)} subject={subject} chosen={chosen} />}
    </OfSubject>
  );
}

function Asking({ subject, chosen }: { subject: Subject; chosen: ChosenModel }) {
  const sight = useSight();
  const { masks, toggle } = useMasks(subject.found);
  const task = useTask<AnswerValue>("ask");
  const [context, setContext] = useState("");
  const { prediction } = task;
  return (
    <>
      <div class="beside">
        <Viewer images={subject.images} sight={sight} masks={masks} toggle={toggle} />
        <Question subject={subject} chosen={chosen} task={task} context={context} setContext={setContext} />
      </div>
      {prediction && (
        <section class="panel" aria-label="What it rests on">
          <h2>What it rests on</h2>
          {prediction.evidence.length ? <Citations evidence={prediction.evidence} /> : <p class="muted">On the image alone: no case was cited.</p>}
        </section>
      )}
      {prediction && chosen.model && (
        <WhatIf key={JSON.stringify([prediction.value, context])} subject={subject} model={chosen.model} first={prediction} context={context} />
      )}
    </>
  );
}

interface QuestionProps {
  subject: Subject;
  chosen: ChosenModel;
  task: TaskState<AnswerValue>;
  context: string;
  setContext: (to: string) => void;
}

function Question({ subject, chosen, task, context, setContext }: QuestionProps) {
  const [question, setQuestion] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const { prediction, problem, busy, job, ask, stop } = task;
  useKeys("Ask", [{ keys: "q", does: "Write a question", run: () => field.current?.focus() }]);
  const { model } = chosen;
  if (chosen.problem) return <Failure problem={chosen.problem} />;
  if (!model) return chosen.busy ? <Busy what="Loading models" /> : <NoModel />;

  const send = (words: string) => {
    if (!words.trim()) return field.current?.focus();
    setQuestion(words);
    ask({ model: model.name, input: subject.input, request: requestOf(words, context) });
  };
  return (
    <div class="stack">
      <form
        class="panel form"
        onSubmit={(event) => {
          event.preventDefault();
          send(question);
        }}
      >
        <label class="field">
          <span>Question</span>
          <textarea
            ref={field}
            rows={2}
            value={question}
            onInput={(event) => setQuestion(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey) return;
              event.preventDefault();
              send(question);
            }}
          />
        </label>
        {subject.found && <Suggestions found={subject.found} choose={send} />}
        <label class="field">
          <span>What is known besides (optional)</span>
          <textarea rows={2} value={context} onInput={(event) => setContext(event.currentTarget.value)} />
        </label>
        <ModelChoice {...chosen} />
        <div class="row">
          <button class="main" disabled={busy}>
            Ask
          </button>
          {busy && <Working what="The model is answering" job={job} stop={stop} />}
        </div>
      </form>
      {problem && <Failure problem={problem} again={() => send(question)} />}
      {prediction && (
        <section class="panel">
          <Answer prediction={prediction} />
          {subject.found && <CorrectLink id={subject.found.id} />}
        </section>
      )}
    </div>
  );
}

function NoModel() {
  return (
    <Nothing title="No model answers questions">
      <p>None of the models served has an assistant. Make one with: lexiscope train instruct MODEL CORPUS</p>
    </Nothing>
  );
}

/** Questions of the corpus about this case, to begin with. */
function Suggestions({ found, choose }: { found: WholeCase; choose: (question: string) => void }) {
  const questions = [...new Set(found.turns.map((turn) => turn.question))].slice(0, SUGGESTED);
  if (questions.length === 0) return null;
  return (
    <div class="suggested" role="group" aria-label="Suggested questions">
      {questions.map((question) => (
        <button type="button" key={question} onClick={() => choose(question)}>
          {question}
        </button>
      ))}
    </div>
  );
}

interface Variant {
  name: string;
  prediction: Prediction<AnswerValue> | null;
  failed: string | null;
  /** Ends what is not answered yet. */
  stop?: () => void;
}

/** The same question with something left out or added, side by side. */
function WhatIf(props: { subject: Subject; model: Model; first: Prediction<AnswerValue>; context: string }) {
  const { subject, model, first, context } = props;
  const [variants, setVariants] = useState<Variant[]>([]);
  const [other, setOther] = useState("");
  const running = useRef(new Map<string, AbortController>());
  useEffect(() => () => running.current.forEach((control) => control.abort()), []);
  const { question } = first.value;
  const present = Object.keys(subject.images).filter((name) => subject.images[name] && model.modalities.includes(name));

  const run = (name: string, change: { without?: string[]; retrieve?: boolean; context?: string }) => {
    running.current.get(name)?.abort();
    const control = new AbortController();
    running.current.set(name, control);
    const stop = () => {
      control.abort();
      setVariants((before) => before.filter((one) => one.name !== name));
    };
    setVariants((before) => [...before.filter((one) => one.name !== name), { name, prediction: null, failed: null, stop }]);
    const put = (one: Variant) => setVariants((before) => before.map((old) => (old.name === name ? one : old)));
    const input = change.without ? { ...subject.input, without: change.without } : subject.input;
    const settings = change.retrieve === false ? { retrieve: false } : undefined;
    const request = requestOf(question, change.context ?? context);
    const asked = { model: model.name, input, settings, request };
    runJob<Prediction<AnswerValue>>("ask", asked, () => undefined, control.signal).then(
      (prediction) => control.signal.aborted || put({ name, prediction, failed: null }),
      (error: unknown) => control.signal.aborted || put({ name, prediction: null, failed: problemOf(error).detail }),
    );
  };
  return (
    <section class="panel stack" aria-label="What if">
      <h2>What if</h2>
      <div class="row">
        <button onClick={() => run("without similar cases", { retrieve: false })}>Without similar cases</button>
        {present.length > 1 &&
          present.map((name) => (
            <button key={name} onClick={() => run(`without ${name}`, { without: [name] })}>
              Without {name}
            </button>
          ))}
      </div>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          run(other.trim() ? `knowing “${other.trim()}”` : "knowing nothing", { context: other });
        }}
      >
        <input aria-label="Other context" placeholder="Other context" value={other} onInput={(event) => setOther(event.currentTarget.value)} />
        <button>With this context</button>
      </form>
      <div class="scrolls" tabIndex={0} role="region" aria-label="Answers side by side">
        <table>
          <thead>
            <tr>
              <th scope="col">Asked</th>
              <th scope="col">Answer</th>
              <th scope="col">How sure</th>
            </tr>
          </thead>
          <tbody>
            <Row name="as above" prediction={first} failed={null} />
            {variants.map((variant) => (
              <Row key={variant.name} {...variant} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ name, prediction, failed, stop }: Variant) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{prediction ? prediction.value.answer : (failed ?? "…")}</td>
      <td>
        {prediction && <Sureness score={prediction.score} abstained={prediction.value.abstained} />}
        {stop && (
          <button aria-label={`Stop ${name}`} onClick={stop}>
            Stop
          </button>
        )}
      </td>
    </tr>
  );
}

function requestOf(question: string, context: string) {
  return context.trim() ? { question: question.trim(), context: context.trim() } : { question: question.trim() };
}
