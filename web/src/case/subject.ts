// `Subject`: what a question or an outline is about: a case of the corpus, or images of one's own.
import { api, type ImageRow, type Input, pictures, type WholeCase } from "../api";
import { type Loaded, useLoad } from "../load";
import { guessedModality, nameOf } from "../uploads";

export interface Subject {
  /** The case; null of images of one's own. */
  found: WholeCase | null;
  name: string;
  /** Images by what they show; null of one that the corpus has and the case lacks. */
  images: Record<string, ImageRow | null>;
  input: Input;
  /** True of DICOM files, which segmentations can refer to. */
  isDicom: boolean;
  /** True where the images have a place in the patient. */
  isPlaced: boolean;
}

/**
 * What an address names.
 *
 * @param id A case.
 * @param upload Files that were sent, where there is no case.
 * @param modality What a file that was sent shows; where nobody says, one picture shows what its name says.
 * @param modalities What the model reads, as soon as that is known.
 */
export function useSubject(id: string | null, upload: string | null, modality: string | null, modalities: string[]): Loaded<Subject> {
  const key = id || upload ? JSON.stringify([id, id ? null : upload]) : null;
  const loaded = useLoad(key, (signal) => (id ? ofCase(id, signal) : ofUpload(upload!, signal)));
  return { ...loaded, value: loaded.value && showing(loaded.value, modality ?? guessed(loaded.value, modalities)) };
}

async function ofCase(id: string, signal: AbortSignal): Promise<Subject> {
  const found = await api.case(id, { signal });
  // A corpus keeps scans as NIfTI: the series that a segmentation could refer to is not in it.
  return { found, name: found.id, images: found.images, input: { case: found.id }, isDicom: false, isPlaced: true };
}

async function ofUpload(id: string, signal: AbortSignal): Promise<Subject> {
  const upload = await api.uploaded(id, { signal });
  const told = await Promise.all(Object.values(upload.images).map((content) => api.about(content, { signal })));
  const rows = Object.entries(upload.images).map(([name, content], at): [string, ImageRow] => {
    const [width = 1, height = 1, depth = 1] = told[at]!.shape.slice().reverse();
    return [name, { content, width, height, depth, format: "", thumbnail: pictures.thumbnail(content) }];
  });
  return {
    found: null,
    name: nameOf(upload),
    images: Object.fromEntries(rows),
    input: { upload: id },
    isDicom: upload.kind === "dicom",
    isPlaced: told.some((about) => about.letters !== null),
  };
}

/** What one picture of one's own shows, by its name; DICOM files say it themselves. */
function guessed({ found, name, images, isDicom }: Subject, modalities: string[]): string | null {
  return found || isDicom || Object.keys(images).length !== 1 ? null : guessedModality(name, modalities);
}

/** Images of one's own under the name of what they show, once that is said. */
function showing(subject: Subject, modality: string | null): Subject {
  const rows = Object.values(subject.images);
  if (subject.found || !modality) return subject;
  const images = rows.length === 1 ? { [modality]: rows[0]! } : subject.images;
  return { ...subject, images, input: { ...subject.input, modality } };
}
