import { useState } from "preact/hooks";

import type { Counts, Facet, Facets } from "../../api";
import { chosen, toggled, withEnd, withValues } from "./conditions";

interface FiltersProps {
  facets: Facets;
  where: string[];
  change: (where: string[]) => void;
}

const FEW = 6; // values that are shown before "more" is asked for

/** Filters made from what the corpus holds, each value with the number of cases that have it. */
export function Filters({ facets, where, change }: FiltersProps) {
  const fields: [string, string, Facet][] = [
    ["split", "Split", facets.split],
    ["modalities", "Modality", facets.modalities],
    ...Object.entries(facets.attributes).map(([name, facet]): [string, string, Facet] => [
      `attributes.${name}`,
      name.replaceAll("_", " "),
      facet,
    ]),
    ["group", "Group", facets.group],
    ["licence", "Licence", facets.licence],
    ["source", "Source", facets.source],
  ];
  return (
    <>
      {fields
        .filter(([, , facet]) => Object.keys(facet).length > 0)
        .map(([field, name, facet], place) => (
          <FacetOf key={field} {...{ field, name, facet, where, change }} open={place < 2} />
        ))}
    </>
  );
}

interface FacetProps {
  field: string;
  name: string;
  facet: Facet;
  where: string[];
  change: (where: string[]) => void;
  open: boolean;
}

function FacetOf({ field, name, facet, where, change, open }: FacetProps) {
  const now = chosen(where, field);
  const isUsed = now.values.length > 0 || now.low !== null || now.high !== null;
  return (
    <details class="facet" open={open || isUsed}>
      <summary>{name}</summary>
      {Array.isArray(facet) ? (
        <Range {...{ field, name, where, change }} low={facet[0]} high={facet[1]} />
      ) : (
        <Values {...{ field, name, where, change }} counts={facet} />
      )}
    </details>
  );
}

interface ValuesProps extends Omit<FacetProps, "facet" | "open"> {
  counts: Counts;
}

function Values({ field, name, counts, where, change }: ValuesProps) {
  const [all, showAll] = useState(false);
  const { values } = chosen(where, field);
  const named = Object.entries(counts);
  const shown = all ? named : named.filter(([value], place) => place < FEW || values.includes(value));
  return (
    <fieldset>
      <legend class="unseen">{name}</legend>
      {shown.map(([value, count]) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={values.includes(value)}
            onChange={() => change(withValues(where, field, toggled(values, value)))}
          />
          <span class="facet-value" title={value}>
            {value}
          </span>
          <span class="facet-count">{count}</span>
        </label>
      ))}
      {named.length > shown.length && (
        <button type="button" class="plain" onClick={() => showAll(true)}>
          {named.length - shown.length} more
        </button>
      )}
    </fieldset>
  );
}

interface RangeProps extends Omit<FacetProps, "facet" | "open"> {
  low: number;
  high: number;
}

function Range({ field, name, low, high, where, change }: RangeProps) {
  const now = chosen(where, field);
  const setEnd = (operator: ">=" | "<=") => (value: string) => change(withEnd(where, field, operator, value));
  return (
    <fieldset class="range">
      <legend class="unseen">{name}</legend>
      <End label="from" of={name} value={now.low} placeholder={low} set={setEnd(">=")} />
      <End label="to" of={name} value={now.high} placeholder={high} set={setEnd("<=")} />
    </fieldset>
  );
}

interface EndProps {
  label: string;
  of: string;
  value: string | null;
  placeholder: number;
  set: (value: string) => void;
}

function End({ label, of, value, placeholder, set }: EndProps) {
  // Counts may arrive and draw the filters anew while a number is typed: it stays until it is entered.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <label>
      <span>{label}</span>
      <input
        type="number"
        step="any"
        aria-label={`${of} ${label}`}
        placeholder={String(placeholder)}
        value={typed ?? value ?? ""}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={(event) => {
          set(event.currentTarget.value);
          setTyped(null);
        }}
      />
    </label>
  );
}
