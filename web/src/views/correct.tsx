// Correct what a case says, or what a model said of it; every correction is kept as a new record.
import { useRef, useState } from "preact/hooks";

import { api, type Kept, type Passage, type Problem, problemOf, type Scalar, type Turn, type WholeCase } from "../api";
import { CaseHead } from "../case/head";
import { History } from "../case/history";
import { Queue } from "../case/queue";
import { correctedBy, outlinesOf, unsureOf, useSaid, wordsOf } from "../case/said";
import { useCase, useMasks } from "../case/use-case";
import { useKeys } from "../keys";
import { Busy, Failure } from "../parts/message";
import { Labels } from "../viewer/labels";
import { isVolume, loadMask, type MaskFile, type Shown } from "../viewer/load";
import { maskFile } from "../viewer/mask-file";
import type { Painting } from "../viewer/pane";
import { MASK_COLOURS, type ShownMask, type Sight, useSeen } from "../viewer/state";
import { useSight, Viewer } from "../viewer/viewer";
import type { ViewProps } from ".";

export default function Correct({ path }: ViewProps) {
  const id = path.length ? path.join("/") : null;
  const { value, problem, busy, again } = useCase(id);
  if (!id) return <Queue />;
  if (problem) return <Failure problem={problem} again={again} />;
  if (!value) return busy ? <Busy what="Loading the case" /> : null;
  return <Correcting key={value.id} found={value} again={again} />;
}

/** Saves a correction, and says how it went. */
type Save = (kind: string, value: Record<string, unknown>) => Promise<boolean>;

function Correcting({ found, again }: { found: WholeCase; again: () => void }) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saved, say] = useState("");
  const models = useSaid(found.id);
  const said = models.value ?? [];
  const save: Save = async (kind, value) => {
    setProblem(null);
    say("");
    try {
      const { applied } = await api.correct({ case: found.id, kind, value, corrects: correctedBy(said, kind, value) });
      say(`The ${kind} is saved. ${applied ? "The next training uses it." : "Another program writes to the corpus, and shows it when it ends."}`);
      again();
      models.again();
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    }
  };
  return (
    <div class="stack">
      <CaseHead found={found} view="correct" />
      <p class="row" role="status" aria-label="Saved">
        {saved}
      </p>
      {problem && <Failure problem={problem} />}
      <div class="beside">
        <MaskEditor found={found} save={save} fail={setProblem} outlines={outlinesOf(said)} />
        <div class="stack">
          <Said said={said} attributes={found.attributes} save={save} />
          <Captions texts={found.texts} save={save} />
          <AttributeForm attributes={found.attributes} save={save} />
          <Answers turns={found.turns} save={save} />
          <History corrections={found.corrections} />
        </div>
      </div>
    </div>
  );
}

interface Edited {
  name: string;
  labels: Labels;
  file: MaskFile;
}

interface MaskEditorProps {
  found: WholeCase;
  save: Save;
  fail: (problem: Problem | null) => void;
  /** Outlines that models drew, to begin with. */
  outlines: { name: string; file: string }[];
}

