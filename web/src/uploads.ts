// Files that people ask about: the server knows them by an id while it keeps them, and this tab the newest of those ids.
import { api, problemOf, type Upload } from "./api";

const SHOWN_BY_BROWSERS = /\.(png|jpe?g|webp|gif|bmp)$/i;
const KEY = "lexiscope-uploads";
const REMEMBERED = 4;
const previews = new Map<string, string>();

/** Send files of one case; with what each of them shows, where it is known. */
export async function send(files: File[], modalities: string[] = []): Promise<Upload> {
  const upload = await api.upload(files, modalities);
  const [first] = files;
  if (first && SHOWN_BY_BROWSERS.test(first.name)) previews.set(upload.upload, URL.createObjectURL(first));
  remember([upload.upload, ...remembered()]);
  return upload;
}

/** A picture that browsers show by themselves, of what was sent since the page was loaded. */
export function previewOf(id: string): string | null {
  return previews.get(id) ?? null;
}

/** What was sent from this tab and is still kept by the server, the newest first. */
export async function sentBefore(signal: AbortSignal): Promise<Upload[]> {
  const found = await Promise.all(remembered().map((id) => api.uploaded(id, { signal }).catch((error: unknown) => forgetGone(id, error))));
  return found.filter((one) => one !== null);
}

/** Ask no more for what the server does not keep; one that does not answer may do so later. */
function forgetGone(id: string, error: unknown): null {
  if ([404, 410].includes(problemOf(error).status)) remember(remembered().filter((other) => other !== id));
  return null;
}

/** Names of the files of an upload, in a few words. */
export function nameOf({ files }: Upload): string {
  return files.length > 3 ? `${files[0]} and ${files.length - 1} more files` : files.join(", ");
}

function remembered(): string[] {
  const ids: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
}

function remember(ids: string[]): void {
  sessionStorage.setItem(KEY, JSON.stringify(ids.slice(0, REMEMBERED)));
}

/** Which of some modalities the name of a file holds. */
export function modalityIn(name: string, modalities: string[]): string | null {
  return modalities.find((modality) => name.toLowerCase().includes(modality.toLowerCase())) ?? null;
}

/** What a picture shows where a model reads several modalities and nobody says: what its name says, else the first. */
export function guessedModality(name: string, modalities: string[]): string | null {
  return modalities.length > 1 ? (modalityIn(name, modalities) ?? modalities[0]!) : null;
}

/** True where every file is DICOM, by the letters behind its preamble. */
export async function areDicom(files: File[]): Promise<boolean> {
  const marks = await Promise.all(files.map((file) => file.slice(128, 132).text()));
  return marks.every((mark) => mark === "DICM");
}
