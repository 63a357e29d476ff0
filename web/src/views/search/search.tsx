import "../../styles/search.css";

import { useEffect, useRef, useState } from "preact/hooks";

import { api, type Asked, type Model } from "../../api";
import { useKeys } from "../../keys";
import { useLoad } from "../../load";
import { Grid } from "../../parts/grid";
import { Failure, Nothing } from "../../parts/message";
import { Working } from "../../parts/working";
import { address, navigate } from "../../router";
import type { ViewProps } from "..";
import { loadAhead } from "./ahead";
import { Card } from "./card";
import { inWords } from "./conditions";
import { Filters } from "./filters";
import { Query, shownBy, type Sought } from "./query";
import { type Source, useCases, useHits } from "./sources";

const LONG_MS = 1000; // before a search offers to be stopped
const CARD = { height: 20, hitHeight: 23.5, width: 17 }; // rem, as in search.css

/** Cases that words, an image or both describe; without either, all cases that the filters leave. */
export function Search({ query }: ViewProps) {
  const sought = readSought(query);
  const where = query.getAll("where");
  const change = (other: Partial<Sought> & { where?: string[] }) => navigate(addressOf({ ...sought, where, ...other }));
  const models = useLoad("models", (signal) => api.models({ signal }));
  const facets = useLoad(JSON.stringify(where), (signal) => api.facets(where, { signal }));
  const searching = (models.value ?? []).filter((model) => model.tasks.includes("search"));
  const isSearch = sought.words !== "" || sought.image !== null;
  const asked = isSearch && searching.length > 0 ? askedOf(sought, where, searching) : null;
  const cases = useCases(isSearch ? null : where);
  const hits = useHits(asked, isSearch && models.busy);
  const source = isSearch ? hits : cases;
  const filters = useRef<HTMLDetailsElement>(null);
  const results = useRef<HTMLDivElement>(null);
  const [isWide] = useState(() => matchMedia("(min-width: 900px)").matches);

  useKeys("Search", [
    { keys: "f", does: "Go to the filters", run: () => focusIn(filters.current) },
    { keys: "r", does: "Go to the results; arrows move in them", run: () => results.current?.querySelector("a")?.focus() },
    { keys: "x", does: "Remove all filters", run: () => change({ where: [] }) },
  ]);
  return (
    <div class="search">
      <h1 class="unseen">Search</h1>
      <Query sought={sought} models={searching} change={change} />
      <details class="filters panel" ref={filters} open={isWide}>
        <summary>Filters{where.length > 0 && ` (${where.length})`}</summary>
        {facets.value && <Filters facets={facets.value} where={where} change={(to) => change({ where: to })} />}
        {facets.problem && !source.problem && <Failure problem={facets.problem} again={facets.again} />}
      </details>
      <div class="results" ref={results}>
        <div class="results-head">
          <p role="status">{count(source, isSearch)}</p>
          {where.map((one) => (
            <button
              key={one}
              class="chip"
              aria-label={`Remove the filter ${inWords(one)}`}
              onClick={() => change({ where: where.filter((other) => other !== one) })}
            >
              {inWords(one)} <span aria-hidden="true">×</span>
            </button>
          ))}
        </div>
        {source.stop && <Searching stop={source.stop} />}
        {isSearch && models.value && searching.length === 0 ? (
          <NoSearch models={models.value} />
        ) : (
          <Results source={source} isSearch={isSearch} where={where} change={change} />
        )}
      </div>
    </div>
  );
}

/** What stops a search, once it takes long. */
function Searching({ stop }: { stop: () => void }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isLong) return null;
  return (
    <div class="row">
      <Working what="The model is looking for what is like the image" job={null} stop={stop} />
    </div>
  );
}

interface ResultsProps {
  source: Source;
  isSearch: boolean;
  where: string[];
  change: (to: { where?: string[]; words?: string; image?: null }) => void;
}

function Results({ source, isSearch, where, change }: ResultsProps) {
  const end = useRef(0);
  useEffect(() => loadAhead(source, end.current)); // each time that more cases are known
  if (source.problem) {
    return (
      <div class="stack">
        <Failure problem={source.problem} again={source.again} />
        {source.problem.status === 400 && where.length > 0 && (
          <p>
            <button onClick={() => change({ where: [] })}>Remove all filters</button>
          </p>
        )}
      </div>
    );
  }
  if (source.total === 0 && !source.busy) {
    return (
      <Nothing title={isSearch ? "Nothing matches" : where.length > 0 ? "No case passes these filters" : "No case yet"}>
        {where.length > 0 ? (
          <>
            <p>All filters must hold at once. Take one away, or start again.</p>
            <button onClick={() => change({ where: [] })}>Remove all filters</button>
          </>
        ) : (
          <p>
            {isSearch ? "Try other words, or an image." : "The corpus is empty. Fill it with "}
            {!isSearch && <code>lexiscope corpus build CORPUS SOURCE</code>}
          </p>
        )}
      </Nothing>
    );
  }
  const untrained = source.at(0)?.hit?.untrained;
  return (
    <>
      {untrained && (
        <p class="small muted" role="note">
          Found by {untrained} as it was published: nothing of it was trained here.
        </p>
      )}
      <Grid
        label={isSearch ? "Hits, best first" : "Cases"}
        total={source.total || 12}
        height={isSearch ? CARD.hitHeight : CARD.height}
        width={CARD.width}
        busy={source.busy}
        item={(place) => <Card shown={source.at(place)} />}
        shown={(first, last) => {
          end.current = last;
          source.want(first, last);
          loadAhead(source, last);
        }}
      />
    </>
  );
}

function NoSearch({ models }: { models: Model[] }) {
  return (
    <Nothing title="No served model can search">
      <p>
        {models.length > 0 ? `${models.map((model) => model.name).join(", ")} has no joint space of images and words. ` : ""}
        Align one with <code>lexiscope train align</code>, index the corpus with <code>lexiscope index</code>, and start
        the server with it. Without words and image, all cases are listed.
      </p>
    </Nothing>
  );
}

function count(source: Source, isSearch: boolean): string {
  if (source.problem) return "";
  if (source.busy && source.total === 0) return "Loading …";
  const what = `${source.total.toLocaleString("en")} ${isSearch ? "hit" : "case"}${source.total === 1 ? "" : "s"}`;
  return source.whole ? what : `More than ${what}`;
}

function readSought(query: URLSearchParams): Sought {
  const get = (name: string) => query.get(name) || null;
  return { words: get("q") ?? "", image: get("image"), name: get("name"), modality: get("modality"), model: get("model") };
}

function addressOf({ words, where, ...others }: Sought & { where: string[] }): string {
  return address(["search"], { q: words, where, ...others });
}

function askedOf(sought: Sought, where: string[], models: Model[]): Asked {
  const model = models.find((one) => one.name === sought.model) ?? models[0];
  const request: Record<string, unknown> = {};
  if (sought.words) request.query = sought.words;
  if (sought.image) request.image = sought.image;
  const modality = shownBy(sought, model?.modalities ?? []); // has to be said where the model reads several
  if (sought.image && modality) request.modality = modality;
  if (where.length > 0) request.where = where;
  return { model: model?.name, request };
}

function focusIn(element: HTMLDetailsElement | null): void {
  if (!element) return;
  element.open = true;
  element.querySelector<HTMLElement>("input, summary")?.focus();
}
