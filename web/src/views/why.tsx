import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export default function Why({ path }: ViewProps) {
  return <Nothing title="Why">{path.length > 0 && <p>{path[0]}</p>}</Nothing>;
}
