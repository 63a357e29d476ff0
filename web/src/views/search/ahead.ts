// `loadAhead`: pictures of the cases below what is drawn, loaded before anybody scrolls to them.
import { pictures } from "../../api";
import { imagesOn } from "./card";
import type { Source } from "./sources";

const CASES = 60; // a second of fast scrolling
const asked = new Set<string>();

/**
 * Load what cards will show; each picture once, after those that are seen.
 *
 * @param end The place behind the last one that is drawn.
 */
export function loadAhead(source: Source, end: number): void {
  for (let place = end; place < end + CASES; place++) {
    const row = source.at(place)?.row;
    for (const [, image] of row ? imagesOn(row) : []) if (image) load(pictures.thumbnail(image.content));
  }
}

function load(address: string): void {
  if (asked.has(address)) return;
  asked.add(address);
  const image = new Image();
  image.fetchPriority = "low";
  image.src = address;
}
