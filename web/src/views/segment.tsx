// Outlines of what a sentence names, on every image of a case, with their sizes and files.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Asked, type Job, type Prediction, problemOf, type Problem, run as runJob } from "../api";
import { CorrectLink } from "../case/correct-link";
import { OfSubject } from "../case/of-subject";
import type { Subject } from "../case/subject";
import { Unlike } from "../case/unlike";
import { type ChosenModel, ModelChoice, useModel } from "../case/use-model";
import { useTask } from "../case/use-task";
import { useKeys } from "../keys";
import { Busy, Failure, Nothing } from "../parts/message";
import { Working } from "../parts/working";
import { PLANES } from "../viewer/grid";
import { isVolume, loadMask, type Shown } from "../viewer/load";
import { save, slicePicture } from "../viewer/picture";
import { boxText, pointText } from "../viewer/pointed";
import { MASK_COLOURS, type ShownMask, type Sight, useSeen } from "../viewer/state";
import { useSight, Viewer } from "../viewer/viewer";
import type { ViewProps } from ".";

interface FoundMask {
  sentence: string;
  structure: string | null;
  file: string | null;
  voxels: number;
  present: boolean;
  score: number;
  volume_ml?: number;
  area_um2?: number;
  diameters?: number[];
  unit?: string;
  side?: string;
  lowered?: boolean;
}

interface Outlines {
  masks: FoundMask[];
  notes: string[];
}

export default function Segment(props: ViewProps) {
  const chosen = useModel("segment");
  return (
    <OfSubject {...props} view="segment" title="Outline in which case?" chosen={chosen}>
      {(subject) => <Outlining key={JSON.stringify(subject.input)} subject={subject} chosen={chosen} />}
    </OfSubject>
  );
}

function Outlining({ subject, chosen }: { subject: Subject; chosen: ChosenModel }) {
  const sight = useSight();
  const task = useTask<Outlines>("segment");
  const { masks, toggle } = useOutlines(task.prediction);
  const shown = useRef<Record<string, Shown>>({});
  return (
    <div class="beside">
      <Viewer
        images={subject.images}
        sight={sight}
        masks={masks}
        toggle={toggle}
        tools={["box", "point"]}
        loaded={(name, one) => (shown.current[name] = one)}
      />
      <div class="stack">
        <Wish subject={subject} chosen={chosen} task={task} sight={sight} shown={shown.current} />
        {task.prediction && task.asked && (
          <Results subject={subject} prediction={task.prediction} asked={task.asked} masks={masks} sight={sight} shown={shown.current} />
        )}
      </div>
    </div>
  );
}

interface WishProps {
  subject: Subject;
  chosen: ChosenModel;
  task: ReturnType<typeof useTask<Outlines>>;
  sight: Sight;
  shown: Record<string, Shown>;
}