function MaskEditor({ found, save, fail, outlines }: MaskEditorProps) {
  const sight = useSight();
  const seen = useSeen(sight);
  const { masks, fileOf, toggle } = useMasks(found);
  const [edited, setEdited] = useState<Edited | null>(null);
  const [fresh, setFresh] = useState("");
  const [busy, setBusy] = useState(false);
  const [, draw] = useState(0);
  const shown = useRef<Record<string, Shown>>({});
  const changed = () => draw((n) => n + 1);
  const painting = edited ? paintingOf(edited, sight, changed) : null;
  const undo = () => {
    edited?.labels.undo();
    sight.touch();
    changed();
  };
  useKeys("Correct", [{ keys: "z", does: "Take the last stroke back", run: undo }]);

  const edit = (name: string, from?: MaskFile) => {
    const one = Object.values(shown.current)[0];
    const file = from ?? fileOf(name) ?? (one && { labels: Labels.empty(one.grid), volume: one.volume });
    if (!file) return;
    setEdited({ name, labels: new Labels(file.labels.grid, file.labels.marked.slice()), file });
    const heart = file.labels.heart;
    const radius = 3 * Math.min(...file.labels.grid.facts.spacing);
    sight.set({ tool: "brush", radius, ...(heart ? { place: file.labels.grid.place(heart) } : {}) });
  };
  const store = async () => {
    if (!edited) return;
    setBusy(true);
    try {
      const file = await maskFile(edited.labels, edited.file.volume, edited.name);
      const { upload } = await api.upload([file]);
      if (await save("mask", { structure: edited.name, upload })) setEdited(null);
    } catch (error) {
      fail(problemOf(error));
    }
    setBusy(false);
  };
  const layers = edited ? withEdited(masks, edited) : masks;
  const coarse = Object.values(shown.current).some((one) => one.volume?.factors.some((factor) => factor > 1));
  return (
    <div class="stack">
      <section class="panel stack" aria-label="Edit a mask">
        <div class="row">
          <h2>Masks</h2>
          {!edited &&
            masks.map((mask) => (
              <button key={mask.name} disabled={coarse || (!mask.labels && !mask.empty)} onClick={() => edit(mask.name)}>
                Edit {mask.name}
              </button>
            ))}
        </div>
        {coarse && <p class="muted">These volumes are shown with fewer voxels than they have, so masks cannot be painted here.</p>}
        {!edited && !coarse && (
          <form
            class="row"
            onSubmit={(event) => {
              event.preventDefault();
              if (fresh.trim()) edit(fresh.trim());
            }}
          >
            <input aria-label="New structure" placeholder="New structure" value={fresh} onInput={(event) => setFresh(event.currentTarget.value)} />
            <button>New mask</button>
          </form>
        )}
        {!edited && outlines.length > 0 && (
          <div class="row">
            {outlines.map(({ name, file }) => (
              <button
                key={file}
                disabled={coarse}
                onClick={() => loadMask({ file }).then((from) => edit(name, from), (error: unknown) => fail(problemOf(error)))}
              >
                Correct the outline of {name}
              </button>
            ))}
          </div>
        )}
        {edited && (
          <div class="row">
            <span>
              Editing <strong>{edited.name}</strong>: <output aria-label="Marked">{edited.labels.count}</output> {isVolume({ depth: edited.labels.grid.dims[2] }) ? "voxels" : "pixels"}
            </span>
            <label class="row">
              Brush
              <input
                type="range"
                min={0}
                max={20}
                step={0.5}
                value={seen.radius / Math.min(...edited.labels.grid.facts.spacing)}
                onInput={(event) => sight.set({ radius: event.currentTarget.valueAsNumber * Math.min(...edited.labels.grid.facts.spacing) })}
              />
            </label>
            <button disabled={!edited.labels.canUndo} onClick={undo}>
              Undo
            </button>
            <button class="main" disabled={busy} onClick={store}>
              Save mask
            </button>
            <button onClick={() => setEdited(null)}>Leave</button>
          </div>
        )}
      </section>
      <Viewer
        images={found.images}
        sight={sight}
        masks={layers}
        toggle={toggle}
        tools={edited ? ["brush", "eraser"] : []}
        painting={painting}
        loaded={(name, one) => {
          shown.current[name] = one;
          changed();
        }}
      />
    </div>
  );
}

function paintingOf({ labels }: Edited, sight: Sight, changed: () => void): Painting {
  return {
    begin: () => labels.begin(),
    stroke: (from, to, erase) => {
      const [a, b] = [labels.grid.voxel(from), labels.grid.voxel(to)];
      const axis = labels.grid.facts.volume ? sight.now.axis : "z";
      labels.line(a, b, axis, sight.now.radius, erase ? 0 : 1);
      sight.touch();
    },
    end: () => {
      labels.end();
      changed();
    },
  };
}

function withEdited(masks: ShownMask[], { name, labels }: Edited): ShownMask[] {
  const others = masks.map((mask) => (mask.name === name ? { ...mask, labels, shown: true, empty: false } : mask));
  if (others.some((mask) => mask.name === name)) return others;
  return [...others, { name, colour: MASK_COLOURS[others.length % MASK_COLOURS.length]!, shown: true, labels, empty: false }];
}

