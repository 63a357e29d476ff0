// All images of a case side by side, what is missing shown as missing, with one toolbar and one set of keys.
import "./viewer.css";

import { type ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import type { ImageRow } from "../api";
import { type Binding, useKeys } from "../keys";
import { type Axis, AXIS_NAMES, type Grid, lengthText, PLANES, type Vec3 } from "./grid";
import { isVolume, type Shown } from "./load";
import { moved, type Painting, Pane } from "./pane";
import { type ShownMask, Sight, type Tool, useSeen } from "./state";
import { movedWindow } from "./windows";

interface ViewerProps {
  /** Images by modality; null of one that the corpus has and this case lacks. */
  images: Record<string, ImageRow | null>;
  sight: Sight;
  masks: ShownMask[];
  /** Called when masks are shown or hidden. */
  toggle?: (name: string) => void;
  /** Tools besides those that every viewer has. */
  tools?: Tool[];
  painting?: Painting | null;
  loaded?: (name: string, shown: Shown) => void;
  /** What stands beside the tools. */
  children?: ComponentChildren;
  /** What is laid over each picture, by modality. */
  over?: (name: string) => ComponentChildren;
}

const TOOLS: Record<Tool, { name: string; key: string; does: string }> = {
  crosshair: { name: "Crosshair", key: "x", does: "Move the crosshair" },
  window: { name: "Window", key: "w", does: "Change brightness and contrast" },
  pan: { name: "Pan", key: "h", does: "Move the picture" },
  measure: { name: "Measure", key: "m", does: "Measure a distance" },
  box: { name: "Box", key: "b", does: "Draw a box" },
  point: { name: "Point", key: "o", does: "Put a point" },
  brush: { name: "Brush", key: "b", does: "Paint" },
  eraser: { name: "Eraser", key: "e", does: "Erase" },
};
const ALWAYS: Tool[] = ["crosshair", "window", "pan", "measure"];
const ZOOM = 1.25;

/** The state that the panes of one case share. */
export function useSight(): Sight {
  return useMemo(() => new Sight(), []);
}

export function Viewer({ images, sight, masks, toggle, tools = [], painting, loaded, children, over }: ViewerProps) {
  const seen = useSeen(sight);
  const [opacity, setOpacity] = useState(0.35);
  const [outline, setOutline] = useState(true);
  const shown = useRef<Record<string, Shown>>({});
  const names = Object.keys(images).sort((a, b) => Number(images[b] !== null) - Number(images[a] !== null));
  const volumes = names.some((name) => images[name] && isVolume(images[name]!));
  const all = [...ALWAYS, ...tools];

  const active = () => shown.current[seen.active ?? ""] ?? Object.values(shown.current)[0];
  useKeys("Images", [
    ...keysOfPlaces(sight, active),
    ...keysOfWindows(sight, active),
    ...keysOfTools(sight, all, painting ?? null, active),
    { keys: "t", does: "Show or hide all masks", run: () => toggleAll(masks, toggle) },
    { keys: "u", does: "Outlines of masks on or off", run: () => setOutline((on) => !on) },
  ]);

  const keep = (name: string, one: Shown) => {
    shown.current[name] = one;
    loaded?.(name, one);
  };
  return (
    <section class="viewer" aria-label="Images">
      <div class="viewer-tools" role="toolbar" aria-label="Tools of the images">
        <div class="tool-group" role="group" aria-label="Tool">
          {all.map((tool) => (
            <button
              key={tool}
              class="tool"
              aria-pressed={seen.tool === tool}
              title={`${TOOLS[tool].does} (${TOOLS[tool].key})`}
              onClick={() => sight.set({ tool })}
            >
              {TOOLS[tool].name}
            </button>
          ))}
        </div>
        {volumes && (
          <div class="tool-group" role="group" aria-label="Direction of slices">
            {(["z", "y", "x"] as Axis[]).map((axis, at) => (
              <button
                key={axis}
                class="tool"
                aria-pressed={seen.axis === axis}
                title={`${AXIS_NAMES[axis]} slices (${at + 1})`}
                onClick={() => sight.set({ axis, centre: null })}
              >
                {AXIS_NAMES[axis]}
              </button>
            ))}
          </div>
        )}
        <div class="tool-group" role="group" aria-label="Zoom">
          <button class="tool" aria-label="Zoom out" title="Zoom out (-)" onClick={() => zoom(sight, 1 / ZOOM)}>
            −
          </button>
          <output class="zoom" aria-label="Zoom">
            {Math.round(seen.zoom * 100)} %
          </output>
          <button class="tool" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(sight, ZOOM)}>
            +
          </button>
          <button class="tool" title="Whole images, usual windows, no measures (0)" onClick={() => reset(sight)}>
            Reset
          </button>
        </div>
        {children}
      </div>
      <Measures sight={sight} shown={shown.current} />
      <div class="panes" data-count={names.length}>
        {names.map((name) => {
          const image = images[name];
          if (!image) return <Missing key={name} name={name} />;
          return (
            <Pane
              key={`${name} ${image.content}`}
              name={name}
              image={image}
              sight={sight}
              masks={masks}
              opacity={opacity}
              outline={outline}
              painting={painting}
              loaded={keep}
              over={over}
            />
          );
        })}
      </div>
      {masks.length > 0 && (
        <Masks masks={masks} toggle={toggle} opacity={opacity} setOpacity={setOpacity} outline={outline} setOutline={setOutline} />
      )}
    </section>
  );
}

