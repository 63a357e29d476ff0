// Loading of what a pane shows: facts, then the volume itself; masks beside them.
import { type About, api, type ImageRow, pictures } from "../api";
import { type Affine, type Axis, Grid, planeGrid, PLANES, type Vec3 } from "./grid";
import { Labels } from "./labels";
import { Volume } from "./volume";

/** An image ready to be shown. */
export interface Shown {
  content: string;
  grid: Grid;
  /** Values shown black and white at first. */
  usual: [number, number];
  /** Null of planes, and of volumes that only the server can draw. */
  volume: Volume | null;
  channels: number;
}

/** True of what has slices. */
export function isVolume(image: { depth: number | null }): boolean {
  return (image.depth ?? 1) > 1;
}

export async function loadShown(image: ImageRow, signal?: AbortSignal): Promise<Shown> {
  const about = await api.about(image.content, { signal });
  const usual = about.window ?? [about.low, about.high > about.low ? about.high : about.low + 1];
  const facts = { content: image.content, usual: usual as [number, number], channels: about.channels };
  if (about.shape.length < 3) {
    const [height, width] = about.shape.slice(-2) as [number, number];
    return { ...facts, grid: planeGrid(width, height, pair(about.spacing), about.unit), volume: null };
  }
  try {
    const known = { patient: about.letters !== null, unit: about.unit };
    const volume = await Volume.load(pictures.volume(image.content), known, signal);
    return { ...facts, grid: volume.grid, volume };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { ...facts, grid: stackGrid(about), volume: null };
  }
}

/** A mask of a corpus, or one that a task wrote. */
export async function loadMask(address: { content: string } | { file: string }, signal?: AbortSignal): Promise<MaskFile> {
  if ("file" in address) return loadMaskFile(address.file, signal);
  const about = await api.about(address.content, { signal });
  if (about.shape.length > 2) {
    const known = { patient: about.letters !== null, unit: about.unit };
    return volumeMask(await Volume.load(pictures.volume(address.content), known, signal));
  }
  const [height, width] = about.shape.slice(-2) as [number, number];
  const size = Math.min(4096, Math.max(width, height));
  return planeMask(pictures.slice(address.content, { axis: "z", index: 0, low: 0, high: 1, size }), [width, height]);
}

/** A mask, and the file that its grid is of, where it is one of a volume. */
export interface MaskFile {
  labels: Labels;
  volume: Volume | null;
}

async function loadMaskFile(file: string, signal?: AbortSignal): Promise<MaskFile> {
  const path = file.split("?")[0]!;
  if (/\.nii(\.gz)?$/.test(path)) return volumeMask(await Volume.load(file, { patient: true, unit: "mm" }, signal));
  return planeMask(file, null);
}

function volumeMask(volume: Volume): MaskFile {
  return { labels: new Labels(volume.grid, volume.marked()), volume };
}

/** Pixels of a picture that are brighter than half. */
async function planeMask(address: string, whole: [number, number] | null): Promise<MaskFile> {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`the server answered ${response.status} to ${address}`);
  const bitmap = await createImageBitmap(await response.blob());
  const [width, height] = whole ?? [bitmap.width, bitmap.height];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const marked = new Uint8Array(width * height);
  for (let at = 0; at < marked.length; at++) marked[at] = data[at * 4]! > 127 ? 1 : 0;
  return { labels: new Labels(planeGrid(width, height, null, null), marked), volume: null };
}

/** Number of a slice in the file: what is shown may hold fewer, or count a stack from its other end. */
export function storedIndex({ volume, grid }: Shown, axis: Axis, index: number): number {
  const { through } = PLANES[axis];
  if (!volume) return index;
  const voxel: Vec3 = [0, 0, 0];
  voxel[through] = index;
  const whole = volume.factors.every((factor) => factor === 1);
  return grid.facts.patient && whole ? index : volume.stored(voxel)[through]!;
}

/** Grid of a volume that the browser cannot read, by what the server says of it. */
function stackGrid(about: About): Grid {
  const [nz, ny, nx] = about.shape.slice(-3) as Vec3;
  const [sz, sy, sx] = (about.spacing ?? [1, 1, 1]) as Vec3;
  const straight: Affine = [
    [sx, 0, 0, 0],
    [0, sy, 0, 0],
    [0, 0, sz, 0],
  ];
  return new Grid({
    dims: [nx, ny, nz],
    spacing: [sx, sy, sz],
    unit: about.unit,
    affine: (about.affine?.slice(0, 3) as Affine | undefined) ?? straight,
    volume: about.affine !== null,
    patient: about.letters !== null,
  });
}

function pair(spacing: number[] | null): [number, number] | null {
  return spacing && spacing.length >= 2 ? (spacing.slice(-2) as [number, number]) : null;
}
