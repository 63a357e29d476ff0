import { useEffect, useRef, useState } from "preact/hooks";

import { api, type Model, type Problem, problemOf } from "../../api";
import { useKeys } from "../../keys";
import { Busy, Failure } from "../../parts/message";

/** What is looked for, as it stands in the address. */
export interface Sought {
  words: string;
  /** Id of an uploaded image, and the name of its file. */
  image: string | null;
  name: string | null;
  /** What the image shows, where the model reads several modalities. */
  modality: string | null;
  model: string | null;
}

interface QueryProps {
  sought: Sought;
  models: Model[];
  change: (sought: Partial<Sought>) => void;
}

const previews = new Map<string, string>(); // upload -> picture of it, while the page lives

/** Words, an image that is dropped, pasted or chosen, or both. */
export function Query({ sought, models, change }: QueryProps) {
  const [words, setWords] = useState(sought.words);
  const inAddress = useRef(sought.words);
  useEffect(() => {
    if (inAddress.current === sought.words) return; // nothing came from outside: what is being typed stays
    inAddress.current = sought.words;
    setWords(sought.words);
  }, [sought.words]);
  const input = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const { take, sending, problem } = useUpload(models, sought, change);
  const isOver = useDrop(take);
  useKeys("Search", [
    { keys: "/", does: "Write what to look for", run: () => input.current?.select() },
    { keys: "u", does: "Choose an image to look for", run: () => files.current?.click() },
  ]);
  const model = models.find((one) => one.name === sought.model) ?? models[0];
  return (
    <form
      class="query"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        change({ words: words.trim() });
      }}
    >
      <div class="query-line">
        <input
          ref={input}
          type="search"
          aria-label="Words to look for"
          placeholder="A finding, a structure, a material …"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
          onSearch={(event: Event) => {
            if ((event.currentTarget as HTMLInputElement).value === "") change({ words: "" }); // cleared by its cross
          }}
        />
        <button class="main">Search</button>
        <button type="button" onClick={() => files.current?.click()}>
          Image…
        </button>
        <input
          ref={files}
          class="unseen"
          type="file"
          aria-label="Image to look for"
          tabIndex={-1}
          onChange={(event) => {
            take([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = ""; // the same file may be chosen again
          }}
        />
      </div>
      {(sought.image || models.length > 1 || sending) && (
        <div class="row">
          {sending && <Busy what={`Sending ${sending}`} />}
          {sought.image && !sending && <Image {...{ sought, model, change }} />}
          {models.length > 1 && (
            <label class="row">
              Model
              <select value={model?.name} onChange={(event) => change({ model: event.currentTarget.value })}>
                {models.map((one) => (
                  <option key={one.name}>{one.name}</option>
                ))}
              </select>
            </label>
          )}
        </div>
      )}
      {problem && <Failure problem={problem} />}
      {isOver && <div class="drop-here">Drop an image: the cases that look like it are searched</div>}
    </form>
  );
}

function Image({ sought, model, change }: { sought: Sought; model: Model | undefined; change: QueryProps["change"] }) {
  const preview = sought.image ? previews.get(sought.image) : undefined;
  const modalities = model?.modalities ?? [];
  return (
    <div class="query-image">
      {preview && <img src={preview} alt="" width="40" height="40" />}
      <span class="query-name">{sought.name ?? "uploaded image"}</span>
      {modalities.length > 1 && (
        <label class="row">
          shows
          <select
            value={sought.modality ?? modalities[0]}
            onChange={(event) => change({ modality: event.currentTarget.value })}
          >
            {modalities.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <button type="button" class="plain" onClick={() => change({ image: null, name: null, modality: null })}>
        Remove<span class="unseen"> the image</span>
      </button>
    </div>
  );
}

/** Send files to the server, and look for the image that they are. */
function useUpload(models: Model[], sought: Sought, change: QueryProps["change"]) {
  const [sending, setSending] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = async (files: File[]) => {
    const [first] = files;
    if (!first) return;
    setSending(first.name);
    setProblem(null);
    try {
      const { upload } = await api.upload(files);
      if (SHOWN_BY_BROWSERS.test(first.name)) previews.set(upload, URL.createObjectURL(first));
      const modalities = (models.find((one) => one.name === sought.model) ?? models[0])?.modalities ?? [];
      const named = modalities.find((modality) => first.name.toLowerCase().includes(modality.toLowerCase()));
      change({ image: upload, name: first.name, modality: modalities.length > 1 && named ? named : null });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setSending(null);
    }
  };
  return { take, sending, problem };
}

const SHOWN_BY_BROWSERS = /\.(png|jpe?g|webp|gif|bmp)$/i;

/** Take files that are dropped on the page or pasted; true while some hang over it. */
function useDrop(take: (files: File[]) => void): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const left = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const dropped = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      latest.current([...event.dataTransfer.files]);
    };
    const pasted = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) latest.current(files);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", left);
    addEventListener("drop", dropped);
    addEventListener("paste", pasted);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", left);
      removeEventListener("drop", dropped);
      removeEventListener("paste", pasted);
    };
  }, []);
  return isOver;
}
