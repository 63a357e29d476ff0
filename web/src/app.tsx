// The frame around every view: the way between views, colours, keys, and the footer.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { api, LOCKED } from "./api";
import { listenToKeys, useKeys } from "./keys";
import { useLoad } from "./load";
import { KeyList } from "./parts/key-list";
import { Link } from "./parts/link";
import { Login } from "./parts/login";
import { navigate, parts, usePlace } from "./router";
import { chooseTheme, type Theme, theme } from "./theme";
import { VIEWS } from "./views";

export function App() {
  const shown = usePlace();
  const [name = "search", ...rest] = parts(shown.path);
  const view = VIEWS.find((one) => one.path === name);
  const [keysShown, showKeys] = useState(false);
  const main = useRef<HTMLElement>(null);
  const focus = useFocusOnNewView(name, main);
  const [isLocked, lock] = useState(false);
  const session = useLoad(isLocked ? null : "session", (signal) => api.session({ signal })).value;

  useEffect(listenToKeys, []);
  useEffect(() => {
    const locked = () => lock(true);
    addEventListener(LOCKED, locked);
    return () => removeEventListener(LOCKED, locked);
  }, []);
  useKeys("Everywhere", [
    ...VIEWS.filter((one) => one.key).map((one) => ({
      keys: `g ${one.key}`,
      does: `Go to ${one.title}`,
      run: () => navigate(`/${one.path}`),
    })),
    { keys: "?", does: "Show all keys", run: () => showKeys(true) },
  ]);
  useEffect(() => {
    document.title = `${view?.title ?? "Not found"} – Lexiscope`;
  }, [view]);

  const View = view?.component ?? NotFound;
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={focus}>
        Skip to the content
      </a>
      <header class="top">
        <Link class="brand" to="/search">
          <img src="/icon.svg" width="24" height="24" alt="" />
          Lexiscope
        </Link>
        <nav aria-label="Views">
          <ul>
            {VIEWS.filter((one) => one.key).map((one) => (
              <li key={one.path}>
                <Link to={`/${one.path}`} aria-current={one.path === name ? "page" : undefined}>
                  {one.title}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <Colours />
        <button class="plain" onClick={() => showKeys(true)} aria-label="Keys" title="Keys (?)">
          ?
        </button>
      </header>
      <main id="main" class={rest.length > 0 ? "of-one" : undefined} ref={main} tabIndex={-1} aria-label={view?.title}>
        {isLocked ? <Login done={() => lock(false)} /> : <View key={name} path={rest} query={shown.query} />}
      </main>
      <footer class="bottom">
        <span>Research use, not for diagnosis</span>
        <span class="row">
          {session?.role === "read" && <span>read only</span>}
          {session?.login && (
            <button class="plain" onClick={() => api.logout().then(() => lock(true))}>
              Log out
            </button>
          )}
          <a href="/api/v1/openapi.json">API</a>
        </span>
      </footer>
      {keysShown && <KeyList close={() => showKeys(false)} />}
    </div>
  );
}

/** A new view is where reading goes on: its content has the focus, as after a reload. */
function useFocusOnNewView(name: string, main: { current: HTMLElement | null }) {
  const before = useRef(name);
  useLayoutEffect(() => {
    if (before.current !== name) main.current?.focus({ preventScroll: true });
    if (before.current !== name) scrollTo(0, 0);
    before.current = name;
  }, [name]);
  return (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
}

function Colours() {
  const [chosen, choose] = useState(theme);
  return (
    <select
      aria-label="Colours"
      value={chosen}
      onChange={(event) => {
        chooseTheme(event.currentTarget.value as Theme);
        choose(theme());
      }}
    >
      <option value="system">Auto</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}

function NotFound() {
  return (
    <div class="message">
      <h1>There is no such page</h1>
      <p>
        The address may be mistyped. <Link to="/search">Search the corpus</Link>
      </p>
    </div>
  );
}
