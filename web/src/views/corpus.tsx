import { Nothing } from "../parts/message";
import type { ViewProps } from ".";

export function Corpus(_: ViewProps) {
  return <Nothing title="Corpus" />;
}
