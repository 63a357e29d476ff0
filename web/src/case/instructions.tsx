// Every instruction that a case ever had: who wrote it, when, by which version of the writer, and what is in force.
import { api, type Instruction } from "../api";
import { useLoad } from "../load";
import { Failure } from "../parts/message";
import { timeOf } from "./history";

const VERSION = 8; // letters of a hash that tell versions apart

/** A fold with the history, the newest first; nothing where no instruction was ever written. */
export function InstructionHistory({ id }: { id: string }) {
  const { value, problem, again } = useLoad(`instructions of ${id}`, (signal) => api.instructions(id, { signal }));
  if (problem) return <Failure problem={problem} again={again} />;
  if (!value?.length) return null;
  return (
    <details>
      <summary>History of the instructions ({value.length})</summary>
      <ol class="turns" aria-label="History of the instructions">
        {[...value].reverse().map((one, at) => (
          <li key={at}>
            <strong>{one.structure}</strong> <span class={one.in_force ? "chip good" : "chip"}>{stateOf(one)}</span>
            {one.text && <p>{one.text}</p>}
            <p class="muted small">{[authorOf(one), sinceOf(one), correctionOf(one)].filter(Boolean).join(" · ")}</p>
          </li>
        ))}
      </ol>
    </details>
  );
}

function stateOf({ in_force, text }: Instruction): string {
  if (in_force) return "in force";
  return text ? "earlier" : "taken back";
}

function authorOf({ author, by, version, modalities }: Instruction): string {
  const rules = version ? ` (version ${version.slice(0, VERSION)})` : "";
  const person = by ? ` (${by})` : "";
  const looked = modalities.length > 0 ? `, written from ${modalities.join(", ")}` : "";
  return `by ${author}${rules}${person}${looked}`;
}

function sinceOf({ time }: Instruction): string {
  const since = timeOf(time);
  return since ? `since ${since}` : "from before the history";
}

function correctionOf({ correction, instead_of }: Instruction): string {
  return correction === null ? "" : `correction ${correction}${instead_of ? `, before: ${instead_of}` : ""}`;
}
