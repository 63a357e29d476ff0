// Which model is asked: the only one, or the one chosen, of those that can do it.
import { useState } from "preact/hooks";

import { api, type Model, type Problem } from "../api";
import { useLoad } from "../load";

export interface ChosenModel {
  model: Model | null;
  models: Model[];
  choose: (name: string) => void;
  problem: Problem | null;
  busy: boolean;
}

/** Models that have a task, and the one chosen. */
export function useModel(task: string): ChosenModel {
  const { value, problem, busy } = useLoad("models", (signal) => api.models({ signal }));
  const [chosen, choose] = useState<string | null>(null);
  const models = (value ?? []).filter((model) => model.tasks.includes(task));
  return { model: models.find((model) => model.name === chosen) ?? models[0] ?? null, models, choose, problem, busy };
}

export function ModelChoice({ model, models, choose }: ChosenModel) {
  if (models.length < 2) return null;
  return (
    <label class="field">
      <span>Model</span>
      <select value={model?.name} onChange={(event) => choose(event.currentTarget.value)}>
        {models.map((one) => (
          <option key={one.name}>{one.name}</option>
        ))}
      </select>
    </label>
  );
}
