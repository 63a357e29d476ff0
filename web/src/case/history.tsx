// What people corrected about a case, the newest first; nothing is ever written over.
import type { Correction } from "../api";

export function History({ corrections }: { corrections: Correction[] }) {
  if (corrections.length === 0) return null;
  return (
    <section class="panel" aria-label="Corrections">
      <h2>Corrections</h2>
      <ol class="turns">
        {[...corrections].reverse().map((one, at) => (
          <li key={at}>
            <strong>{one.kind}</strong> {wordsOf(one)}
            <p class="muted small">{[timeOf(one.time), authorOf(one), beforeOf(one)].filter(Boolean).join(" · ")}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function wordsOf({ kind, value }: Correction): string {
  if (kind === "caption") return String(value.text ?? "");
  if (kind === "answer") return `${String(value.question ?? "")} ${String(value.answer ?? "")}`;
  if (kind === "attribute") return `${String(value.name ?? "")} = ${String(value.value ?? "not known")}`;
  const mask = value.mask as { modality?: string } | undefined;
  return String(mask?.modality ?? value.structure ?? "");
}

/** A time as people here write it; nothing where there is none. */
export function timeOf(stored: unknown): string {
  const time = stored ? new Date(String(stored)) : null;
  return time && !Number.isNaN(time.getTime()) ? time.toLocaleString() : "";
}

function authorOf(one: Correction): string {
  const by = one.by ?? one.author;
  return by ? `by ${String(by)}` : "";
}

function beforeOf({ kind, before }: Correction): string {
  if (before === null || before === undefined) return "";
  if (kind === "attribute") return `before: ${String(before)}`;
  const first = (before as { text?: string; answer?: string }[])[0];
  const text = first?.text ?? first?.answer;
  return text ? `before: ${text}` : "";
}