function Wish({ subject, chosen, task, sight, shown }: WishProps) {
  const [sentence, setSentence] = useState("");
  const [structures, setStructures] = useState<string[]>([]);
  const [depth, setDepth] = useState(3);
  const field = useRef<HTMLTextAreaElement>(null);
  const { box, point } = useSeen(sight);
  useKeys("Outline", [{ keys: "q", does: "Write a sentence", run: () => field.current?.focus() }]);
  const { model } = chosen;
  if (chosen.problem) return <Failure problem={chosen.problem} />;
  if (!model) return chosen.busy ? <Busy what="Loading models" /> : <NoModel />;

  const first = Object.values(shown)[0];
  const send = () => {
    const request: Record<string, unknown> = {};
    if (subject.isDicom && subject.isPlaced) request.written_as = "nifti"; // what the viewer reads
    if (sentence.trim()) request.instruction = [sentence.trim()];
    if (structures.length) request.structure = structures;
    const on = box ? (shown[box.on] ?? first) : first;
    if (box && on) request.box = [boxText(box, on, depth)];
    if (point && first) request.point = [pointText(point, first)];
    task.ask({ model: model.name, input: subject.input, request });
  };
  const flip = (name: string) =>
    setStructures((before) => (before.includes(name) ? before.filter((one) => one !== name) : [...before, name]));
  return (
    <>
      <form
        class="panel form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label class="field">
          <span>Sentence</span>
          <textarea
            ref={field}
            rows={2}
            placeholder="Segment the bright lesion in the left hemisphere."
            value={sentence}
            onInput={(event) => setSentence(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey) return;
              event.preventDefault();
              send();
            }}
          />
        </label>
        <fieldset class="choices">
          <legend>Known structures</legend>
          {model.structures.map((name) => (
            <label key={name} class="mask">
              <input type="checkbox" checked={structures.includes(name)} onChange={() => flip(name)} />
              {name}
            </label>
          ))}
        </fieldset>
        <p class="small muted" role="status" aria-label="Where">
          {whereText(box !== null, point !== null)}
        </p>
        {box && first && first.grid.dims[2] > 1 && (
          <label class="row">
            <span>Slices before and behind the box</span>
            <input type="number" min={0} max={200} value={depth} onInput={(event) => setDepth(Math.max(0, event.currentTarget.valueAsNumber || 0))} />
          </label>
        )}
        {(box || point) && (
          <button type="button" onClick={() => sight.set({ box: null, point: null })}>
            Look everywhere
          </button>
        )}
        <ModelChoice {...chosen} />
        <div class="row">
          <button class="main" disabled={task.busy}>
            Outline
          </button>
          {task.busy && <Working what="The model is outlining" job={task.job} stop={task.stop} />}
        </div>
      </form>
      {task.problem && <Failure problem={task.problem} again={send} />}
    </>
  );
}

function NoModel() {
  return (
    <Nothing title="No model outlines">
      <p>None of the models served has a segmenter. Make one with: lexiscope train segment MODEL CORPUS</p>
    </Nothing>
  );
}

interface ResultsProps {
  subject: Subject;
  prediction: Prediction<Outlines>;
  asked: Asked;
  masks: ShownMask[];
  sight: Sight;
  shown: Record<string, Shown>;
}

