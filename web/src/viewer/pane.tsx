// One image of a case on the screen: its slice, what lies over it, and what the mouse does to it.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { ImageRow } from "../api";
import { Base } from "./base";
import { AXIS_NAMES, type Grid, PLANES, type Vec3 } from "./grid";
import { drawMask } from "./labels";
import { loadShown, type Shown } from "./load";
import { Over } from "./over";
import { Placing, pointOf } from "./placing";
import { Readout } from "./readout";
import { useSeen, type ShownMask, type Sight } from "./state";
import { movedWindow, presets, windowText } from "./windows";

export interface Painting {
  /** Called with two ends of a part of a stroke, in the places that images share. */
  stroke: (from: Vec3, to: Vec3, erase: boolean) => void;
  begin: () => void;
  end: () => void;
}

interface PaneProps {
  name: string;
  image: ImageRow;
  sight: Sight;
  masks: ShownMask[];
  opacity: number;
  outline: boolean;
  painting?: Painting | null;
  /** A map laid over the image, such as saliency. */
  over?: (name: string) => ComponentChildren;
  loaded?: (name: string, shown: Shown) => void;
}

export function Pane({ name, image, sight, masks, opacity, outline, painting, over, loaded }: PaneProps) {
  const seen = useSeen(sight);
  const [shown, setShown] = useState<Shown | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const film = useRef<HTMLDivElement>(null);
  const marks = useRef<HTMLCanvasElement>(null);
  const [width, height] = useSize(film);

  useEffect(() => {
    const stop = new AbortController();
    setShown(null);
    setFailed(null);
    loadShown(image, stop.signal).then(
      (found) => {
        setShown(found);
        if (!sight.now.place) sight.set({ place: found.grid.middle });
        loaded?.(name, found);
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setFailed(error instanceof Error ? error.message : String(error));
      },
    );
    return () => stop.abort();
  }, [image.content]);

  const axis = shown?.grid.facts.volume === false && shown.grid.dims[2] === 1 ? "z" : seen.axis;
  const place = seen.place ?? shown?.grid.middle ?? [0, 0, 0];
  const voxel = shown?.grid.nearest(place) ?? [0, 0, 0];
  const index = voxel[PLANES[axis].through];
  const placing = shown && width ? new Placing(shown.grid, axis, index, width, height, seen.zoom, seen.centre) : null;
  const window = seen.windows[name] ?? shown?.usual ?? [0, 1];

  useLayoutEffect(() => {
    if (placing && marks.current) drawMarks(marks.current, placing, masks, { opacity, outline });
  });
  usePointer(film, { name, sight, placing, shown, window, painting: painting ?? null });

  const slices = shown ? shown.grid.dims[PLANES[axis].through] : 1;
  const choose = (at: number) => shown && sight.set({ place: moved(shown.grid, place, axis, at), active: name });
  return (
    <figure class="pane" aria-label={name}>
      <figcaption class="pane-head">
        <strong>{name}</strong>
        {shown && (
          <select
            aria-label={`Window of ${name}`}
            value={seen.windows[name] ? windowText(window) : "usual"}
            onChange={(event) => sight.set({ windows: chosen(seen.windows, name, shown, event.currentTarget.value) })}
          >
            <option value="usual">Usual window</option>
            {presets(shown.usual).map((preset) => (
              <option key={preset.name} value={windowText(preset.window)}>
                {preset.name}
              </option>
            ))}
            {seen.windows[name] && <option value={windowText(window)}>By hand</option>}
          </select>
        )}
      </figcaption>
      <div
        class={`pane-film film-tool-${seen.tool}`}
        ref={film}
        tabIndex={0}
        role="application"
        aria-roledescription="image viewer"
        aria-label={slices > 1 ? `${name}, ${AXIS_NAMES[axis]} slice ${index + 1} of ${slices}` : name}
        data-axis={axis}
        data-index={index}
        onFocus={() => sight.set({ active: name })}
      >
        {shown && placing && <Base shown={shown} placing={placing} window={window} name={name} />}
        {over && placing && <div class="map" style={rectangleStyle(placing)}>{over(name)}</div>}
        <canvas class="marks" ref={marks} aria-hidden="true" />
        {placing && shown && (
          <>
            <Over placing={placing} seen={seen} place={place} name={name} />
            <Corners shown={shown} axis={axis} index={index} slices={slices} window={window} />
          </>
        )}
        {failed && <p class="pane-note">This image could not be loaded: {failed}</p>}
        {!shown && !failed && <p class="pane-note">Loading</p>}
      </div>
      <div class="pane-foot">
        {slices > 1 && (
          <input
            type="range"
            min={0}
            max={slices - 1}
            value={index}
            aria-label={`Slice of ${name}`}
            onInput={(event) => choose(event.currentTarget.valueAsNumber)}
          />
        )}
        {shown ? <Readout {...{ name, film, shown, placing, place }} /> : <output class="value" />}
      </div>
    </figure>
  );
}

