// Conditions as the address and the server write them: "split=test", "attributes.age>=50", "group in p1, p2".

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
    if (operator === "in") found.values.push(...value.split(",").map((one) => one.trim()));
    if (operator === ">=") found.low = value;
    if (operator === "<=") found.high = value;
  }
  return found;
}

/** The conditions with other values of one field; without any, the field is free. */
export function withValues(where: string[], field: string, values: string[]): string[] {
  const others = where.filter((one) => !(read(one)[0] === field && ["=", "in"].includes(read(one)[1])));
  if (values.length === 0) return others;
  return [...others, values.length === 1 ? `${field}=${values[0]}` : `${field} in ${values.join(", ")}`];
}

/** The conditions with another end of a range; an empty one leaves it open. */
export function withEnd(where: string[], field: string, operator: ">=" | "<=", value: string): string[] {
  const others = where.filter((one) => !(read(one)[0] === field && read(one)[1] === operator));
  return value === "" ? others : [...others, `${field}${operator}${value}`];
}

/** Values after one was ticked or unticked; a value that holds a comma cannot stand beside others in a list. */
export function toggled(values: string[], value: string): string[] {
  if (values.includes(value)) return values.filter((one) => one !== value);
  return [...values, value].some((one) => one.includes(",")) ? [value] : [...values, value];
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
