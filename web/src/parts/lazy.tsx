import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Busy, Failure } from "./message";

/** A component whose code is loaded when it is first shown; the module's default export. */
export function lazy<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [Loaded, show] = useState<ComponentType<Props> | null>(() => known);
    const [failed, fail] = useState(false);
    useEffect(() => {
      if (known) return;
      load().then(
        (module) => {
          known = module.default;
          show(() => known);
        },
        () => fail(true),
      );
    }, []);
    if (Loaded) return <Loaded {...props} />;
    if (!failed) return <Busy what="Loading" />;
    const problem = { title: "This view could not be loaded", status: 0, detail: "The server did not send its code." };
    return <Failure problem={problem} again={() => location.reload()} />;
  };
}
