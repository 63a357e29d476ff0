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
  files: Record<string, MaskFile>;
  toggle: (name: string) => void;
} {
  const [hidden, setHidden] = useState<Record<string, boolean>>({});
  const [files, setFiles] = useState<Record<string, MaskFile>>({});
  const names = Object.keys(found?.masks ?? {}).sort();
  const wanted = names.filter((name) => !hidden[name] && !found!.masks[name]!.empty);
  useEffect(() => {
    const stop = new AbortController();
    for (const name of wanted.filter((one) => !files[one])) {
      loadMask({ content: found!.masks[name]!.content }, stop.signal).then(
        (file) => setFiles((before) => ({ ...before, [name]: file })),
        () => stop.signal.aborted || setHidden((before) => ({ ...before, [name]: true })),
      );
    }
    return () => stop.abort();
  }, [found?.id, wanted.join("\n")]);
  const masks = names.map((name, at) => ({
    name,
    colour: MASK_COLOURS[at % MASK_COLOURS.length]!,
    shown: !hidden[name],
    labels: files[name]?.labels ?? null,
    empty: found!.masks[name]!.empty,
  }));
  return { masks, files, toggle: (name) => setHidden((before) => ({ ...before, [name]: !before[name] })) };
}
