// Charts of an interpretation: bars, words with weights, pictures with maps over them.
import { useState } from "preact/hooks";

import "./chart.css";

export type Chart =
  | { kind: "bars"; title: string; y_label: string; values: Record<string, number>; intervals: Record<string, [number, number]>; null: Record<string, number> }
  | { kind: "waterfall"; title: string; start: [string, number]; parts: Record<string, number>; end: string }
  | { kind: "words"; title: string; words: [string, number][] }
  | { kind: "gallery"; title: string; pictures: { caption: string; image: string; overlay: string | null }[] };

export function ChartView({ chart }: { chart: Chart }) {
  return (
    <figure class="chart" aria-label={chart.title}>
      <figcaption>{chart.title}</figcaption>
      {chart.kind === "bars" && <Bars unit={chart.y_label} values={chart.values} />}
      {chart.kind === "waterfall" && <Bars unit={`from ${chart.start[0]} ${short(chart.start[1])} to ${chart.end}`} values={chart.parts} />}
      {chart.kind === "words" && <Words words={chart.words} />}
      {chart.kind === "gallery" && <Gallery pictures={chart.pictures} />}
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
