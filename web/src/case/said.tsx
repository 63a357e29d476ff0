// What models said of a case and nobody corrected yet, and which of it a correction corrects.
import { api, type Kept } from "../api";
import { type Loaded, useLoad } from "../load";

interface Words {
  caption?: string;
  question?: string;
  answer?: string;
  attribute?: string;
  label?: string;
  masks?: { structure: string | null; sentence: string; voxels: number; file?: string | null }[];
}

/** Predictions about a case, the least sure first. */
export function useSaid(id: string): Loaded<Kept[]> {
  return useLoad(`said of ${id}`, (signal) => api.queue({ case: id }, { signal }));
}

/** The prediction that a correction corrects, as the API takes it; null where models said nothing of it. */
export function correctedBy(said: Kept[], kind: string, value: Record<string, unknown>): Record<string, unknown> | null {
  const one = said.find((kept) => isAbout(kept, kind, value));
  return one ? { model: one.model, task: one.task, value: one.prediction.value } : null;
}

function isAbout({ task, prediction }: Kept, kind: string, value: Record<string, unknown>): boolean {
  const words = prediction.value as Words;
  if (kind === "caption") return task === "caption" && value.instead_of === undefined;
  if (kind === "answer") return task === "answer" && words.question === value.question;
  if (kind === "attribute") return task === "classify" && words.attribute === value.name;
  return task === "segment" && (words.masks ?? []).some((mask) => (mask.structure ?? mask.sentence) === value.structure);
}

/** What a prediction says, in a line. */
export function wordsOf({ prediction }: Kept): string {
  const words = prediction.value as Words;
  if (words.caption !== undefined) return words.caption;
  if (words.question !== undefined) return `${words.question} ${words.answer ?? ""}`;
  if (words.attribute !== undefined) return `${words.attribute}: ${words.label ?? ""}`;
  return (words.masks ?? []).map((mask) => `${mask.structure ?? mask.sentence}, ${mask.voxels} pixels`).join("; ");
}

/** Outlines that models drew of a case, by structure, with their files. */
export function outlinesOf(said: Kept[]): { name: string; file: string }[] {
  const masks = said.flatMap(({ prediction }) => (prediction.value as Words | null)?.masks ?? []);
  return masks.flatMap(({ structure, sentence, file }) => (file ? [{ name: structure ?? sentence, file }] : []));
}

/** How unsure a model was. */
export function unsureOf({ unsure, model, task }: Kept): string {
  return `${task} of ${model}, unsure ${unsure.toFixed(2)}`;
}
