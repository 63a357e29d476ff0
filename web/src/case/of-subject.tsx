// What views of a subject share: how it is chosen, and what stands above it.
import type { ComponentChildren } from "preact";

import { Link } from "../parts/link";
import { Busy, Failure } from "../parts/message";
import { address, navigate } from "../router";
import type { ViewProps } from "../views";
import { CaseHead } from "./head";
import { OwnImages } from "./own";
import { Picker } from "./picker";
import { type Subject, useSubject } from "./subject";
import type { ChosenModel } from "./use-model";

interface OfSubjectProps extends ViewProps {
  view: string;
  /** Above the cases that can be chosen. */
  title: string;
  chosen: ChosenModel;
  children: (subject: Subject) => ComponentChildren;
}

/** A case or images of one's own, as the address says; where it names neither, what there is to choose from. */
export function OfSubject({ view, title, chosen, path, query, children }: OfSubjectProps) {
  const id = path.length ? path.join("/") : null;
  const upload = query.get("upload");
  const modalities = chosen.model?.modalities ?? [];
  const { value, problem, busy, again } = useSubject(id, upload, query.get("modality"), modalities);
  const own = <OwnImages view={view} modalities={modalities} />;
  if (!id && !upload) return <Picker view={view} title={title} before={own} />;
  return (
    <div class="stack">
      {problem && <Failure problem={problem} again={again} />}
      {value && <Head subject={value} view={view} modalities={modalities} />}
      {!value && !problem && busy && <Busy what="Loading the images" />}
      {value && children(value)}
      {(value || problem) && own}
    </div>
  );
}

const VIEWS_OF_OWN = [
  ["ask", "Ask"],
  ["segment", "Segment"],
] as const;

function Head({ subject, view, modalities }: { subject: Subject; view: string; modalities: string[] }) {
  if (subject.found) return <CaseHead found={subject.found} view={view} />;
  const { upload, modality } = subject.input;
  const isAlone = Object.keys(subject.images).length === 1;
  const show = (name: string) => navigate(address([view], { upload, modality: name }), { replace: true });
  return (
    <header class="case-head">
      <div class="case-name">
        <h1>{subject.name}</h1>
        <div class="row small">
          <span class="chip">your own, in no corpus</span>
          {modalities.length > 1 && isAlone && (
            <label class="row">
              shows
              <select value={modality ?? ""} onChange={(event) => show(event.currentTarget.value)}>
                {(subject.isDicom || !modality) && <option value="">what its files say</option>}
                {modalities.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          )}
        </div>
      </div>
      <nav aria-label="Views of these images" class="tabs">
        {VIEWS_OF_OWN.map(([path, title]) => (
          <Link key={path} to={address([path], { upload, modality })} aria-current={path === view ? "page" : undefined}>
            {title}
          </Link>
        ))}
      </nav>
    </header>
  );
}