function Corners(props: { shown: Shown; axis: "x" | "y" | "z"; index: number; slices: number; window: [number, number] }) {
  const { shown, axis, index, slices, window } = props;
  const letters = shown.grid.letters(axis);
  return (
    <div class="corners">
      <span class="corner at-start">{slices > 1 ? `${AXIS_NAMES[axis]} ${index + 1}/${slices}` : sizeText(shown.grid)}</span>
      <span class="corner at-end">{windowText(window)}</span>
      {letters && (
        <>
          <span class="letter at-left">{letters.left}</span>
          <span class="letter at-right">{letters.right}</span>
          <span class="letter at-top">{letters.top}</span>
          <span class="letter at-bottom">{letters.bottom}</span>
        </>
      )}
    </div>
  );
}

function rectangleStyle({ rectangle: [left, top, width, height] }: Placing) {
  return { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
}

/** Width and height of an element's content, as they are now. */
function useSize(element: { current: HTMLElement | null }): [number, number] {
  const [size, setSize] = useState<[number, number]>([0, 0]);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const measure = () => setSize([current.clientWidth, current.clientHeight]);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return size;
}

function drawMarks(
  canvas: HTMLCanvasElement,
  placing: Placing,
  masks: ShownMask[],
  style: { opacity: number; outline: boolean },
): void {
  const dense = devicePixelRatio || 1;
  const [width, height] = [Math.round(placing.width * dense), Math.round(placing.height * dense)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d")!;
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, placing.width, placing.height);
  for (const mask of masks) {
    if (!mask.shown || !mask.labels || mask.empty) continue;
    const marked = mask.labels.slice(placing.grid, placing.axis, placing.index);
    drawMask(context, marked, placing.grid.size(placing.axis), placing.rectangle, { ...style, colour: mask.colour });
  }
}

interface Held {
  name: string;
  sight: Sight;
  placing: Placing | null;
  shown: Shown | null;
  window: [number, number];
  painting: Painting | null;
}

/** What the mouse, a pen or a finger does: the tool in hand; with the right button the window, with the middle one panning. */
function usePointer(film: { current: HTMLElement | null }, held: Held): void {
  const latest = useRef(held);
  latest.current = held;
  useEffect(() => {
    const element = film.current;
    if (!element) return;
    let drag: Drag | null = null;
    const down = (event: PointerEvent) => {
      const { placing, sight } = latest.current;
      if (!placing || drag) return;
      event.preventDefault();
      element.focus({ preventScroll: true });
      try {
        element.setPointerCapture(event.pointerId);
      } catch {
        // a pointer that is gone already
      }
      sight.set({ active: latest.current.name });
      drag = startDrag(latest.current, event, pointOf(event, element));
    };
    const move = (event: PointerEvent) => {
      if (!drag) return;
      drag.move(latest.current, pointOf(event, element));
    };
    const up = () => {
      drag?.end?.(latest.current);
      drag = null;
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      turned(latest.current, event, pointOf(event, element));
    };
    const menu = (event: Event) => event.preventDefault();
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("contextmenu", menu);
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("contextmenu", menu);
    };
  }, []);
}

interface Drag {
  move: (held: Held, point: [number, number]) => void;
  end?: (held: Held) => void;
}

