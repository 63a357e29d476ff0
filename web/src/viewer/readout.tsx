// What was measured at a place: at the crosshair; of a picture, below the mouse while it is there.
import { useEffect, useRef, useState } from "preact/hooks";

import { api } from "../api";
import { type Grid, lengthText, type Vec3 } from "./grid";
import type { Shown } from "./load";
import { type Placing, pointOf } from "./placing";

interface ReadoutProps {
  name: string;
  film: { current: HTMLElement | null };
  shown: Shown;
  placing: Placing | null;
  /** Where the crosshair stands. */
  place: Vec3;
}

const PAUSE_MS = 80; // the mouse rests for so long before the server is asked

export function Readout({ name, film, shown, placing, place }: ReadoutProps) {
  const { grid, volume } = shown;
  const voxel = grid.nearest(place);
  const value = volume && grid.inside(place) ? numberText(volume.value(voxel)) : null;
  if (grid.dims[2] === 1 && !volume) return <OfPixel {...{ name, film, shown, placing }} at={voxel} />;
  return <Words name={name} words={[`(${voxel.join(", ")})`, value]} />;
}

/** Of a picture, of which the page has nothing but drawn tiles: the server is asked for the value. */
function OfPixel({ name, film, shown, placing, at }: Omit<ReadoutProps, "place"> & { at: Vec3 }) {
  const voxel = usePointed(film, placing) ?? at;
  const value = usePixel(shown.content, voxel);
  return <Words name={name} words={[`(${voxel[0]}, ${voxel[1]})`, lengthsText(shown.grid, voxel), value]} />;
}

function Words({ name, words }: { name: string; words: (string | null)[] }) {
  return (
    <output class="value" aria-label={`Value of ${name}`}>
      {words.filter((one) => one !== null).join(": ")}
    </output>
  );
}

/** The pixel below the mouse; null where the mouse is elsewhere. */
function usePointed(film: { current: HTMLElement | null }, placing: Placing | null): Vec3 | null {
  const [pointed, point] = useState<Vec3 | null>(null);
  const latest = useRef(placing);
  latest.current = placing;
  useEffect(() => {
    const element = film.current;
    if (!element) return;
    const move = (event: PointerEvent) => {
      const now = latest.current;
      point(now && now.grid.inside(now.place(...pointOf(event, element))));
    };
    const leave = () => point(null);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerleave", leave);
    return () => {
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerleave", leave);
    };
  }, []);
  return pointed;
}

/** Measured values of a pixel; null until they are known. */
function usePixel(content: string, [x, y]: Vec3): string | null {
  const key = `${content} ${x} ${y}`;
  const [told, tell] = useState({ key: "", text: "" });
  useEffect(() => {
    const stop = new AbortController();
    const show = ({ values }: { values: (number | null)[] }) => tell({ key, text: values.map(numberText).join(", ") });
    const ask = () => api.pixel(content, x, y, stop).then(show, () => undefined); // the place alone says enough
    const timer = setTimeout(ask, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key]);
  return told.key === key ? told.text : null;
}

/** Where the middle of a pixel lies, from the left and the top; null where its size is unknown. */
function lengthsText({ facts: { spacing, unit } }: Grid, [x, y]: Vec3): string | null {
  return unit && `${lengthText((x + 0.5) * spacing[0], unit)}, ${lengthText((y + 0.5) * spacing[1], unit)}`;
}

function numberText(value: number | null): string {
  if (value === null) return "no number";
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(5)));
}
