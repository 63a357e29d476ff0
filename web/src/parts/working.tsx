import type { Job } from "../api";
import { useKeys } from "../keys";
import { Busy } from "./message";

interface WorkingProps {
  what: string;
  /** How far it is; null while nobody knows. */
  job: Job | null;
  stop: () => void;
}

/** Work that goes on on the server, and what stops it. */
export function Working({ what, job, stop }: WorkingProps) {
  useKeys("While a model works", [{ keys: "Escape", does: "Stop it", run: stop }]);
  const known = job !== null && job.total !== null;
  return (
    <>
      <progress aria-label="Progress" max={known ? job.total || 1 : 1} value={known ? job.done : undefined} />
      <Busy what={job?.what ? `${what}: ${job.what}` : what} />
      <button type="button" onClick={stop}>
        Stop
      </button>
    </>
  );
}
