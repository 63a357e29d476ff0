// Boxes and points drawn on a picture, as tasks take them: whole voxels of the file, the slowest axis first.
import { PLANES, type Vec3 } from "./grid";
import type { Shown } from "./load";
import type { Box } from "./state";

/** "z0,y0,x0,z1,y1,x1", or "y0,x0,y1,x1" of a plane; the end is not included. */
export function boxText(box: Box, shown: Shown, depth: number): string {
  const { grid } = shown;
  const { through } = PLANES[box.axis];
  const corners = [grid.voxel(box.from), grid.voxel(box.to)].map((corner) => corner.map(Math.round) as Vec3);
  const [low, high] = [Math.min, Math.max].map((pick) => corners[0]!.map((at, axis) => pick(at, corners[1]![axis]!)) as Vec3) as [Vec3, Vec3];
  low[through] -= depth;
  high[through] += depth;
  const [a, b] = [low, high].map((corner) => fileVoxel(inside(corner, grid.dims), shown)) as [Vec3, Vec3];
  const least = a.map((at, axis) => Math.min(at, b[axis]!));
  const most = a.map((at, axis) => Math.max(at, b[axis]!) + 1);
  return [...ordered(least, shown), ...ordered(most, shown)].join(",");
}

/** "z,y,x", or "y,x" of a plane. */
export function pointText(place: Vec3, shown: Shown): string {
  return ordered(fileVoxel(shown.grid.nearest(place), shown), shown).join(",");
}

function fileVoxel(voxel: Vec3, { volume }: Shown): Vec3 {
  return volume ? volume.stored(voxel) : voxel;
}

function inside(voxel: Vec3, dims: Vec3): Vec3 {
  return voxel.map((at, axis) => Math.min(Math.max(at, 0), dims[axis]! - 1)) as Vec3;
}

function ordered(voxel: number[], { grid }: Shown): number[] {
  return (grid.dims[2] > 1 ? voxel.slice() : voxel.slice(0, 2)).reverse();
}
