// Cases that something rests on or is like: picture, words, and the scores of each stage.
import type { Evidence, Hit } from "../api";
import { pictures } from "../api";
import { Link } from "../parts/link";
import { address } from "../router";

const NOT_SCORES = new Set(["path", "image", "thumbnail", "licence"]);
const STAGES: Record<string, string> = {
  image_cosine: "images alike",
  text_cosine: "words alike",
  rerank: "holds here",
  image: "images",
  wording: "meaning",
  "exact words": "words",
};

/** Cited cases, in the order of citing. */
export function Citations({ evidence }: { evidence: Evidence[] }) {
  return (
    <ol class="case-cards" aria-label="Cited cases">
      {evidence.map((one, at) => (
        <li key={at}>
          <article class="case-card" aria-label={`Citation ${at + 1}`}>
            <Picture image={one.details.image} />
            <Link to={placeOf(one)}>{one.case}</Link>
            {one.text && <blockquote class="quote">{one.text}</blockquote>}
            {typeof one.details.structure === "string" && (
              <p class="small">
                <Link to={placeOf(one)}>Show the {one.details.structure}</Link>, as the mask of this case has it
              </p>
            )}
            <Scores scores={scoresOf(one)} />
            <p class="small muted">
              group {one.group} · licence {String(one.details.licence ?? "unknown")}
            </p>
          </article>
        </li>
      ))}
    </ol>
  );
}

/** Cases that are alike. */
export function Hits({ hits }: { hits: Hit[] }) {
  return (
    <ul class="case-cards" aria-label="Similar cases">
      {hits.map((hit) => (
        <li key={hit.case}>
          <article class="case-card">
            <Picture image={hit.image} />
            <Link to={address(["case", hit.case])}>{hit.case}</Link>
            <Scores scores={[["score", hit.score]]} />
            <p class="small muted">
              group {hit.group} · licence {hit.licence}
            </p>
          </article>
        </li>
      ))}
    </ul>
  );
}

function Picture({ image }: { image?: string | null }) {
  const address = image ? pictures.thumbnail(image) : null;
  if (!address) return <div class="no-picture">No image</div>;
  return <img src={address} alt="" loading="lazy" />;
}

function Scores({ scores }: { scores: [string, number][] }) {
  return (
    <dl class="scores">
      {scores.map(([name, score]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <meter min={0} max={1} value={Math.min(Math.max(score, 0), 1)} aria-label={name} />
          </dd>
          <dd>{score.toFixed(2)}</dd>
        </div>
      ))}
    </dl>
  );
}

function scoresOf(one: Evidence): [string, number][] {
  const stages = Object.entries(one.details).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && !NOT_SCORES.has(entry[0]),
  );
  return stages.length ? stages.map(([name, score]) => [STAGES[name] ?? name, score]) : [["score", one.score]];
}

/** The cited case, at the region that the citation names. */
function placeOf({ case: id, region, details }: Evidence): string {
  const structure = typeof details.structure === "string" ? details.structure : null;
  return address(["case", id], { region: Array.isArray(region) ? region.join(",") : null, structure });
}
