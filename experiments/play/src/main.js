/**
 * Fills the section of the report that somebody plays with.
 */

import { made } from "../../packed/src/made.js";
import { bePupil } from "./be.js";
import { betting } from "./bet.js";
import { classroom } from "./class.js";
import { choice, switches } from "./controls.js";
import { ownClass } from "./own.js";
import { Step } from "./step.js";
import { tr, speak, texts } from "./words.js";

const PLACE = ".play";
const DATA = "play-data";

/** What there is to play with in a scenario. */
const VIEWS = [
  [texts("Step through a pupil"), (world) => new Step(world)],
  [texts("Place your bet"), betting],
  [texts("Be the pupil"), bePupil],
  [texts("My class"), classroom],
  [texts("My own class"), ownClass],
];

/** Shows one scenario in its place. */
function show(world, place) {
  if (world.none) {
    place.replaceChildren(made("p", { text: world.none }));
    return;
  }
  const view = made("div");
  const built = new Map();
  const tabs = switches(tr("What to play with"), VIEWS.map(([name]) => tr(name)), (i) => {
    if (!built.has(i)) built.set(i, VIEWS[i][1](world));
    view.replaceChildren(made("h3", { text: tr(VIEWS[i][0]) }), built.get(i).element);
  });
  place.replaceChildren(tabs.element, view);
  tabs.press(0);
}

const place = document.querySelector(PLACE);
try {
  const { worlds, language } = JSON.parse(document.getElementById(DATA).textContent);
  speak(language);
  const body = made("div");
  const titles = choice(tr("Scenario"), worlds.map((world) => world.title), (i) => show(worlds[i], body));
  place.replaceChildren(...(worlds.length > 1 ? [titles.element] : []), body);
  show(worlds[0], body);
} catch (error) {
  place.replaceChildren(made("p", { text: tr("This part of the page cannot be shown: {reason}", { reason: error.message }) }));
}
