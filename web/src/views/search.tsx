import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export function Search(_: ViewProps) {
  return <Nothing title="Search" />;
}
