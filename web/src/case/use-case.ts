// `useCase`: a case with its masks, as every view of one case begins.
import { useEffect, useState } from "preact/hooks";

import { api, type WholeCase } from "../api";
import { type Loaded, useLoad } from "../load";
import { loadMask, type MaskFile } from "../viewer/load";
import { MASK_COLOURS, type ShownMask } from "../viewer/state";

/** A case; null where the address names none. */
export function useCase(id: string | null): Loaded<WholeCase> {
  return useLoad(id, (signal) => api.case(id!, { signal }));
}

/** Masks of a case with their files, loaded once they are shown, and what shows and hides them. */
export function useMasks(found: WholeCase | null): {
  masks: ShownMask[];
  fileOf: (name: string) => MaskFile | undefined;
  toggle: (name: string) => void;
} {
  const [hidden, setHidden] = useState<Record<string, boolean>>({});
  const [files, setFiles] = useState<Record<string, MaskFile>>({});
  const names = Object.keys(found?.masks ?? {}).sort();
  const wanted = names.filter((name) => !hidden[name] && !found!.masks[name]!.empty);
  const contents = wanted.map((name) => found!.masks[name]!.content);
  useEffect(() => {
    const stop = new AbortController();
    for (const [at, content] of contents.entries()) {
      if (files[content]) continue;
      loadMask({ content }, stop.signal).then(
        (file) => setFiles((before) => ({ ...before, [content]: file })),
        () => stop.signal.aborted || setHidden((before) => ({ ...before, [wanted[at]!]: true })),
      );
    }
    return () => stop.abort();
  }, [contents.join(" ")]);
  const fileOf = (name: string) => files[found?.masks[name]?.content ?? ""];
  const masks = names.map((name, at) => ({
    name,
    colour: MASK_COLOURS[at % MASK_COLOURS.length]!,
    shown: !hidden[name],
    labels: fileOf(name)?.labels ?? null,
    empty: found!.masks[name]!.empty,
  }));
  return { masks, fileOf, toggle: (name) => setHidden((before) => ({ ...before, [name]: !before[name] })) };
}