function Missing({ name }: { name: string }) {
  return (
    <figure class="pane missing" aria-label={`${name}, missing`}>
      <figcaption class="pane-head">
        <strong>{name}</strong>
      </figcaption>
      <div class="pane-film film-missing">
        <p class="pane-note">Missing: this case has no {name}</p>
      </div>
      <div class="pane-foot" />
    </figure>
  );
}

function Measures({ sight, shown }: { sight: Sight; shown: Record<string, Shown> }) {
  const { measured } = useSeen(sight);
  return (
    <p class="measures small" role="status" aria-label="Measures">
      {measured.map((line, at) => {
        const grid = shown[line.on]?.grid;
        const text = grid ? lengthText(grid.distance(line.from, line.to), grid.facts.unit) : "";
        return <span key={at}>{`${line.on}: ${text}`}</span>;
      })}
    </p>
  );
}

interface MasksProps {
  masks: ShownMask[];
  toggle?: (name: string) => void;
  opacity: number;
  setOpacity: (to: number) => void;
  outline: boolean;
  setOutline: (to: boolean) => void;
}

function Masks({ masks, toggle, opacity, setOpacity, outline, setOutline }: MasksProps) {
  return (
    <fieldset class="masks">
      <legend>Masks</legend>
      {masks.map((mask) => (
        <label key={mask.name} class="mask">
          <input
            type="checkbox"
            checked={mask.shown && !mask.empty}
            disabled={mask.empty}
            onChange={() => toggle?.(mask.name)}
          />
          <span class="swatch" style={{ background: `rgb(${mask.colour.join(" ")})` }} />
          {mask.name}
          <span class="muted small">{mask.empty ? "searched for, not there" : sizeOf(mask)}</span>
        </label>
      ))}
      <label class="mask">
        <input type="checkbox" checked={outline} onChange={() => setOutline(!outline)} />
        Outlines
      </label>
      <label class="mask">
        Opacity
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={opacity}
          onInput={(event) => setOpacity(event.currentTarget.valueAsNumber)}
        />
      </label>
    </fieldset>
  );
}

/** Volume or area of a mask, where sizes are known; else its pixels. */
export function sizeOf({ labels }: ShownMask): string {
  if (!labels) return "loading";
  const { count, grid } = labels;
  const { spacing, unit } = grid.facts;
  if (unit === "mm" && grid.dims[2] > 1) {
    return `${((count * spacing[0] * spacing[1] * spacing[2]) / 1000).toPrecision(3)} ml`;
  }
  return `${count} ${grid.dims[2] > 1 ? "voxels" : "pixels"}`;
}

function toggleAll(all: ShownMask[], toggle?: (name: string) => void): void {
  const masks = all.filter((mask) => !mask.empty);
  const any = masks.some((mask) => mask.shown);
  for (const mask of masks) if (mask.shown === any) toggle?.(mask.name);
}

function zoom(sight: Sight, by: number): void {
  sight.set({ zoom: Math.min(Math.max(sight.now.zoom * by, 0.5), 64) });
}

function reset(sight: Sight): void {
  sight.set({ zoom: 1, centre: null, windows: {}, measured: [], begun: null, box: null, point: null });
}

