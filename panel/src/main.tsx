import "./style.css";
import { render } from "preact";
import { App } from "./app";
import { begin } from "./session";

void begin();
render(<App />, document.getElementById("app")!);
