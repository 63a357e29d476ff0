// Addresses of the page: what is shown stands in the address, so that it can be bookmarked, sent and gone back to.
import { useEffect, useState } from "preact/hooks";

/** The address that is shown: path below the root, and what is asked for behind the question mark. */
export interface Place {
  path: string;
  query: URLSearchParams;
}

const CHANGED = "lexiscope-place";

/** The address that is shown now. */
export function place(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

/** Show another address; `replace` puts it in place of the present one in the history. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (to === location.pathname + location.search) return;
  history[options.replace ? "replaceState" : "pushState"](null, "", to);
  dispatchEvent(new Event(CHANGED));
}

/** The address that is shown; the component is drawn again when it changes. */
export function usePlace(): Place {
  const [shown, show] = useState(place);
  useEffect(() => {
    const changed = () => show(place());
    addEventListener("popstate", changed);
    addEventListener(CHANGED, changed);
    changed(); // it may have changed between the first drawing and now
    return () => {
      removeEventListener("popstate", changed);
      removeEventListener(CHANGED, changed);
    };
  }, []);
  return shown;
}

/** Parts of a path, each read back as it was before `address` wrote it; a case's id may hold slashes. */
export function parts(path: string): string[] {
  return path.split("/").filter(Boolean).map(decoded);
}

/** Address of a place: parts of the path, and named values; empty ones are left out, lists stand several times. */
export function address(path: string[], query: Record<string, string | number | string[] | null | undefined> = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== "") asked.append(name, String(one));
    }
  }
  const words = asked.toString();
  return `/${path.map(encodeURIComponent).join("/")}${words ? `?${words}` : ""}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a hand-written address with a lone per cent sign
  }
}
