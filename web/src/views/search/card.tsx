import { type CaseRow, type Hit, type ImageRow, pictures } from "../../api";
import { Link } from "../../parts/link";
import { address } from "../../router";
import type { Shown } from "./sources";

const MOST_PICTURES = 4;

/** One case of the grid; an empty card of the same size while it is loaded. */
export function Card({ shown }: { shown: Shown | null }) {
  if (!shown) return <div class="card waiting" aria-hidden="true" />;
  const { row, hit } = shown;
  const id = row?.id ?? hit?.case ?? "";
  const text = hit?.text ?? row?.text;
  const licence = row?.licence ?? hit?.licence ?? "";
  return (
    <article class="card">
      <Film id={id} row={row} hit={hit} />
      <h3>
        <Link to={address(["case", id])} title={id}>
          {id}
        </Link>
      </h3>
      {hit && <Why hit={hit} />}
      <p class="card-text">{text ?? <span class="muted">No text</span>}</p>
      <p class="card-facts">
        <span title="Group: patient, paper or specimen">{row?.group ?? hit?.group}</span>
        {row && <span class="chip">{row.split ?? "no split"}</span>}
        <span class="card-licence" title={`Licence: ${licence}`}>
          {licence}
        </span>
      </p>
    </article>
  );
}

/** Pictures of a case, one a modality; a modality that it lacks is shown as missing. */
function Film({ id, row, hit }: { id: string; row: CaseRow | null; hit: Hit | null }) {
  if (!row) {
    return (
      <div class="film">
        {hit?.image ? <Picture source={pictures.thumbnail(hit.image)} name={`image of ${id}`} /> : <span class="film-none">…</span>}
      </div>
    );
  }
  const images = imagesOn(row);
  const beyond = Object.keys(row.images).length - images.length;
  return (
    <div class="film">
      {images.length === 0 && <span class="film-none">No image</span>}
      {images.map(([modality, image]) => (
        <figure key={modality} class={image ? undefined : "missing"}>
          {image ? (
            <Picture source={pictures.thumbnail(image.content)} name={`${modality} of ${id}`} />
          ) : (
            <span class="film-none">missing</span>
          )}
          {images.length > 1 && <figcaption>{modality}</figcaption>}
        </figure>
      ))}
      {beyond > 0 && <span class="film-beyond">+{beyond}</span>}
    </div>
  );
}

/** Images that the card of a case shows: where there are more than room, those that the case has come first. */
export function imagesOn(row: CaseRow): [string, ImageRow | null][] {
  const images = Object.entries(row.images);
  if (images.length > MOST_PICTURES) images.sort((one, other) => Number(other[1] !== null) - Number(one[1] !== null));
  return images.slice(0, MOST_PICTURES);
}

function Picture({ source, name }: { source: string; name: string }) {
  return <img src={source} alt={name} width="256" height="256" decoding="async" draggable={false} />;
}

const WAYS: Record<string, { name: string; says: string }> = {
  image: { name: "image", says: "The image looks like what was asked for: cosine in the joint space" },
  wording: { name: "wording", says: "What is written means something alike: cosine of the text tower" },
  "exact words": { name: "exact words", says: "The very words stand in the text: BM25" },
  tokens: { name: "read again", says: "Text and question compared word by word" },
};

/** Score of a hit, and which ways of searching found it. */
function Why({ hit }: { hit: Hit }) {
  return (
    <p class="why">
      <span title="Weighed sum of what matched">
        Score <b>{hit.score.toFixed(3)}</b>
      </span>
      {Object.entries(hit.matched).map(([way, score]) => (
        <span key={way} class="chip" title={WAYS[way]?.says}>
          {WAYS[way]?.name ?? way} {score.toFixed(2)}
        </span>
      ))}
    </p>
  );
}