function startDrag(held: Held, event: PointerEvent, point: [number, number]): Drag {
  const { sight } = held;
  const tool = event.button === 2 ? "window" : event.button === 1 ? "pan" : sight.now.tool;
  if (tool === "window") return windowDrag(held, point);
  if (tool === "pan") return panDrag(held, point);
  if (tool === "measure") return lineDrag(held, point);
  if (tool === "box") return boxDrag(held, point);
  if (tool === "brush" || tool === "eraser") return brushDrag(held, point, tool === "eraser");
  const put = (now: Held, at: [number, number]) => {
    const place = now.placing!.place(...at);
    sight.set(tool === "point" ? { place, point: place } : { place });
  };
  put(held, point);
  return { move: put };
}

function windowDrag({ window, shown }: Held, from: [number, number]): Drag {
  return {
    move: ({ sight, name }, [x, y]) => {
      const span = shown!.usual[1] - shown!.usual[0];
      const changed = movedWindow(window, ((x - from[0]) / 250) * span, ((y - from[1]) / 250) * span);
      sight.set({ windows: { ...sight.now.windows, [name]: changed } });
    },
  };
}

function panDrag(held: Held, from: [number, number]): Drag {
  const start = held.placing!;
  return {
    move: ({ sight }, [x, y]) => {
      sight.set({ centre: start.place(start.width / 2 - (x - from[0]), start.height / 2 - (y - from[1])) });
    },
  };
}

function lineDrag(held: Held, from: [number, number]): Drag {
  const { sight, placing, name } = held;
  const begun = placing!.place(...from);
  const before = sight.now.measured;
  return {
    move: (now, to) => {
      const line = { on: name, axis: placing!.axis, from: begun, to: now.placing!.place(...to) };
      sight.set({ measured: [...before, line] });
    },
  };
}

function boxDrag(held: Held, from: [number, number]): Drag {
  const { sight, placing, name } = held;
  const begun = placing!.place(...from);
  return {
    move: (now, to) =>
      sight.set({ box: { on: name, axis: placing!.axis, from: begun, to: now.placing!.place(...to) }, point: null }),
  };
}

function brushDrag(held: Held, from: [number, number], erase: boolean): Drag {
  const { painting, placing } = held;
  if (!painting) return { move: () => undefined };
  let last = placing!.place(...from);
  painting.begin();
  painting.stroke(last, last, erase);
  return {
    move: (now, to) => {
      const next = now.placing!.place(...to);
      painting.stroke(last, next, erase);
      last = next;
    },
    end: () => painting.end(),
  };
}

function turned({ sight, placing, shown, name }: Held, event: WheelEvent, point: [number, number]): void {
  if (!placing || !shown) return;
  const step = Math.sign(event.deltaY);
  const { axis, grid } = placing;
  const many = grid.dims[PLANES[axis].through] > 1;
  if (many && !event.ctrlKey && !event.shiftKey) {
    const place = sight.now.place ?? grid.middle;
    sight.set({ place: moved(grid, place, axis, grid.nearest(place)[PLANES[axis].through] + step), active: name });
    return;
  }
  zoomAt(sight, placing, point, step < 0 ? 1.25 : 0.8);
}

/** Zoom so that what lies under a point stays there. */
function zoomAt(sight: Sight, placing: Placing, [x, y]: [number, number], factor: number): void {
  const zoom = Math.min(Math.max(sight.now.zoom * factor, 0.5), 64);
  const by = sight.now.zoom / zoom;
  const { width, height } = placing;
  const centre = placing.place(width / 2 + (x - width / 2) * (1 - by), height / 2 + (y - height / 2) * (1 - by));
  sight.set({ zoom, centre });
}

/** A place moved along an axis into another slice. */
export function moved(grid: Grid, place: Vec3, axis: "x" | "y" | "z", index: number): Vec3 {
  const voxel = grid.voxel(place);
  const { through } = PLANES[axis];
  voxel[through] = Math.min(Math.max(Math.round(index), 0), grid.dims[through] - 1);
  return grid.place(voxel);
}

function chosen(before: Record<string, [number, number]>, name: string, shown: Shown, text: string) {
  const { [name]: _, ...others } = before;
  const preset = presets(shown.usual).find((one) => windowText(one.window) === text);
  return preset ? { ...others, [name]: preset.window } : text === "usual" ? others : before;
}

function sizeText(grid: Grid): string {
  return `${grid.dims[0]} × ${grid.dims[1]}`;
}
