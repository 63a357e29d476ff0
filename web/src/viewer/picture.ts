// A picture of a slice with the outlines that lie on it, as a PNG file to keep.
import { pictures } from "../api";
import type { Axis } from "./grid";
import { drawMask } from "./labels";
import { type Shown, storedIndex } from "./load";
import type { ShownMask } from "./state";

const SIDE = 1024; // pixels of the longer side

export async function slicePicture(
  shown: Shown,
  axis: Axis,
  index: number,
  window: [number, number],
  masks: ShownMask[],
): Promise<Blob> {
  const [low, high] = window;
  const asked = { axis, index: storedIndex(shown, axis, index), low, high, size: SIDE };
  const response = await fetch(pictures.slice(shown.content, asked), { credentials: "same-origin" });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const bitmap = await createImageBitmap(await response.blob());
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  const context = canvas.getContext("2d")!;
  context.drawImage(bitmap, 0, 0);
  for (const { shown: visible, labels, colour } of masks) {
    if (!visible || !labels) continue;
    const marked = labels.slice(shown.grid, axis, index);
    const to: [number, number, number, number] = [0, 0, canvas.width, canvas.height];
    drawMask(context, marked, shown.grid.size(axis), to, { colour, opacity: 0.25, outline: true });
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))), "image/png"),
  );
}

/** Let the browser save a file. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
