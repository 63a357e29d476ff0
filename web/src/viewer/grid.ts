// `Grid`: the voxels of an image, where they lie, and how a slice of them is seen on a screen.
//
// Voxels are counted (i, j, k) in the closest RAS+ orientation: to the patient's right, front and head. Slices of volumes
// are seen in radiological convention, the patient's right on the left, as the server draws them; planes as they are
// stored. Places are shared between images in millimetres of the patient; between planes, which lie in no patient, as
// shares of the width.

export type Vec3 = [number, number, number];
export type Axis = "x" | "y" | "z";

/** Rows of a 4 x 4 matrix without the last. */
export type Affine = [number[], number[], number[]];

export interface GridFacts {
  dims: Vec3;
  /** Size of a voxel along each axis, in `unit`; of unknown size, 1. */
  spacing: Vec3;
  unit: "mm" | "nm" | null;
  /** Voxel to the place that images share. */
  affine: Affine;
  /** True for a volume, of which the last voxel of an axis is seen at the left or the top. */
  volume: boolean;
  /** True where the letters of the patient's sides mean something. */
  patient: boolean;
}

/** Axes of a slice: `through` numbers the slices, `across` goes from left to right, `down` from top to bottom. */
export interface Plane {
  through: 0 | 1 | 2;
  across: 0 | 1 | 2;
  down: 0 | 1 | 2;
}

export const PLANES: Record<Axis, Plane> = {
  z: { through: 2, across: 0, down: 1 },
  y: { through: 1, across: 0, down: 2 },
  x: { through: 0, across: 1, down: 2 },
};

export const AXIS_NAMES: Record<Axis, string> = { z: "axial", y: "coronal", x: "sagittal" };

const LETTERS: Record<Axis, { left: string; right: string; top: string; bottom: string }> = {
  z: { left: "R", right: "L", top: "A", bottom: "P" },
  y: { left: "R", right: "L", top: "S", bottom: "I" },
  x: { left: "A", right: "P", top: "S", bottom: "I" },
};

export class Grid {
  private readonly inverse: Affine;

  constructor(readonly facts: GridFacts) {
    this.inverse = inverted(facts.affine);
  }

  get dims(): Vec3 {
    return this.facts.dims;
  }

  /** The place that images share, of a voxel; whole numbers are centres. */
  place(voxel: Vec3): Vec3 {
    return times(this.facts.affine, voxel);
  }

  /** Voxel of a place, not rounded. */
  voxel(place: Vec3): Vec3 {
    return times(this.inverse, place);
  }

  /** Nearest voxel of a place; null outside of the image. */
  inside(place: Vec3): Vec3 | null {
    const found = this.voxel(place).map(Math.round) as Vec3;
    return found.every((at, axis) => at >= 0 && at < this.facts.dims[axis]!) ? found : null;
  }

  /** Nearest voxel of a place, moved into the image. */
  nearest(place: Vec3): Vec3 {
    const { dims } = this.facts;
    return this.voxel(place).map((at, axis) => Math.min(Math.max(Math.round(at), 0), dims[axis]! - 1)) as Vec3;
  }

  /** Place in the middle. */
  get middle(): Vec3 {
    return this.place(this.facts.dims.map((n) => Math.floor(n / 2)) as Vec3);
  }

  /** Columns and rows of a slice. */
  size(axis: Axis): [number, number] {
    const { across, down } = PLANES[axis];
    return [this.facts.dims[across], this.facts.dims[down]];
  }

  /** Width and height of a slice, in units of the spacing. */
  extent(axis: Axis): [number, number] {
    const { across, down } = PLANES[axis];
    const { dims, spacing } = this.facts;
    return [dims[across] * spacing[across], dims[down] * spacing[down]];
  }

  /** Column and row of a voxel in a slice, not rounded; the centre of the first is 0. */
  seen(voxel: Vec3, axis: Axis): [number, number] {
    const { across, down } = PLANES[axis];
    return [this.flip(voxel[across], across), this.flip(voxel[down], down)];
  }

  /** Voxel of a column and a row of a slice. */
  unseen(column: number, row: number, axis: Axis, index: number): Vec3 {
    const { through, across, down } = PLANES[axis];
    const voxel: Vec3 = [0, 0, 0];
    voxel[through] = index;
    voxel[across] = this.flip(column, across);
    voxel[down] = this.flip(row, down);
    return voxel;
  }

  /** Distance of two places in the unit of the image; null where its spacing is unknown. */
  distance(a: Vec3, b: Vec3): number | null {
    if (this.facts.unit === null) return null;
    const [from, to] = [this.voxel(a), this.voxel(b)];
    return Math.hypot(...from.map((at, axis) => (at - to[axis]!) * this.facts.spacing[axis]!));
  }

  /** Letters of the patient's sides around a slice; null where they are unknown. */
  letters(axis: Axis) {
    return this.facts.patient ? LETTERS[axis] : null;
  }

  private flip(at: number, axis: number): number {
    return this.facts.volume ? this.facts.dims[axis]! - 1 - at : at;
  }
}

/** Grid of a picture of so many pixels. */
export function planeGrid(width: number, height: number, spacing: [number, number] | null, unit: "mm" | "nm" | null): Grid {
  const share = 1 / width;
  const [down, across] = spacing ?? [1, 1];
  return new Grid({
    dims: [width, height, 1],
    spacing: [across, down, 1],
    unit: spacing ? unit : null,
    affine: [
      [share, 0, 0, share / 2],
      [0, share, 0, share / 2],
      [0, 0, 1, 0],
    ],
    volume: false,
    patient: false,
  });
}

/** A length in words: "12.3 mm", "450 nm", "1.20 µm". */
export function lengthText(length: number | null, unit: "mm" | "nm" | null): string {
  if (length === null || unit === null) return "size of a pixel unknown";
  if (unit === "mm") return `${length.toFixed(1)} mm`;
  return length < 1000 ? `${length.toFixed(0)} nm` : `${(length / 1000).toFixed(2)} µm`;
}

function times(matrix: Affine, [x, y, z]: Vec3): Vec3 {
  return matrix.map((row) => row[0]! * x + row[1]! * y + row[2]! * z + row[3]!) as Vec3;
}

function inverted(matrix: Affine): Affine {
  const [[a, b, c, tx], [d, e, f, ty], [g, h, i, tz]] = matrix as unknown as number[][] as [
    [number, number, number, number],
    [number, number, number, number],
    [number, number, number, number],
  ];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const rows = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((value) => value / determinant));
  return rows.map((row) => [...row, -(row[0]! * tx + row[1]! * ty + row[2]! * tz)]) as Affine;
}
