// How unlike the training the images are: a warning where they are, and the numbers in any case.
import type { OutOfDistribution } from "../api";

export function Unlike({ found }: { found: OutOfDistribution | null }) {
  if (!found) return <p class="small muted">Whether these images are like those of the training is not known to this model.</p>;
  const numbers = `Distance ${found.score.toFixed(2)} (1 is usual), p = ${found.p_value.toFixed(3)} among ${found.groups} held-out groups.`;
  if (!found.warning) return <p class="small muted">These images are like those of the training. {numbers}</p>;
  return (
    <div class="message warn" role="alert">
      <p>{found.warning}</p>
      <p class="small">{numbers}</p>
    </div>
  );
}
