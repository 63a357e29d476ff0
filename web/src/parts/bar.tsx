/** A share as a bar; the number stands beside it, so it says nothing to a screen reader. */
export function Bar({ of, whole }: { of: number; whole: number }) {
  return (
    <span class="bar" aria-hidden="true">
      <span style={{ width: `${whole > 0 ? Math.min(100, (100 * of) / whole) : 0}%` }} />
    </span>
  );
}
