// What all images of a case are seen with: one place, one axis, one zoom, a window for each, and the tool in hand.
import { useEffect, useState } from "preact/hooks";

import type { Axis, Vec3 } from "./grid";
import type { Labels } from "./labels";

export type Tool = "crosshair" | "window" | "pan" | "measure" | "box" | "point" | "brush" | "eraser";

/** A line between two places, measured in the image named. */
export interface Measured {
  on: string;
  axis: Axis;
  from: Vec3;
  to: Vec3;
}

/** A box between two corners, drawn on a slice of the image named. */
export interface Box {
  on: string;
  axis: Axis;
  from: Vec3;
  to: Vec3;
  /** True of one that reaches through the slices between its corners and no further; else it stands on all of its axis. */
  solid?: boolean;
}

export interface Seen {
  axis: Axis;
  /** Where the crosshair stands; null until the first image has come, which then says where its middle is. */
  place: Vec3 | null;
  /** What stands in the middle of each picture; null is the middle of the image. */
  centre: Vec3 | null;
  zoom: number;
  /** Values shown black and white, by image. */
  windows: Record<string, [number, number]>;
  tool: Tool;
  measured: Measured[];
  /** First end of what is being drawn by keys. */
  begun: Vec3 | null;
  box: Box | null;
  point: Vec3 | null;
  /** Image that keys act on. */
  active: string | null;
  /** Radius of the brush, in the unit of the image. */
  radius: number;
}

/** A mask as it is shown. */
export interface ShownMask {
  name: string;
  colour: [number, number, number];
  shown: boolean;
  labels: Labels | null;
  /** True where somebody looked for the structure and found none. */
  empty: boolean;
}

const FIRST: Seen = {
  axis: "z",
  place: null,
  centre: null,
  zoom: 1,
  windows: {},
  tool: "crosshair",
  measured: [],
  begun: null,
  box: null,
  point: null,
  active: null,
  radius: 1,
};

/** The state that panes share; each is drawn again when it changes. */
export class Sight {
  private readonly listeners = new Set<() => void>();

  constructor(public now: Seen = FIRST) {}

  set(change: Partial<Seen>): void {
    this.now = { ...this.now, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Draw again although nothing here changed, such as after a stroke of the brush. */
  touch(): void {
    this.set({});
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** What is seen now; the component is drawn again when it changes. */
export function useSeen(sight: Sight): Seen {
  const [, draw] = useState({});
  useEffect(() => sight.listen(() => draw({})), [sight]);
  return sight.now;
}

/** Colours of masks: bright on grey scans, told apart by people who see red and green alike, too. */
export const MASK_COLOURS: [number, number, number][] = [
  [255, 176, 0],
  [86, 180, 233],
  [240, 84, 176],
  [120, 220, 120],
  [255, 105, 60],
  [170, 140, 255],
  [245, 240, 90],
  [0, 200, 180],
];
