// Keys: whatever can be done by mouse has one here, and `?` lists them. A binding lives as long as what it acts on.
import { useLayoutEffect, useRef } from "preact/hooks";

/** One binding: a key as `KeyboardEvent.key` names it, or two struck one after the other ("g c"). */
export interface Binding {
  keys: string;
  does: string;
  run: () => void;
}

/** Bindings of one part of the page, under the name that the list of keys shows. */
interface Scope {
  name: string;
  bindings: Binding[];
}

const NEXT_MS = 1200; // between the two strokes of "g c"
const scopes: Scope[] = [];
let first: { key: string; at: number } | null = null;

/** Bind keys while a component is on the page; later scopes win over earlier ones. */
export function useKeys(name: string, bindings: Binding[]): void {
  const { current: scope } = useRef<Scope>({ name, bindings });
  scope.bindings = bindings; // of the latest drawing
  useLayoutEffect(() => {
    scopes.push(scope);
    return () => {
      scopes.splice(scopes.indexOf(scope), 1);
    };
  }, []);
}

/** Bindings in force, for the list that `?` shows. */
export function boundKeys(): Scope[] {
  const named = new Map<string, Binding[]>();
  for (const { name, bindings } of scopes) named.set(name, [...(named.get(name) ?? []), ...bindings]);
  return [...named].map(([name, bindings]) => ({ name, bindings }));
}

/** Listen to keys; once, by the page as a whole. Returns what ends it. */
export function listenToKeys(): () => void {
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== "Escape" && isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return; // a dialogue has the keys to itself
  const now = performance.now();
  const pair = first && now - first.at < NEXT_MS ? `${first.key} ${event.key}` : null;
  const binding = (pair && find(pair)) || find(event.key);
  first = binding ? null : { key: event.key, at: now };
  if (!binding) return;
  event.preventDefault();
  binding.run();
}

function find(keys: string): Binding | undefined {
  for (const { bindings } of [...scopes].reverse()) {
    const found = bindings.find((binding) => binding.keys === keys);
    if (found) return found;
  }
  return undefined;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "range", "button"].includes(target.type);
}
