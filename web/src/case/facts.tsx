// What is written and known about a case, each with who says so.
import type { ComponentChildren } from "preact";

import type { Passage, Provenance, Scalar, Turn } from "../api";

export function Attributes({ attributes }: { attributes: Record<string, Scalar> }) {
  const names = Object.keys(attributes).sort();
  return (
    <section class="panel" aria-label="Attributes">
      <h2>Attributes</h2>
      {names.length === 0 && <p class="muted">None are known.</p>}
      <dl class="case-facts">
        {names.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(attributes[name])}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Texts({ texts, children }: { texts: Passage[]; children?: ComponentChildren }) {
  const instructions = texts.filter(({ kind }) => kind === "instruction");
  const statements = texts.filter(({ kind }) => kind !== "instruction");
  return (
    <section class="panel" aria-label="Texts">
      <h2>Texts</h2>
      {texts.length === 0 && <p class="muted">Nothing is written about this case.</p>}
      {statements.map((text, at) => (
        <Text key={at} text={text} />
      ))}
      {instructions.length > 0 && (
        <details>
          <summary>{instructions.length === 1 ? "An instruction" : `${instructions.length} instructions`} to outline something</summary>
          {instructions.map((text, at) => (
            <Text key={at} text={text} />
          ))}
        </details>
      )}
      {children}
    </section>
  );
}

function Text({ text }: { text: Passage }) {
  return (
    <figure class="passage">
      <blockquote>{text.text}</blockquote>
      <figcaption class="muted small">{sourceOf(text)}</figcaption>
    </figure>
  );
}

export function Turns({ turns, texts }: { turns: Turn[]; texts: Passage[] }) {
  if (turns.length === 0) return null;
  return (
    <section class="panel" aria-label="Questions and answers">
      <h2>Questions and answers</h2>
      <dl class="turns">
        {turns.map((turn, at) => (
          <div key={at}>
            <dt>{turn.question}</dt>
            <dd>
              {turn.answer}
              <p class="muted small">{[`by ${turn.author}`, turn.kind, ...quotes(turn, texts)].join(" · ")}</p>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Origin({ provenance }: { provenance: Provenance }) {
  const facts = Object.entries(provenance.locator);
  return (
    <section class="panel" aria-label="Origin">
      <h2>Origin</h2>
      <dl class="case-facts">
        <div>
          <dt>Source</dt>
          <dd>{provenance.source}</dd>
        </div>
        <div>
          <dt>Licence</dt>
          <dd>{provenance.licence}</dd>
        </div>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
      {provenance.steps.length > 0 && (
        <>
          <h3>Steps</h3>
          <ol class="steps small">
            {provenance.steps.map((step, at) => (
              <li key={at}>{step}</li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

function sourceOf(text: Passage): string {
  const from = text.column ? `${text.kind}, column ${text.column}` : text.kind;
  const looked = text.modalities?.length ? `, written from ${text.modalities.join(", ")}` : "";
  return `${from}, by ${text.author}${looked}`;
}

function quotes(turn: Turn, texts: Passage[]): string[] {
  return (turn.evidence ?? []).map((span) => `“${texts[span.passage]?.text.slice(span.start, span.end) ?? ""}”`);
}
