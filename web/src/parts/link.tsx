import type { ComponentChildren } from "preact";

import { navigate } from "../router";

interface LinkProps {
  to: string;
  class?: string;
  title?: string;
  "aria-label"?: string;
  "aria-current"?: "page" | "true";
  children?: ComponentChildren;
}

/** A link within the page: no reload, and all that links can do elsewhere (another tab, copy the address). */
export function Link({ to, children, ...others }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a {...others} href={to} onClick={follow}>
      {children}
    </a>
  );
}
