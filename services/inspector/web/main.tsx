/** The page begins here: the address says what is shown, the server what is known. */

import { render } from "preact";
import { App } from "./app.tsx";
import { connect } from "./connection.ts";
import { startPlaying } from "./player.ts";
import { followRoute, noteMoment, type Route } from "./route.ts";
import { changed, onChange, store } from "./store.ts";
import { applyTheme } from "./theme.ts";

const page = document.getElementById("page");
let route: Route = { view: "overview", subject: "", node: "" };

const show = () => {
  if (page !== null) render(<App route={route} />, page);
};

/** "since" and timers go on while nothing happens. */
const tick = 250;

/** Browsers allow a hundred changes of the address in ten seconds. */
const addressPace = 300;
let isNoting = false;

applyTheme();
onChange(show);
onChange(() => {
  if (isNoting) return;
  isNoting = true;
  setTimeout(() => {
    isNoting = false;
    noteMoment(route);
  }, addressPace);
});
followRoute((next) => {
  route = next;
  changed();
});
startPlaying();
connect();
setInterval(() => {
  if (store.moment === undefined && store.hello?.mode !== "file" && !document.hidden) show();
}, tick);
