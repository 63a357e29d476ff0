import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export default function Correct({ path }: ViewProps) {
  return <Nothing title="Correct">{path.length > 0 && <p>{path[0]}</p>}</Nothing>;
}