function keysOfPlaces(sight: Sight, active: () => Shown | undefined): Binding[] {
  const step = (by: number) => () => {
    const grid = active()?.grid;
    if (grid) sight.set({ place: stepped(grid, sight, (plane) => plane.through, by) });
  };
  const shift = (which: "across" | "down", by: number) => () => {
    const grid = active()?.grid;
    if (grid) sight.set({ place: stepped(grid, sight, (plane) => plane[which], grid.facts.volume ? -by : by) });
  };
  return [
    { keys: "ArrowUp", does: "Next slice", run: step(1) },
    { keys: "ArrowDown", does: "Slice before", run: step(-1) },
    { keys: "PageUp", does: "Ten slices on", run: step(10) },
    { keys: "PageDown", does: "Ten slices back", run: step(-10) },
    { keys: "j", does: "Crosshair to the left", run: shift("across", -1) },
    { keys: "l", does: "Crosshair to the right", run: shift("across", 1) },
    { keys: "i", does: "Crosshair up", run: shift("down", -1) },
    { keys: "k", does: "Crosshair down", run: shift("down", 1) },
    { keys: "1", does: "Axial slices", run: () => sight.set({ axis: "z", centre: null }) },
    { keys: "2", does: "Coronal slices", run: () => sight.set({ axis: "y", centre: null }) },
    { keys: "3", does: "Sagittal slices", run: () => sight.set({ axis: "x", centre: null }) },
    { keys: "+", does: "Zoom in", run: () => zoom(sight, ZOOM) },
    { keys: "-", does: "Zoom out", run: () => zoom(sight, 1 / ZOOM) },
    { keys: "c", does: "Crosshair into the middle of the picture", run: () => sight.set({ centre: sight.now.place }) },
    { keys: "0", does: "Whole images, usual windows, no measures", run: () => reset(sight) },
  ];
}

function stepped(grid: Grid, sight: Sight, which: (plane: (typeof PLANES)["z"]) => number, by: number): Vec3 {
  const plane = PLANES[grid.facts.volume ? sight.now.axis : "z"];
  const place = sight.now.place ?? grid.middle;
  const at = which(plane);
  const axis = (["x", "y", "z"] as Axis[])[at]!;
  return moved(grid, place, axis, grid.nearest(place)[at]! + by);
}

function keysOfWindows(sight: Sight, active: () => Shown | undefined): Binding[] {
  const change = (wider: number, up: number) => () => {
    const one = active();
    const name = sight.now.active;
    if (!one || !name) return;
    const now = sight.now.windows[name] ?? one.usual;
    const span = one.usual[1] - one.usual[0];
    sight.set({ windows: { ...sight.now.windows, [name]: movedWindow(now, wider * span, up * span) } });
  };
  return [
    { keys: ",", does: "Brighter", run: change(0, -0.05) },
    { keys: ".", does: "Darker", run: change(0, 0.05) },
    { keys: "<", does: "More contrast", run: change(-0.05, 0) },
    { keys: ">", does: "Less contrast", run: change(0.05, 0) },
  ];
}

function keysOfTools(sight: Sight, tools: Tool[], painting: Painting | null, active: () => Shown | undefined): Binding[] {
  const take = tools.map((tool) => ({ keys: TOOLS[tool].key, does: TOOLS[tool].does, run: () => sight.set({ tool }) }));
  return [...take, { keys: "d", does: "Use the tool at the crosshair", run: () => useTool(sight, painting, active) }];
}

/** What a click does, at the crosshair: lines and boxes take two. */
function useTool(sight: Sight, painting: Painting | null, active: () => Shown | undefined): void {
  const { tool, place, begun, axis, measured } = sight.now;
  const one = active();
  const on = sight.now.active;
  if (!place || !one || !on) return;
  if (tool === "point") return sight.set({ point: place });
  if (tool === "brush" || tool === "eraser") {
    painting?.begin();
    painting?.stroke(place, place, tool === "eraser");
    return painting?.end();
  }
  if (tool !== "measure" && tool !== "box") return;
  if (!begun) return sight.set({ begun: place });
  const drawn = { on, axis: one.grid.facts.volume ? axis : ("z" as Axis), from: begun, to: place };
  sight.set(tool === "box" ? { box: drawn, begun: null } : { measured: [...measured, drawn], begun: null });
}
