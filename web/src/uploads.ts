// Files that people ask about: the server knows them by an id while it keeps them, and this page while it lives.
import { api, type Upload } from "./api";

interface Sent {
  upload: Upload;
  /** A picture that browsers show by themselves. */
  preview: string | null;
}

const SHOWN_BY_BROWSERS = /\.(png|jpe?g|webp|gif|bmp)$/i;
const sent = new Map<string, Sent>();

/** Send files of one case; with what each of them shows, where it is known. */
export async function send(files: File[], modalities: string[] = []): Promise<Upload> {
  const upload = await api.upload(files, modalities);
  const [first] = files;
  const preview = first && SHOWN_BY_BROWSERS.test(first.name) ? URL.createObjectURL(first) : null;
  sent.set(upload.upload, { upload, preview });
  return upload;
}

/** What was sent from this page before; null of what another page sent. */
export function sentBefore(id: string): Sent | null {
  return sent.get(id) ?? null;
}

/** Which of some modalities the name of a file holds. */
export function modalityIn(name: string, modalities: string[]): string | null {
  return modalities.find((modality) => name.toLowerCase().includes(modality.toLowerCase())) ?? null;
}

/** True where every file is DICOM, by the letters behind its preamble. */
export async function areDicom(files: File[]): Promise<boolean> {
  const marks = await Promise.all(files.map((file) => file.slice(128, 132).text()));
  return marks.every((mark) => mark === "DICM");
}
