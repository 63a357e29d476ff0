// Images of one's own in place of a case: dropped, pasted or chosen.
import { useRef, useState } from "preact/hooks";

import { type Problem, problemOf } from "../api";
import { useKeys } from "../keys";
import { useLoad } from "../load";
import { Link } from "../parts/link";
import { Busy, Failure } from "../parts/message";
import { useDrop } from "../parts/use-drop";
import { address, navigate, place } from "../router";
import { areDicom, modalityIn, nameOf, send, sentBefore } from "../uploads";

interface OwnImagesProps {
  /** View that shows them. */
  view: string;
  /** What the model reads. */
  modalities: string[];
}

/** The way in for files: one image, DICOM files or a zip of them at once; several images once it is said what each shows. */
export function OwnImages({ view, modalities }: OwnImagesProps) {
  const [waiting, wait] = useState<File[]>([]);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const files = useRef<HTMLInputElement>(null);

  const sendNow = async (some: File[], shown: string[] = []) => {
    setSending(true);
    setProblem(null);
    wait([]);
    try {
      const { upload } = await send(some, shown);
      navigate(address([view], { upload }));
    } catch (error) {
      setProblem(problemOf(error));
    }
    setSending(false);
  };
  const take = async (some: File[]) => {
    if (some.length > 1 && !(await areDicom(some))) wait(some);
    else if (some.length > 0) void sendNow(some);
  };
  const dropHere = useDrop(take, "Drop images of one case: they are looked at in its place");
  useKeys("Own images", [{ keys: "n", does: "Choose images of your own", run: () => files.current?.click() }]);
  return (
    <div class="stack own">
      <p class="row">
        <button type="button" onClick={() => files.current?.click()}>
          Your own images…
        </button>
        {sending ? <Busy what="Sending" /> : <span class="small muted">or drop or paste them: pictures, NIfTI, DICOM files, a zip of DICOM</span>}
        <input
          ref={files}
          class="unseen"
          type="file"
          multiple
          aria-label="Images of your own"
          tabIndex={-1}
          onChange={(event) => {
            void take([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = ""; // the same files may be chosen again
          }}
        />
      </p>
      {waiting.length > 0 && <WhatTheyShow key={modalities.join()} files={waiting} modalities={modalities} use={sendNow} cancel={() => wait([])} />}
      {problem && <Failure problem={problem} />}
      <Earlier view={view} />
      {dropHere}
    </div>
  );
}

/** Files that were sent before, such as before the page was loaded anew. */
function Earlier({ view }: { view: string }) {
  const shown = place().query.get("upload");
  const { value } = useLoad(`sent before ${shown}`, sentBefore);
  const others = (value ?? []).filter((one) => one.upload !== shown);
  if (others.length === 0) return null;
  return (
    <nav class="row small" aria-label="Sent before">
      <span class="muted">Sent before:</span>
      {others.map((one) => (
        <Link key={one.upload} to={address([view], { upload: one.upload })}>
          {nameOf(one)}
        </Link>
      ))}
    </nav>
  );
}

interface WhatTheyShowProps {
  files: File[];
  modalities: string[];
  use: (files: File[], shown: string[]) => void;
  cancel: () => void;
}

/** Several images are one case: each shows something else, and what, only people know. */
function WhatTheyShow({ files, modalities, use, cancel }: WhatTheyShowProps) {
  const [shown, setShown] = useState(() => guessed(files, modalities));
  const chosen = shown.filter((one) => one !== "");
  const isTwice = new Set(chosen).size < chosen.length;
  return (
    <form
      class="panel form"
      aria-label="What the images show"
      onSubmit={(event) => {
        event.preventDefault();
        use(
          files.filter((_, at) => shown[at] !== ""),
          chosen,
        );
      }}
    >
      {files.map((file, at) => (
        <label class="row" key={at}>
          <span class="file-name">{file.name}</span>
          <span>shows</span>
          <select
            value={shown[at]}
            onChange={(event) => {
              const name = event.currentTarget.value;
              setShown((before) => before.map((one, place) => (place === at ? name : one)));
            }}
          >
            <option value="">nothing, leave it out</option>
            {modalities.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      ))}
      {isTwice && <p class="small">Two images show the same: leave one of them out, or say what it shows.</p>}
      <div class="row">
        <button class="main" disabled={isTwice || chosen.length === 0}>
          Use these
        </button>
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** What each file shows by its name, nothing where another one says so before it. */
function guessed(files: File[], modalities: string[]): string[] {
  const left = [...modalities];
  return files.map((file) => {
    const name = modalityIn(file.name, left);
    if (name) left.splice(left.indexOf(name), 1);
    return name ?? "";
  });
}
