// `placeOfRegion`: where a region that a prediction rests on lies, and the box around it.
import { type Axis, type Vec3 } from "./grid";
import type { Shown } from "./load";
import type { Seen } from "./state";

/**
 * What to look at for a box in pixels of the file.
 *
 * @param text "y0,x0,y1,x1" or "z0,y0,x0,z1,y1,x1", half open.
 */
export function placeOfRegion(text: string, { grid, volume }: Pick<Shown, "grid" | "volume">): Partial<Seen> | null {
  const numbers = text.split(",").map(Number);
  if (![4, 6].includes(numbers.length) || numbers.some((one) => !Number.isInteger(one))) return null;
  const half = numbers.length / 2;
  const [first, last] = [numbers.slice(0, half).reverse(), numbers.slice(half).reverse()];
  const from = voxelOf(first, 0);
  const to = voxelOf(last, -1);
  const [a, b] = [from, to].map((at) => grid.place(volume ? volume.loaded(at) : at)) as [Vec3, Vec3];
  const place = a.map((at, axis) => (at + b[axis]!) / 2) as Vec3;
  const axis: Axis = "z";
  return { place, axis, box: { on: "", axis, from: a, to: b, solid: true } };
}

function voxelOf([x = 0, y = 0, z = 0]: number[], by: number): Vec3 {
  return [x + by, y + by, z + (z || by === 0 ? by : 0)];
}