function Results({ subject, prediction, asked, masks, sight, shown }: ResultsProps) {
  const { value } = prediction;
  const voxels = Object.values(subject.images).some((image) => image && isVolume(image)) ? "voxels" : "pixels";
  const [problem, setProblem] = useState<Problem | null>(null);
  const [writing, setWriting] = useState(false);
  const [job, setJob] = useState<Job | null>(null);
  const control = useRef<AbortController | null>(null);
  useEffect(() => () => control.current?.abort(), []);
  const attempt = async (run: () => Promise<unknown>) => {
    setProblem(null);
    await run().catch((error: unknown) => setProblem(problemOf(error)));
  };
  const writeDicom = async (at: number) => {
    const { signal } = (control.current = new AbortController());
    setWriting(true);
    await attempt(() => saveDicom(asked, at, setJob, signal).catch((error: unknown) => signal.aborted || Promise.reject(error)));
    setWriting(false);
    setJob(null);
  };
  return (
    <section class="panel stack" aria-label="Outlines found">
      <h2>Found</h2>
      {value.masks.map((mask, at) => (
        <article key={at} class="found">
          <p>
            <span class="swatch" style={{ background: `rgb(${MASK_COLOURS[at % MASK_COLOURS.length]!.join(" ")})` }} /> <strong>{mask.sentence}</strong>
          </p>
          <p>{foundText(mask, voxels)}</p>
          <div class="row">
            {mask.file && (
              <a class="button" href={mask.file} download>
                {formatOf(mask.file)}
              </a>
            )}
            {subject.isDicom && (
              <button disabled={writing} onClick={() => writeDicom(at)}>DICOM-SEG</button>
            )}
            <button disabled={!mask.present} onClick={() => goTo(masks[at], sight)}>
              Go to it
            </button>
          </div>
        </article>
      ))}
      <button onClick={() => attempt(() => savePicture(subject.name, sight, shown, masks))}>PNG of the slice seen</button>
      {writing && (
        <div class="row">
          <Working what="The model outlines it once more, for DICOM" job={job} stop={() => control.current?.abort()} />
        </div>
      )}
      {problem && <Failure problem={problem} />}
      {value.notes.length > 0 && (
        <ul class="small">
          {value.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <Unlike found={prediction.out_of_distribution} />
      {subject.found && <CorrectLink id={subject.found.id} />}
    </section>
  );
}

/** Masks that a task wrote, read back to be shown. */
function useOutlines(prediction: Prediction<Outlines> | null) {
  const [masks, setMasks] = useState<ShownMask[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const found = prediction?.value.masks ?? [];
    setMasks(
      found.map((mask, at) => ({
        name: mask.sentence,
        colour: MASK_COLOURS[at % MASK_COLOURS.length]!,
        shown: true,
        labels: null,
        empty: !mask.present,
      })),
    );
    found.forEach((mask, at) => {
      if (!mask.file || !mask.present) return;
      loadMask({ file: mask.file }, stop.signal).then(
        ({ labels }) => setMasks((before) => before.map((one, place) => (place === at ? { ...one, labels } : one))),
        () => undefined, // its file can be downloaded all the same
      );
    });
    return () => stop.abort();
  }, [prediction]);
  const toggle = (name: string) =>
    setMasks((before) => before.map((one) => (one.name === name ? { ...one, shown: !one.shown } : one)));
  return { masks, toggle };
}

/** The same masks once more, written as DICOM segmentations: boxes and points hold for them, too. */
async function saveDicom(asked: Asked, at: number, progress: (job: Job) => void, signal: AbortSignal): Promise<void> {
  const written = { ...asked, request: { ...asked.request, written_as: "dicom-seg" } };
  const made = await runJob<Prediction<Outlines>>("segment", written, progress, signal);
  const file = made.value.masks[at]?.file;
  if (!file) throw new Error("the server wrote no DICOM segmentation of this mask");
  const response = await fetch(file, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`the server answered ${response.status} to ${file}`);
  save(await response.blob(), file.split("/").pop() ?? "mask.dcm");
}

async function savePicture(of: string, sight: Sight, shown: Record<string, Shown>, masks: ShownMask[]): Promise<void> {
  const { active, axis, place, windows } = sight.now;
  const name = active && shown[active] ? active : Object.keys(shown)[0];
  const one = name ? shown[name] : undefined;
  if (!name || !one) return;
  const seenAxis = one.grid.dims[2] > 1 ? axis : "z";
  const index = one.grid.nearest(place ?? one.grid.middle)[PLANES[seenAxis].through];
  const picture = await slicePicture(one, seenAxis, index, windows[name] ?? one.usual, masks);
  save(picture, `${of.replaceAll("/", "-")}-${name}-${seenAxis}-${index}.png`);
}

function goTo(mask: ShownMask | undefined, sight: Sight): void {
  const heart = mask?.labels?.heart;
  if (heart) sight.set({ place: mask!.labels!.grid.place(heart), axis: "z" });
}

function formatOf(file: string): string {
  if (/\.nii(\.gz)?$/.test(file)) return "NIfTI";
  if (file.endsWith(".dcm")) return "DICOM-SEG";
  return file.endsWith(".png") ? "PNG" : "TIFF";
}

function whereText(box: boolean, point: boolean): string {
  if (box && point) return "Only in the box drawn, and what holds the point.";
  if (box) return "Only in the box drawn.";
  if (point) return "Only what holds the point.";
  return "Everywhere. With the tools Box and Point you say where.";
}

function foundText(mask: FoundMask, voxels: string): string {
  if (!mask.present) return `Not there (score ${mask.score.toFixed(2)})`;
  const parts = [`score ${mask.score.toFixed(2)}`, `${mask.voxels} ${voxels}`];
  if (mask.volume_ml !== undefined) parts.push(`${mask.volume_ml.toPrecision(3)} ml`);
  if (mask.area_um2 !== undefined) parts.push(`${mask.area_um2.toPrecision(3)} µm²`);
  if (mask.diameters?.length) parts.push(`${mask.diameters.map((one) => one.toPrecision(3)).join(" × ")} ${mask.unit ?? ""}`);
  if (mask.side) parts.push(mask.side);
  if (mask.lowered) parts.push("at half the threshold");
  return parts.join(" · ");
}
