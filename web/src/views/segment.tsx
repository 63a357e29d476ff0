import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export default function Segment({ path }: ViewProps) {
  return <Nothing title="Segment">{path.length > 0 && <p>{path[0]}</p>}</Nothing>;
}
