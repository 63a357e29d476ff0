// One case: all its images side by side, and everything that is known about it.
import { useEffect, useState } from "preact/hooks";

import { api, type WholeCase } from "../api";
import { Attributes, Origin, Texts, Turns } from "../case/facts";
import { CaseHead } from "../case/head";
import { History } from "../case/history";
import { Hits } from "../case/hits";
import { InstructionHistory } from "../case/instructions";
import { Picker } from "../case/picker";
import { useCase, useMasks } from "../case/use-case";
import { useModel } from "../case/use-model";
import { useLoad } from "../load";
import { Busy, Failure } from "../parts/message";
import { placeOfRegion } from "../viewer/region";
import { useSight, Viewer } from "../viewer/viewer";
import type { Shown } from "../viewer/load";
import type { ViewProps } from ".";

export default function Case({ path, query }: ViewProps) {
  const id = path.length ? path.join("/") : null;
  const { value, problem, busy, again } = useCase(id);
  if (!id) return <Picker view="case" title="Cases" />;
  if (problem) return <Failure problem={problem} again={again} />;
  if (!value) return busy ? <Busy what="Loading the case" /> : null;
  return <Whole key={value.id} found={value} region={query.get("region")} structure={query.get("structure")} />;
}

interface WholeProps {
  found: WholeCase;
  /** Box that something rests on, in pixels of a file. */
  region: string | null;
  /** Mask whose file that is; null where it is the images'. */
  structure: string | null;
}

function Whole({ found, region, structure }: WholeProps) {
  const sight = useSight();
  const { masks, fileOf, toggle } = useMasks(found);
  const mask = structure === null ? undefined : fileOf(structure);
  const jump = (shown: Pick<Shown, "grid" | "volume">) => {
    const jumped = region ? placeOfRegion(region, shown) : null;
    if (jumped) sight.set(jumped);
  };
  useEffect(() => mask && jump({ grid: mask.labels.grid, volume: mask.volume }), [mask, region]);
  return (
    <div class="stack">
      <CaseHead found={found} view="case" />
      <div class="beside">
        <Viewer images={found.images} sight={sight} masks={masks} toggle={toggle} loaded={(_, shown) => structure === null && jump(shown)} />
        <div class="stack">
          <Attributes attributes={found.attributes} />
          <Texts texts={found.texts}>
            <InstructionHistory id={found.id} />
          </Texts>
          <Turns turns={found.turns} texts={found.texts} />
          <History corrections={found.corrections} />
          <Origin provenance={found.provenance} />
        </div>
      </div>
      <Similar found={found} />
    </div>
  );
}

/** Cases that are alike, asked for when they are wanted: a model has to look. */
function Similar({ found }: { found: WholeCase }) {
  const { model } = useModel("search");
  const [wanted, want] = useState(false);
  useEffect(() => want(false), [found.id]);
  const key = wanted && model ? `${found.id} ${model.name}` : null;
  const { value, problem, busy, again } = useLoad(key, (signal) => api.similar(found.id, { model: model!.name, k: 8 }, { signal }));
  if (!model) return null;
  return (
    <section class="panel" aria-label="Similar cases">
      <h2>Similar cases</h2>
      {!wanted && <button onClick={() => want(true)}>Find similar cases</button>}
      {problem && <Failure problem={problem} again={again} />}
      {busy && wanted && <Busy what="Looking for similar cases" />}
      {value && <Hits hits={value.value} />}
    </section>
  );
}
