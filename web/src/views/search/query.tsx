import { useEffect, useRef, useState } from "preact/hooks";

import { type Model, type Problem, problemOf } from "../../api";
import { useKeys } from "../../keys";
import { Link } from "../../parts/link";
import { Busy, Failure } from "../../parts/message";
import { useDrop } from "../../parts/use-drop";
import { address } from "../../router";
import { guessedModality, previewOf, send } from "../../uploads";

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
  const { take, sending, problem } = useUpload(change);
  const dropHere = useDrop(take, "Drop an image: the cases that look like it are searched");
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
      {dropHere}
    </form>
  );
}

/** What the image shows; null where the model reads one modality. */
export function shownBy({ modality, name }: Sought, modalities: string[]): string | null {
  return modalities.length > 1 ? (modality ?? guessedModality(name ?? "", modalities)) : null;
}

function Image({ sought, model, change }: { sought: Sought; model: Model | undefined; change: QueryProps["change"] }) {
  const preview = sought.image ? previewOf(sought.image) : null;
  const modalities = model?.modalities ?? [];
  return (
    <div class="query-image">
      {preview && <img src={preview} alt="" width="40" height="40" />}
      <span class="file-name">{sought.name ?? "uploaded image"}</span>
      {modalities.length > 1 && (
        <label class="row">
          shows
          <select
            value={shownBy(sought, modalities) ?? undefined}
            onChange={(event) => change({ modality: event.currentTarget.value })}
          >
            {modalities.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <Link to={address(["ask"], { upload: sought.image, modality: sought.modality })}>Ask about it</Link>
      <Link to={address(["segment"], { upload: sought.image, modality: sought.modality })}>Outline in it</Link>
      <button type="button" class="plain" onClick={() => change({ image: null, name: null, modality: null })}>
        Remove<span class="unseen"> the image</span>
      </button>
    </div>
  );
}

/** Send files to the server, and look for the image that they are. */
function useUpload(change: QueryProps["change"]) {
  const [sending, setSending] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = async (files: File[]) => {
    const [first] = files;
    if (!first) return;
    setSending(first.name);
    setProblem(null);
    try {
      const { upload } = await send(files);
      change({ image: upload, name: first.name, modality: null });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setSending(null);
    }
  };
  return { take, sending, problem };
}
