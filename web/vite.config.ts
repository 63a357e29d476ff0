import { defineConfig } from "vite";

// The page is packed into the Python package; `make page` writes it there, and git ignores it.
const PAGE = "../src/lexiscope/serve/page";
const SERVER = "http://127.0.0.1:8600"; // `npm run dev` beside a running `lexiscope serve`

export default defineConfig({
  base: "/",
  build: {
    outDir: PAGE,
    emptyOutDir: true,
    target: "es2022",
    // Nothing is written into the page as data: addresses, and no script stands in it: the server's
    // Content-Security-Policy allows files of its own alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" },
    chunkSizeWarningLimit: 4000, // the volume viewer, loaded where a volume is shown
  },
  server: { proxy: { "/api": SERVER, "/v1": SERVER, "/dicomweb": SERVER } },
});
