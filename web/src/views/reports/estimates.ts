// Estimates of a report's JSON: numbers with their interval and chance level, in trees of names of any depth.

export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  chance: number | null;
  n?: number;
  groups?: number;
}

/** One number of a table. */
export interface Row {
  /** The model, a baseline, or a part of the data. */
  of: string;
  metric: string;
  estimate: Estimate;
}

export interface Table {
  title: string;
  rows: Row[];
}

const OWN = new Set(["value", "low", "high", "chance", "n", "groups"]);

export function isEstimate(value: unknown): value is Estimate {
  return isTree(value) && ["value", "low", "high", "chance"].every((name) => name in value);
}

export function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tables of an evaluation: the model with its baselines, and one for each section that holds estimates. */
export function tablesOf(report: Record<string, unknown>): Table[] {
  const rows = rowsOf("the model", report.metrics);
  for (const [name, metrics] of entries(report.baselines)) rows.push(...rowsOf(words(name), metrics));
  const tables = [{ title: "Results", rows }];
  for (const [name, section] of Object.entries(report)) {
    if (FIELDS.has(name) || !isTree(section)) continue;
    const inside = entries(section).flatMap(([of, value]) =>
      isEstimate(value) ? [{ of: words(of), metric: "", estimate: value }, ...parts(words(of), value)] : rowsOf(words(of), value),
    );
    if (inside.length > 0) tables.push({ title: words(name), rows: inside });
  }
  return tables;
}

const FIELDS = new Set(
  ["task", "split", "n", "cases", "groups", "metrics", "baselines", "differences", "verdicts", "notes", "audit"].concat(
    ["rule", "corpus", "model", "seed", "resamples", "versions"],
  ),
);

/** Rows of a tree of estimates, the names on the way to each joined by commas; all else in it is passed over. */
export function rowsOf(of: string, tree: unknown): Row[] {
  return leaves(tree, [], false).map(([path, estimate]) => ({
    of,
    metric: path
      .filter((name) => !name.startsWith("by_"))
      .map(words)
      .join(", "),
    estimate,
  }));
}

function parts(of: string, estimate: Estimate): Row[] {
  return rowsOf(of, Object.fromEntries(entries(estimate).filter(([name]) => !OWN.has(name))));
}

function leaves(tree: unknown, path: string[], inParts: boolean): [string[], Estimate][] {
  return entries(tree).flatMap(([name, value]): [string[], Estimate][] => {
    const here = [...path, name];
    if (!isEstimate(value)) return leaves(value, here, inParts);
    const own: [string[], Estimate][] = value.value === null && inParts ? [] : [[here, value]];
    const inside = Object.fromEntries(entries(value).filter(([part]) => !OWN.has(part)));
    return [...own, ...leaves(inside, here, true)];
  });
}

function entries(tree: unknown): [string, unknown][] {
  return isTree(tree) ? Object.entries(tree) : [];
}

export function words(name: string): string {
  return name.replaceAll("_", " ");
}

/** A number with the digits that matter; all numbers of an estimate have equally many decimals. */
export function number(value: number, of: Partial<Estimate> = {}): string {
  const size = Math.max(...[value, of.value, of.low, of.high, of.chance].map((one) => Math.abs(one ?? 0)));
  return value.toFixed(size < 10 ? 3 : size < 100 ? 1 : 0);
}

/** An interval in words; there is none over one group. */
export function interval(estimate: Estimate): string {
  const { low, high } = estimate;
  return low === null || high === null ? "one group" : `${number(low, estimate)} to ${number(high, estimate)}`;
}

/** Ends of a scale on which all estimates have room: 0 to 1 for shares. */
export function scaleOf(estimates: Estimate[]): [number, number] {
  const numbers = estimates.flatMap(({ value, low, high, chance }) => [value, low, high, chance]).filter((one) => one !== null);
  const least = Math.min(0, ...numbers);
  const most = Math.max(...numbers, least + 1e-9);
  if (least === 0 && most <= 1) return [0, 1];
  return [least < 0 && least >= -1 && most <= 1 ? -1 : least, least < 0 && least >= -1 && most <= 1 ? 1 : most];
}
