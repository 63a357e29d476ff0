interface IntervalProps {
  value: number | null;
  low: number | null;
  high: number | null;
  chance?: number | null;
  scale: [number, number];
}

/** A number with its interval on a scale; the same stands beside it in digits. */
export function Interval({ value, low, high, chance = null, scale: [least, most] }: IntervalProps) {
  const at = (number: number) => `${Math.min(100, Math.max(0, (100 * (number - least)) / (most - least || 1)))}%`;
  return (
    <span class="interval" aria-hidden="true">
      {chance !== null && <span class="chance" style={{ left: at(chance) }} />}
      {low !== null && high !== null && (
        <span class="range" style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
      )}
      {value !== null && <span class="value" style={{ left: at(value) }} />}
    </span>
  );
}