/** What models said, to be corrected where it is wrong; outlines are corrected in the images, attributes below. */
function Said({ said, attributes, save }: { said: Kept[]; attributes: Record<string, Scalar>; save: Save }) {
  if (said.length === 0) return null;
  const right = (words: string, kind: string, value: Record<string, unknown>) => (
    <button aria-label={`${words} is right`} onClick={() => save(kind, value)}>
      Right
    </button>
  );
  return (
    <section class="panel stack" aria-label="What models said">
      <h2>What models said</h2>
      {said.map((one, at) => {
        const { caption, question, answer, attribute, label } = one.prediction.value as Record<string, string | undefined>;
        if (caption !== undefined) {
          return <Words key={at} name={unsureOf(one)} text={caption} save={(words) => save("caption", { text: words })} />;
        }
        if (question !== undefined) {
          const name = `${question} (${unsureOf(one)})`;
          return (
            <div key={at}>
              <Words name={name} text={answer ?? ""} save={(words) => save("answer", { question, answer: words })} />
              {answer && right(wordsOf(one), "answer", { question, answer })}
            </div>
          );
        }
        return (
          <div key={at}>
            <p>
              <span class="muted small">{unsureOf(one)}</span>
              <br />
              {wordsOf(one)}
            </p>
            {attribute && label && right(wordsOf(one), "attribute", { name: attribute, value: scalarLike(label, attributes[attribute]) })}
          </div>
        );
      })}
    </section>
  );
}

function Captions({ texts, save }: { texts: Passage[]; save: Save }) {
  return (
    <section class="panel stack" aria-label="Texts">
      <h2>Texts</h2>
      {texts.map((text) => (
        <Words
          key={text.text}
          name={`${text.kind}, by ${text.author}`}
          text={text.text}
          save={(words) => save("caption", { text: words, instead_of: text.text })}
        />
      ))}
      <Words name="a new caption" text="" save={(words) => save("caption", { text: words })} />
    </section>
  );
}

function Answers({ turns, save }: { turns: Turn[]; save: Save }) {
  if (turns.length === 0) return null;
  return (
    <section class="panel stack" aria-label="Answers">
      <h2>Answers</h2>
      {turns.map((turn) => (
        <Words
          key={`${turn.question} ${turn.answer}`}
          name={turn.question}
          text={turn.answer}
          save={(words) => save("answer", { question: turn.question, answer: words })}
        />
      ))}
    </section>
  );
}

/** A text, and a field in its place while it is edited. */
function Words({ name, text, save }: { name: string; text: string; save: (words: string) => Promise<boolean> }) {
  const [words, setWords] = useState<string | null>(null);
  if (words === null) {
    return (
      <div class="words-line">
        <p>
          <span class="muted small">{name}</span>
          <br />
          {text}
        </p>
        <button aria-label={text ? `Edit ${name}` : `Write ${name}`} onClick={() => setWords(text)}>
          {text ? "Edit" : "Write"}
        </button>
      </div>
    );
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void save(words).then((saved) => saved && setWords(null));
      }}
    >
      <label class="field">
        <span>{name}</span>
        <textarea rows={3} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
      </label>
      <div class="row">
        <button class="main" disabled={!words.trim() || words === text}>
          Save
        </button>
        <button type="button" onClick={() => setWords(null)}>
          Leave
        </button>
      </div>
    </form>
  );
}

function AttributeForm({ attributes, save }: { attributes: Record<string, Scalar>; save: Save }) {
  const names = Object.keys(attributes).sort();
  const [name, setName] = useState(names[0] ?? "");
  const [value, setValue] = useState<string | null>(null);
  const shown = value ?? String(attributes[name] ?? "");
  return (
    <section class="panel" aria-label="Attributes">
      <h2>Attributes</h2>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save("attribute", { name: name.trim(), value: scalarLike(shown, attributes[name]) }).then((saved) => saved && setValue(null));
        }}
      >
        <label class="field">
          <span>Attribute</span>
          <input
            list="attribute-names"
            value={name}
            onInput={(event) => {
              setName(event.currentTarget.value);
              setValue(null);
            }}
          />
          <datalist id="attribute-names">
            {names.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </label>
        <label class="field">
          <span>Value (empty: not known)</span>
          <input value={shown} onInput={(event) => setValue(event.currentTarget.value)} />
        </label>
        <button class="main" disabled={!name.trim() || value === null}>
          Save attribute
        </button>
      </form>
    </section>
  );
}

/** What was typed, as the kind of value that the attribute has. */
function scalarLike(text: string, before: Scalar | undefined): Scalar | null {
  const words = text.trim();
  if (!words) return null;
  if (typeof before === "boolean") return words.toLowerCase() === "true";
  if (typeof before === "number" && Number.isFinite(Number(words))) return Number(words);
  return words;
}
