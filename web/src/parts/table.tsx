import type { ComponentChildren } from "preact";

/** A column: its name, what it is, and what stands in it. */
export interface Column<Row> {
  name: string;
  /**
   * "head" names the row, "number" stands to the right; "drawn" is a picture of numbers and "mark" something to tick,
   * neither with its name above it; otherwise words.
   */
  kind?: "head" | "number" | "drawn" | "mark";
  class?: string;
  cell: (row: Row) => ComponentChildren;
}

interface TableProps<Row> {
  /** What the table is of, where it may be wider than the page and scroll. */
  label?: string;
  columns: Column<Row>[];
  rows: Row[];
  class?: string;
  /** True of a row above which a line stands. */
  begins?: (row: Row, place: number) => boolean;
  /** False where the names of the columns would say nothing. */
  named?: boolean;
}

/** A table of the corpus or of a report. */
export function Table<Row>({ label, columns, rows, begins, named = true, ...others }: TableProps<Row>) {
  const table = (
    <table class={others.class}>
      {named && (
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.name} {...column} />
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {rows.map((row, place) => (
          <tr key={place} class={begins?.(row, place) ? "begins" : undefined}>
            {columns.map((column) => (
              <Cell key={column.name} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
  if (!label) return table;
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label={label}>
      {table}
    </div>
  );
}

function Head<Row>({ name, kind, ...others }: Column<Row>) {
  if (kind === "drawn" || kind === "mark") return <td />;
  return (
    <th scope="col" class={kind === "number" ? "number" : others.class}>
      {name}
    </th>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  if (column.kind === "head") return <th scope="row">{column.cell(row)}</th>;
  return <td class={[column.kind, column.class].filter(Boolean).join(" ") || undefined}>{column.cell(row)}</td>;
}
