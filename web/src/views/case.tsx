import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export default function Case({ path }: ViewProps) {
  return <Nothing title="Case">{path.length > 0 && <p>{path[0]}</p>}</Nothing>;
}
