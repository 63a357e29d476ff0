// `Grid`: any number of things of one height, of which only those near the window are on the page.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

interface GridProps {
  label: string;
  total: number;
  /** Height of one thing, in rem, its gap included. */
  height: number;
  /** Least width of one thing, in rem. */
  width: number;
  busy: boolean;
  /** What is shown at a place; it is drawn as one `<li>`. */
  item: (place: number) => ComponentChildren;
  /** Called with the places that are shown, those beyond the window's edges among them. */
  shown: (first: number, end: number) => void;
}

const BEYOND = 1.5; // windows above and below that are drawn as well: a fling does not reach their end

/** Things in rows; the arrow keys move from one to the next, Home and End to the first and last of all. */
export function Grid({ label, total, height, width, busy, item, shown }: GridProps) {
  const list = useRef<HTMLUListElement>(null);
  const [columns, setColumns] = useState(1);
  const [rows, setRows] = useState({ first: 0, end: 8 });
  const wanted = useRef<number | null>(null); // place that gets the focus once it is drawn

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const room = element.clientWidth;
      const across = Math.max(1, Math.floor(room / (width * rem)));
      const above = -element.getBoundingClientRect().top;
      const first = Math.floor((above - BEYOND * innerHeight) / (height * rem));
      const end = Math.ceil((above + (1 + BEYOND) * innerHeight) / (height * rem));
      setColumns(across);
      setRows((before) => {
        const now = { first: Math.max(0, first), end: Math.max(1, end) };
        return before.first === now.first && before.end === now.end ? before : now;
      });
    };
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      sizes.disconnect();
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [height, width]);

  const first = Math.min(rows.first * columns, Math.max(0, total - 1));
  const end = Math.min(total, rows.end * columns);
  useEffect(() => shown(first, end), [first, end, total]);

  const focus = (place: number) => {
    const to = Math.min(total - 1, Math.max(0, place));
    wanted.current = to;
    const element = list.current;
    if (!element) return;
    if (!focusNow(element, to)) {
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const top = element.getBoundingClientRect().top + scrollY + Math.floor(to / columns) * height * rem;
      scrollTo({ top: top - innerHeight / 2 });
    } else wanted.current = null;
  };
  useEffect(() => {
    if (wanted.current !== null && list.current && focusNow(list.current, wanted.current)) wanted.current = null;
  });
  const pressed = (event: KeyboardEvent) => {
    const at = placeOf(event.target);
    if (at === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = next(event.key, at, columns, total);
    if (to === null) return;
    event.preventDefault();
    focus(to);
  };

  const places = Array.from({ length: Math.max(0, end - first) }, (_, n) => first + n);
  const whole = Math.ceil(total / columns) * height;
  return (
    <ul
      ref={list}
      class="grid"
      aria-label={label}
      aria-busy={busy}
      onKeyDown={pressed}
      style={{ height: `${whole}rem` }}
    >
      {places.map((place) => (
        <li
          key={place}
          data-place={place}
          aria-setsize={total}
          aria-posinset={place + 1}
          style={{
            top: `${Math.floor(place / columns) * height}rem`,
            left: `${((place % columns) * 100) / columns}%`,
            width: `${100 / columns}%`,
            height: `${height}rem`,
          }}
        >
          {item(place)}
        </li>
      ))}
    </ul>
  );
}

function next(key: string, at: number, columns: number, total: number): number | null {
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  if (key in steps) return at + (steps[key] ?? 0);
  if (key === "Home") return 0;
  return key === "End" ? total - 1 : null;
}

function placeOf(target: EventTarget | null): number | null {
  const item = target instanceof Element ? target.closest<HTMLElement>("[data-place]") : null;
  return item ? Number(item.dataset.place) : null;
}

/** Give the focus to what is at a place; false while it is not drawn or not loaded yet. */
function focusNow(list: HTMLElement, place: number): boolean {
  const target = list.querySelector<HTMLElement>(`[data-place="${place}"] a`);
  target?.focus();
  return target !== null;
}
