// `Labels`: a mask in memory, seen on the slices of any image that shares its places, and painted on by hand.
import { type Axis, type Grid, PLANES, type Vec3 } from "./grid";

const UNDO = 20; // strokes that can be taken back

export class Labels {
  /** Counts changes, so that what was drawn before is known to be old. */
  version = 0;
  private readonly before: { at: Uint32Array; values: Uint8Array }[] = [];
  private stroke: Map<number, number> | null = null;

  /** @param marked One value a voxel, in the order i, j, k of the grid. */
  constructor(
    readonly grid: Grid,
    readonly marked: Uint8Array,
  ) {}

  /** An empty mask. */
  static empty(grid: Grid): Labels {
    return new Labels(grid, new Uint8Array(grid.dims[0] * grid.dims[1] * grid.dims[2]));
  }

  /** Voxels that are marked. */
  get count(): number {
    let sum = 0;
    for (const value of this.marked) if (value) sum++;
    return sum;
  }

  get canUndo(): boolean {
    return this.before.length > 0;
  }

  /** A marked voxel, the nearest to the middle of the slice that holds most of them; null of an empty mask. */
  get heart(): Vec3 | null {
    const [nx, ny, nz] = this.grid.dims;
    let best: Vec3[] = [];
    for (let k = 0; k < nz; k++) {
      const found: Vec3[] = [];
      for (let at = k * nx * ny, end = at + nx * ny; at < end; at++) {
        if (this.marked[at]) found.push([at % nx, Math.floor(at / nx) % ny, k]);
      }
      if (found.length > best.length) best = found;
    }
    const [x, y] = [0, 1].map((axis) => best.reduce((sum, voxel) => sum + voxel[axis]!, 0) / best.length) as [number, number];
    const away = ([i, j]: Vec3) => Math.hypot(i - x, j - y);
    return best.reduce<Vec3 | null>((nearest, voxel) => (nearest && away(nearest) <= away(voxel) ? nearest : voxel), null);
  }

  /** Which pixels of a slice of an image are marked, row by row from the top. */
  slice(on: Grid, axis: Axis, index: number): Uint8Array {
    const [columns, rows] = on.size(axis);
    const seen = new Uint8Array(columns * rows);
    // Both grids are straight, so a step along a row of the one is the same step in the other everywhere.
    const origin = this.grid.voxel(on.place(on.unseen(0, 0, axis, index)));
    const right = difference(this.grid.voxel(on.place(on.unseen(1, 0, axis, index))), origin);
    const down = difference(this.grid.voxel(on.place(on.unseen(0, 1, axis, index))), origin);
    const [nx, ny, nz] = this.grid.dims;
    for (let row = 0, to = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, to++) {
        const i = Math.round(origin[0] + column * right[0] + row * down[0]);
        const j = Math.round(origin[1] + column * right[1] + row * down[1]);
        const k = Math.round(origin[2] + column * right[2] + row * down[2]);
        if (i >= 0 && j >= 0 && k >= 0 && i < nx && j < ny && k < nz) seen[to] = this.marked[(k * ny + j) * nx + i]!;
      }
    }
    return seen;
  }

  /** Begin a stroke, which is taken back as one. */
  begin(): void {
    this.stroke = new Map();
  }

  /** Mark or clear a disc around a voxel, within its slice; `radius` in units of the grid's spacing. */
  dab(voxel: Vec3, axis: Axis, radius: number, value: 0 | 1): void {
    const { across, down } = PLANES[axis];
    const { dims, spacing } = this.grid.facts;
    const centre = voxel.map(Math.round) as Vec3;
    const reach = [across, down].map((which) => Math.ceil(radius / spacing[which]!)) as [number, number];
    for (let a = -reach[0]; a <= reach[0]; a++) {
      for (let b = -reach[1]; b <= reach[1]; b++) {
        if (Math.hypot(a * spacing[across]!, b * spacing[down]!) > radius && (a || b)) continue;
        const at: Vec3 = [...centre];
        at[across] += a;
        at[down] += b;
        if (at.some((place, which) => place < 0 || place >= dims[which]!)) continue;
        this.set((at[2] * dims[1] + at[1]) * dims[0] + at[0], value);
      }
    }
    this.version++;
  }

  /** Discs along a line, so that a fast stroke has no gaps. */
  line(from: Vec3, to: Vec3, axis: Axis, radius: number, value: 0 | 1): void {
    const steps = Math.max(1, ...from.map((at, which) => Math.ceil(Math.abs(at - to[which]!))));
    for (let step = 0; step <= steps; step++) {
      const at = from.map((start, which) => start + ((to[which]! - start) * step) / steps) as Vec3;
      this.dab(at, axis, radius, value);
    }
  }

  end(): void {
    if (this.stroke?.size) {
      this.before.push({ at: Uint32Array.from(this.stroke.keys()), values: Uint8Array.from(this.stroke.values()) });
      if (this.before.length > UNDO) this.before.shift();
    }
    this.stroke = null;
  }

  /** Take the last stroke back. */
  undo(): void {
    const last = this.before.pop();
    if (!last) return;
    last.at.forEach((at, which) => {
      this.marked[at] = last.values[which]!;
    });
    this.version++;
  }

  private set(at: number, value: 0 | 1): void {
    if (this.marked[at] === value) return;
    if (this.stroke && !this.stroke.has(at)) this.stroke.set(at, this.marked[at]!);
    this.marked[at] = value;
  }
}

/** How a mask is drawn. */
export interface Style {
  colour: [number, number, number];
  opacity: number;
  outline: boolean;
}

/**
 * Draw the marked pixels of a slice.
 *
 * @param seen Which pixels are marked, row by row.
 * @param to Left, top, width and height of the slice on the canvas.
 */
export function drawMask(
  context: CanvasRenderingContext2D,
  seen: Uint8Array,
  [columns, rows]: [number, number],
  to: [number, number, number, number],
  { colour, opacity, outline }: Style,
): void {
  const [left, top, width, height] = to;
  const image = new ImageData(columns, rows);
  const [red, green, blue] = colour;
  for (let at = 0; at < seen.length; at++) if (seen[at]) image.data.set([red, green, blue, opacity * 255], at * 4);
  const cells = document.createElement("canvas");
  [cells.width, cells.height] = [columns, rows];
  cells.getContext("2d")!.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(cells, left, top, width, height);
  if (outline) drawOutline(context, seen, columns, rows, to, `rgb(${red} ${green} ${blue})`);
}

/** Borders between marked pixels and others, as lines of the screen, however large a pixel is. */
function drawOutline(
  context: CanvasRenderingContext2D,
  seen: Uint8Array,
  columns: number,
  rows: number,
  [left, top, width, height]: [number, number, number, number],
  colour: string,
): void {
  const [wide, tall] = [width / columns, height / rows];
  const marked = (column: number, row: number) =>
    column >= 0 && row >= 0 && column < columns && row < rows && seen[row * columns + column]! > 0;
  context.beginPath();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!marked(column, row)) continue;
      const [x, y] = [left + column * wide, top + row * tall];
      if (!marked(column - 1, row)) line(context, x, y, x, y + tall);
      if (!marked(column + 1, row)) line(context, x + wide, y, x + wide, y + tall);
      if (!marked(column, row - 1)) line(context, x, y, x + wide, y);
      if (!marked(column, row + 1)) line(context, x, y + tall, x + wide, y + tall);
    }
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.stroke();
}

function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

function difference(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}
