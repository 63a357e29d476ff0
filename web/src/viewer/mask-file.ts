// A painted mask as a file: NIfTI on the grid of its volume, PNG of a picture.
import type { Labels } from "./labels";
import type { Volume } from "./volume";

/** @param volume Volume on whose grid the mask lies; null of a picture. */
export async function maskFile(labels: Labels, volume: Volume | null, name: string): Promise<File> {
  const stem = name.replace(/[^\w-]+/g, "-") || "mask";
  if (volume) return new File([volume.nifti(labels.marked).slice()], `${stem}.nii`, { type: "application/octet-stream" });
  const [width, height] = labels.grid.dims;
  const image = new ImageData(width, height);
  labels.marked.forEach((value, at) => image.data.set([value * 255, value * 255, value * 255, 255], at * 4));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("the mask could not be written as a picture");
  return new File([blob], `${stem}.png`, { type: "image/png" });
}
