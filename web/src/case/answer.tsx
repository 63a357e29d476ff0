// An answer with how sure it is, and whether it is held back.
import type { Prediction } from "../api";
import { Unlike } from "./unlike";

export interface AnswerValue {
  question: string;
  answer: string;
  abstained: boolean;
  read_from_context: boolean;
}

export function Answer({ prediction }: { prediction: Prediction<AnswerValue> }) {
  const { value, score } = prediction;
  return (
    <div class="answer" role="status" aria-label="Answer">
      <p class="muted">{value.question}</p>
      <p class="answer-text">{value.answer}</p>
      <Sureness score={score} abstained={value.abstained} />
      {value.read_from_context && <p class="muted">Read in the context, and not seen in the image.</p>}
      <Unlike found={prediction.out_of_distribution} />
    </div>
  );
}

export function Sureness({ score, abstained }: { score: number | null; abstained: boolean }) {
  return (
    <p class="row">
      <span class={abstained ? "chip warn" : "chip good"}>{abstained ? "Held back: too unsure" : "Given"}</span>
      {score !== null && (
        <>
          <meter min={0} max={1} value={Math.min(score, 1)} aria-label="Probability" />
          <span>{`probability ${score.toFixed(2)}`}</span>
        </>
      )}
    </p>
  );
}
