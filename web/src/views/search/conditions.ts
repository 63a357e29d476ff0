// Conditions as the address and the server write them: "split=test", "attributes.age>=50", 'group in p1, "Doe, J."'.

/** Values chosen of one field, and the ends of a range. */
export interface Chosen {
  values: string[];
  low: string | null;
  high: string | null;
}

const CONDITION = /^\s*([^=!<>\s][^=!<>]*?)\s*(!=|>=|<=|=|>|<|\s+in\s)\s*([^=!<>].*?)\s*$/s;

/** What the conditions choose of one field. */
export function chosen(where: string[], field: string): Chosen {
  const found: Chosen = { values: [], low: null, high: null };
  for (const [name, operator, value] of where.map(read)) {
    if (name !== field) continue;
    if (operator === "=") found.values.push(value);
    if (operator === "in") found.values.push(...listed(value));
    if (operator === ">=") found.low = value;
    if (operator === "<=") found.high = value;
  }
  return found;
}

/** The conditions with other values of one field; without any, the field is free. */
export function withValues(where: string[], field: string, values: string[]): string[] {
  const others = where.filter((one) => !(read(one)[0] === field && ["=", "in"].includes(read(one)[1])));
  if (values.length === 0) return others;
  const [only] = values.length === 1 ? values : [];
  return [...others, only && isPlain(only) ? `${field}=${only}` : `${field} in ${values.map(inList).join(", ")}`];
}

/** The conditions with another end of a range; an empty one leaves it open. */
export function withEnd(where: string[], field: string, operator: ">=" | "<=", value: string): string[] {
  const others = where.filter((one) => !(read(one)[0] === field && read(one)[1] === operator));
  return value === "" ? others : [...others, `${field}${operator}${value}`];
}

/** Values after one was ticked or unticked. */
export function toggled(values: string[], value: string): string[] {
  return values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
}

/** A condition in words, for what can be taken away again. */
export function inWords(condition: string): string {
  const [field, operator, value] = read(condition);
  const name = field.replace(/^attributes\./, "").replaceAll("_", " ");
  const relation = { "=": "is", in: "is one of", "!=": "is not", ">=": "≥", "<=": "≤" }[operator] ?? operator;
  return `${name} ${relation} ${value}`;
}

function read(condition: string): [string, string, string] {
  const match = CONDITION.exec(condition);
  return match ? [match[1] ?? "", (match[2] ?? "").trim(), match[3] ?? ""] : [condition, "", ""];
}

/** Values between commas; such as hold commas stand in double quotes, in which a quote stands twice. */
function listed(text: string): string[] {
  const found = text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!.trim()).filter((one) => one !== "");
}

function inList(value: string): string {
  return isPlain(value) && !value.includes(",") ? value : `"${value.replaceAll('"', '""')}"`;
}

/** True of a value that an operator may stand before as it is. */
function isPlain(value: string): boolean {
  return /^[^=!<>\s"]/.test(value) && value === value.trim();
}
