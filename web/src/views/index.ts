// Views by the first part of the address. A view is loaded with the page, unless it is heavy: then by `lazy`.
import type { ComponentType } from "preact";

import { lazy } from "../parts/lazy";
import { Corpus } from "./corpus/corpus";
import { Reports } from "./reports/reports";
import { Search } from "./search/search";

/** What every view gets: the parts of the path behind its own, and what the address asks for. */
export interface ViewProps {
  path: string[];
  query: URLSearchParams;
}

interface View {
  path: string;
  title: string;
  /** The key behind "g" that goes there; null for a view that needs a case and stands in no menu. */
  key: string | null;
  component: ComponentType<ViewProps>;
}

export const VIEWS: View[] = [
  { path: "search", title: "Search", key: "s", component: Search },
  { path: "case", title: "Case", key: null, component: lazy(() => import("./case")) },
  { path: "ask", title: "Ask", key: "a", component: lazy(() => import("./ask")) },
  { path: "segment", title: "Segment", key: "m", component: lazy(() => import("./segment")) },
  { path: "why", title: "Why", key: "w", component: lazy(() => import("./why")) },
  { path: "correct", title: "Correct", key: "c", component: lazy(() => import("./correct")) },
  { path: "corpus", title: "Corpus", key: "o", component: Corpus },
  { path: "reports", title: "Reports", key: "r", component: Reports },
];
