// Windows: which values are black and which white, in words and by hand.

/** A window in words: its centre and its width. */
export function windowText([low, high]: [number, number]): string {
  return `C ${short((low + high) / 2)} W ${short(high - low)}`;
}

/** A window dragged: wider to the right, brighter values to the bottom. */
export function movedWindow([low, high]: [number, number], wider: number, up: number): [number, number] {
  const least = (high - low) / 1000;
  const width = Math.max(high - low + wider, least);
  const centre = (low + high) / 2 + up;
  return [centre - width / 2, centre + width / 2];
}

interface Preset {
  name: string;
  window: [number, number];
}

const HOUNSFIELD: Preset[] = [
  { name: "Soft tissue", window: [-160, 240] },
  { name: "Lung", window: [-1350, 150] },
  { name: "Bone", window: [-500, 1300] },
  { name: "Brain", window: [0, 80] },
];

/** Windows to choose from, besides the usual one; those of CT where the values can only be Hounsfield units. */
export function presets(usual: [number, number]): Preset[] {
  const [low, high] = usual;
  const span = high - low;
  const parts: Preset[] = [
    { name: "Darker half", window: [low, low + span / 2] },
    { name: "Brighter half", window: [low + span / 2, high] },
    { name: "Wide", window: [low - span / 2, high + span / 2] },
  ];
  return low < -300 ? [...HOUNSFIELD, ...parts] : parts;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
