// Where a slice lies on a screen: `Placing` leads from places to points of a pane and back.
import { type Axis, type Grid, PLANES, type Vec3 } from "./grid";

export class Placing {
  /** Screen points of one unit of the grid. */
  readonly scale: number;
  /** Point of the slice in the middle of the pane, from its left and top, in the grid's unit. */
  readonly centre: [number, number];

  constructor(
    readonly grid: Grid,
    readonly axis: Axis,
    readonly index: number,
    readonly width: number,
    readonly height: number,
    readonly zoom: number,
    centre: Vec3 | null,
  ) {
    const [wide, tall] = grid.extent(axis);
    this.scale = Math.min(width / wide, height / tall) * zoom;
    this.centre = centre ? this.along(grid.seen(grid.voxel(centre), axis)) : [wide / 2, tall / 2];
  }

  /** Left, top, width and height of the whole slice. */
  get rectangle(): [number, number, number, number] {
    const [wide, tall] = this.grid.extent(this.axis);
    const left = this.width / 2 - this.centre[0] * this.scale;
    const top = this.height / 2 - this.centre[1] * this.scale;
    return [left, top, wide * this.scale, tall * this.scale];
  }

  /** Point of a place, as if it lay in this slice. */
  point(place: Vec3): [number, number] {
    const [u, v] = this.along(this.grid.seen(this.grid.voxel(place), this.axis));
    return [this.width / 2 + (u - this.centre[0]) * this.scale, this.height / 2 + (v - this.centre[1]) * this.scale];
  }

  /** Place of a point, in this slice. */
  place(x: number, y: number): Vec3 {
    const { across, down } = PLANES[this.axis];
    const { spacing } = this.grid.facts;
    const column = ((x - this.width / 2) / this.scale + this.centre[0]) / spacing[across]! - 0.5;
    const row = ((y - this.height / 2) / this.scale + this.centre[1]) / spacing[down]! - 0.5;
    return this.grid.place(this.grid.unseen(column, row, this.axis, this.index));
  }

  private along([column, row]: [number, number]): [number, number] {
    const { across, down } = PLANES[this.axis];
    const { spacing } = this.grid.facts;
    return [(column + 0.5) * spacing[across]!, (row + 0.5) * spacing[down]!];
  }
}

/** Where the mouse is, from the left and top of an element's content. */
export function pointOf(event: MouseEvent, element: HTMLElement): [number, number] {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left - element.clientLeft, event.clientY - box.top - element.clientTop];
}

/** Length of a scale bar and its words: a round number, about a fifth of a pane. */
export function scaleBar(placing: Placing): { points: number; text: string } | null {
  const { unit } = placing.grid.facts;
  if (!unit) return null;
  const most = placing.width / 4 / placing.scale;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((step) => step * power).find((step) => step <= most) ?? power;
  const micrometres = unit === "nm" && length >= 1000;
  return { points: length * placing.scale, text: `${round(micrometres ? length / 1000 : length)} ${micrometres ? "µm" : unit}` };
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
