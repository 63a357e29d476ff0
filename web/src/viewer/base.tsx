// The picture below everything else on a pane: by NiiVue, by the server where WebGL fails, or as tiles.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { pictures } from "../api";
import { type Shown, storedIndex } from "./load";
import type { Placing } from "./placing";
import { TileView } from "./tiles";
import { type SliceFrame, SliceView } from "./volume";

interface BaseProps {
  name: string;
  shown: Shown;
  placing: Placing;
  window: [number, number];
}

export function Base(props: BaseProps) {
  const [broken, setBroken] = useState(false);
  if (isSquarePlane(props.shown)) return <Tiles {...props} />;
  if (props.shown.volume && !broken) return <WebGl {...props} broke={() => setBroken(true)} />;
  return <ServerSlice {...props} />;
}

/** True of a picture whose pixels are as wide as high, which tiles take for granted. */
function isSquarePlane({ grid }: Shown): boolean {
  const { spacing, volume } = grid.facts;
  return !volume && grid.dims[2] === 1 && Math.abs(spacing[0] / spacing[1] - 1) < 0.01;
}

/** A slice drawn by NiiVue; the newest wish is drawn when the one before is done. */
function WebGl({ shown, placing, window, broke }: BaseProps & { broke: () => void }) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<SliceView | null>(null);
  const wish = useRef<SliceFrame | null>(null);
  const drawing = useRef(false);
  const tested = useRef(false);
  const { axis, index, zoom, centre } = placing;

  const draw = async () => {
    if (drawing.current) return;
    drawing.current = true;
    try {
      while (wish.current && view.current) {
        const frame = wish.current;
        wish.current = null;
        await view.current.draw(frame);
        if (tested.current) continue;
        tested.current = true;
        if (view.current?.isBlack(frame)) broke();
      }
    } catch {
      broke();
    }
    drawing.current = false;
  };

  useEffect(() => {
    const canvas = document.createElement("canvas"); // one for each context: a lost one never comes back
    canvas.className = "webgl";
    canvas.setAttribute("aria-hidden", "true");
    canvas.addEventListener("webglcontextlost", broke);
    host.current?.append(canvas);
    let gone = false;
    SliceView.on(canvas).then(
      (made) => {
        if (gone) return made.close();
        view.current = made;
        void draw();
      },
      () => gone || broke(),
    );
    return () => {
      gone = true;
      canvas.removeEventListener("webglcontextlost", broke);
      view.current?.close();
      view.current = null;
      canvas.remove();
    };
  }, []);
  useEffect(() => {
    wish.current = { volume: shown.volume!, axis, index, window, zoom, centre };
    void draw();
  }, [shown, axis, index, window[0], window[1], zoom, centre[0], centre[1], placing.width, placing.height]);
  return <div class="base" ref={host} />;
}

/** A slice drawn by the server. */
function ServerSlice({ shown, placing, window, name }: BaseProps) {
  const { axis, index } = placing;
  const [left, top, width, height] = placing.rectangle;
  const [low, high] = window;
  return (
    <div class="base">
      <img
        class="server-slice"
        alt={`${name}, drawn by the server`}
        draggable={false}
        src={pictures.slice(shown.content, { axis, index: storedIndex(shown, axis, index), low, high })}
        style={{ left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` }}
      />
    </div>
  );
}

/** A picture as tiles. */
function Tiles({ shown, placing, window }: BaseProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<TileView | null>(null);
  const [width, height] = [shown.grid.dims[0], shown.grid.dims[1]];
  const [low, high] = window;
  const source = {
    width,
    height,
    address: (level: number, column: number, row: number) =>
      pictures.tile(shown.content, level, column, row, { low, high }),
  };
  const first = useRef(true);

  useLayoutEffect(() => {
    const made = TileView.on(host.current!, source);
    view.current = made;
    return () => {
      view.current = null;
      made.close();
    };
  }, [shown.content]);
  useEffect(() => {
    if (first.current) first.current = false;
    else view.current?.replace(source);
  }, [low, high]);
  useEffect(() => {
    const { current } = view;
    const { spacing } = shown.grid.facts;
    const [seenWidth, seenHeight] = [placing.width / placing.scale, placing.height / placing.scale];
    const left = (placing.centre[0] - seenWidth / 2) / spacing[0];
    const top = (placing.centre[1] - seenHeight / 2) / spacing[1];
    current?.whenOpen(() => current.show(left, top, seenWidth / spacing[0], seenHeight / spacing[1]));
  }, [placing.scale, placing.centre[0], placing.centre[1], placing.width, placing.height, shown.content]);
  return <div class="base tiles" ref={host} />;
}
