import { Link } from "../parts/link";
import { address } from "../router";

/** The way to correct what a model has just said of a case; the server keeps it until then. */
export function CorrectLink({ id }: { id: string }) {
  return (
    <p>
      <Link to={address(["correct", id])}>Correct this</Link>
    </p>
  );
}
