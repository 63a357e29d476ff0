import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export function Reports(_: ViewProps) {
  return <Nothing title="Reports" />;
}
