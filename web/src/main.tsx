import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";

import { render } from "preact";

import { App } from "./app";

const page = document.getElementById("page");
if (page) render(<App />, page);
