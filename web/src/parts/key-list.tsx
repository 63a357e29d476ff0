import { useEffect, useRef } from "preact/hooks";

import { boundKeys } from "../keys";

/** All keys that do something where one is now; open while it is on the page. */
export function KeyList({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="keys" ref={dialog} onClose={close} aria-labelledby="key-list-title">
      <h2 id="key-list-title">Keys</h2>
      {boundKeys().map(({ name, bindings }) => (
        <section key={name}>
          <h3>{name}</h3>
          <dl class="key-list">
            {bindings.map(({ keys, does }) => (
              <div key={keys}>
                <dt>
                  {keys.split(" ").map((key, place) => (
                    <span key={key}>
                      {place > 0 && " then "}
                      <kbd>{SHOWN[key] ?? key}</kbd>
                    </span>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  );
}

const SHOWN: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Enter: "Enter",
};
