import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export default function Ask({ path }: ViewProps) {
  return <Nothing title="Ask">{path.length > 0 && <p>{path[0]}</p>}</Nothing>;
}
