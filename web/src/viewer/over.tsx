// What lies over a picture as lines and words: crosshair, measures, box, point, scale.
import { lengthText, PLANES, type Vec3 } from "./grid";
import { type Placing, scaleBar } from "./placing";
import type { Box, Measured, Seen } from "./state";

interface OverProps {
  placing: Placing;
  seen: Seen;
  place: Vec3;
  name: string;
}

const GAP = 8; // of the crosshair, so that it hides nothing where it points

export function Over({ placing, seen, place, name }: OverProps) {
  const { width, height } = placing;
  const [x, y] = placing.point(place);
  const bar = scaleBar(placing);
  return (
    <svg class="over" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path
        class="crosshair"
        d={`M0 ${y}H${x - GAP}M${x + GAP} ${y}H${width}M${x} 0V${y - GAP}M${x} ${y + GAP}V${height}`}
      />
      {seen.measured.map((line, at) =>
        line.on === name && line.axis === placing.axis ? <Line key={at} line={line} placing={placing} /> : null,
      )}
      {seen.begun && <Dot place={seen.begun} placing={placing} />}
      {seen.box && isOn(seen.box, placing) && <Frame box={seen.box} placing={placing} />}
      {seen.point && <Dot place={seen.point} placing={placing} />}
      {bar && (
        <g class="scale-bar">
          <path d={`M${width - 12 - bar.points} ${height - 10}h${bar.points}`} />
          <text x={width - 12 - bar.points / 2} y={height - 15} text-anchor="middle">
            {bar.text}
          </text>
        </g>
      )}
    </svg>
  );
}

/** True where a box is on the slice that is shown. */
function isOn(box: Box, { grid, axis, index }: Placing): boolean {
  if (!box.solid) return box.axis === axis;
  const ends = [box.from, box.to].map((corner) => grid.voxel(corner)[PLANES[axis].through]);
  return index >= Math.round(Math.min(...ends)) && index <= Math.round(Math.max(...ends));
}

function Line({ line, placing }: { line: Measured; placing: Placing }) {
  const [x0, y0] = placing.point(line.from);
  const [x1, y1] = placing.point(line.to);
  const right = x1 < placing.width - 80;
  return (
    <g class="measure">
      <path class="casing" d={`M${x0} ${y0}L${x1} ${y1}`} />
      <path d={`M${x0} ${y0}L${x1} ${y1}`} />
      <text x={x1 + (right ? 8 : -8)} y={y1 - 6} text-anchor={right ? "start" : "end"}>
        {lengthText(placing.grid.distance(line.from, line.to), placing.grid.facts.unit)}
      </text>
    </g>
  );
}

function Frame({ box, placing }: { box: Box; placing: Placing }) {
  const [x0, y0] = placing.point(box.from);
  const [x1, y1] = placing.point(box.to);
  return (
    <rect
      class="box"
      x={Math.min(x0, x1)}
      y={Math.min(y0, y1)}
      width={Math.abs(x1 - x0)}
      height={Math.abs(y1 - y0)}
    />
  );
}

function Dot({ place, placing }: { place: Vec3; placing: Placing }) {
  const [x, y] = placing.point(place);
  return <circle class="dot" cx={x} cy={y} r={5} />;
}
