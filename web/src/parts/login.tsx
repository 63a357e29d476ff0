import { useState } from "preact/hooks";

import { api, type Problem, problemOf } from "../api";
import { Failure } from "./message";

/** Asks for the token of the server; what was wanted is shown once it is right. */
export function Login({ done }: { done: () => void }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    setProblem(null);
    try {
      await api.login(token);
      done();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <form class="login panel stack" onSubmit={enter}>
      <h1>This server asks for a token</h1>
      <p>Whoever runs it has set one. It is kept by the server alone; this browser keeps a session that ends by itself.</p>
      <label class="stack">
        Token
        <input
          type="password"
          autocomplete="current-password"
          required
          autofocus
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {problem && <Failure problem={problem} />}
      <button class="main">Enter</button>
    </form>
  );
}
