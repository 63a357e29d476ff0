// Charts of an interpretation: bars, words with weights, pictures with maps over them, slice by slice.
import { useState } from "preact/hooks";

import "./chart.css";

export type Chart =
  | { kind: "bars"; title: string; y_label: string; values: Record<string, number>; intervals: Record<string, [number, number]>; null: Record<string, number> }
  | { kind: "waterfall"; title: string; start: [string, number]; parts: Record<string, number>; end: string }
  | { kind: "words"; title: string; words: [string, number][] }
  | { kind: "gallery"; title: string; pictures: { caption: string; image: string; overlay: string | null }[] }
  | { kind: "overlays"; title: string; images: Overlaid[] };

/** An image with maps, all slices in one picture, one below the other. */
interface Overlaid {
  name: string;
  slices: number;
  /** Slice that matters most. */
  shown: number;
  width: number;
  height: number;
  image: string;
  maps: Record<string, string>;
}

export function ChartView({ chart }: { chart: Chart }) {
  return (
    <figure class="chart" aria-label={chart.title}>
      <figcaption>{chart.title}</figcaption>
      {chart.kind === "bars" && <Bars unit={chart.y_label} values={chart.values} />}
      {chart.kind === "waterfall" && <Bars unit={`from ${chart.start[0]} ${short(chart.start[1])} to ${chart.end}`} values={chart.parts} />}
      {chart.kind === "words" && <Words words={chart.words} />}
      {chart.kind === "gallery" && <Gallery pictures={chart.pictures} />}
      {chart.kind === "overlays" && <Overlays images={chart.images} />}
    </figure>
  );
}

/** A bar for each name, from the middle to the right where it adds and to the left where it takes away. */
function Bars({ unit, values }: { unit: string; values: Record<string, number> }) {
  const most = Math.max(...Object.values(values).map(Math.abs), 1e-9);
  return (
    <>
      <p class="small muted">{unit}</p>
      <dl class="adds">
        {Object.entries(values).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="add-line">
              <span
                class={value < 0 ? "add against" : "add"}
                style={{ width: `${(Math.abs(value) / most) * 50}%`, left: value < 0 ? `${50 - (Math.abs(value) / most) * 50}%` : "50%" }}
              />
            </dd>
            <dd class="number">{short(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Words, the more coloured the more they matter; the weight stands in the title and for screen readers. */
function Words({ words }: { words: [string, number][] }) {
  const most = Math.max(...words.map(([, weight]) => Math.abs(weight)), 1e-9);
  return (
    <p class="words">
      {words.map(([word, weight], at) => (
        <span key={at}>
          <span
            class={weight < 0 ? "word against" : "word"}
            title={short(weight)}
            style={{ "--weight": `${Math.round((Math.abs(weight) / most) * 60)}%` }}
          >
            {word}
            <span class="unseen"> ({short(weight)})</span>
          </span>{" "}
        </span>
      ))}
    </p>
  );
}

/** Images side by side with one map over them, turned over together. */
function Overlays({ images }: { images: Overlaid[] }) {
  const maps = [...new Set(images.flatMap((image) => Object.keys(image.maps)))];
  const most = Math.max(...images.map((image) => image.slices)) - 1;
  const [map, choose] = useState(maps[0] ?? "");
  const [opacity, setOpacity] = useState(0.6);
  const [share, setShare] = useState(() => shareOf(images[0]));
  return (
    <>
      <div class="row small">
        <label class="row">
          Map
          <select value={map} onChange={(event) => choose(event.currentTarget.value)}>
            {maps.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        {most > 0 && (
          <label class="row">
            Slice
            <input
              type="range"
              min={0}
              max={most}
              value={Math.round(share * most)}
              onInput={(event) => setShare(event.currentTarget.valueAsNumber / most)}
            />
          </label>
        )}
        <label class="row">
          Opacity
          <input type="range" min={0} max={1} step={0.05} value={opacity} onInput={(event) => setOpacity(event.currentTarget.valueAsNumber)} />
        </label>
      </div>
      <ul class="gallery">
        {images.map((image) => (
          <li key={image.name}>
            <Slice image={image} at={Math.round(share * (image.slices - 1))} over={image.maps[map]} opacity={opacity} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Slice({ image, at, over, opacity }: { image: Overlaid; at: number; over: string | undefined; opacity: number }) {
  const { name, slices, width, height } = image;
  const caption = slices > 1 ? `${name}, slice ${at + 1} of ${slices}` : name;
  const place = { transform: `translateY(${(-100 * at) / slices}%)` };
  return (
    <figure>
      <div class="sheet" style={{ aspectRatio: `${width} / ${height}` }}>
        <img src={image.image} alt={caption} style={place} />
        {over && <img src={over} alt="" style={{ ...place, opacity }} />}
      </div>
      <figcaption class="small">{over ? caption : `${caption}: this map says nothing of it`}</figcaption>
    </figure>
  );
}

function shareOf(image: Overlaid | undefined): number {
  return image && image.slices > 1 ? image.shown / (image.slices - 1) : 0;
}

function Gallery({ pictures }: { pictures: { caption: string; image: string; overlay: string | null }[] }) {
  const [opacity, setOpacity] = useState(0.6);
  return (
    <>
      <label class="row small">
        Opacity of the map
        <input type="range" min={0} max={1} step={0.05} value={opacity} onInput={(event) => setOpacity(event.currentTarget.valueAsNumber)} />
      </label>
      <ul class="gallery">
        {pictures.map((picture, at) => (
          <li key={at}>
            <figure>
              <div class="layers">
                <img src={picture.image} alt={picture.caption} />
                {picture.overlay && <img src={picture.overlay} alt="" style={{ opacity }} />}
              </div>
              <figcaption class="small">{picture.caption}</figcaption>
            </figure>
          </li>
        ))}
      </ul>
    </>
  );
}

function short(value: number): string {
  return value.toFixed(3);
}
