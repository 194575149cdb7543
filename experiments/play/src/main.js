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
import { speak } from "./words.js";

const PLACE = ".play";
const DATA = "play-data";

/** What there is to play with in a scenario. */
const VIEWS = [
  ["Step through a pupil", (world) => new Step(world)],
  ["Place your bet", betting],
  ["Be the pupil", bePupil],
  ["My class", classroom],
  ["My own class", ownClass],
];

/** Shows one scenario in its place. */
function show(world, place) {
  if (world.none) {
    place.replaceChildren(made("p", { text: world.none }));
    return;
  }
  const view = made("div");
  const built = new Map();
  const tabs = switches("What to play with", VIEWS.map(([name]) => name), (i) => {
    if (!built.has(i)) built.set(i, VIEWS[i][1](world));
    view.replaceChildren(made("h3", { text: VIEWS[i][0] }), built.get(i).element);
  });
  place.replaceChildren(tabs.element, view);
  tabs.press(0);
}

const place = document.querySelector(PLACE);
try {
  const { worlds, language } = JSON.parse(document.getElementById(DATA).textContent);
  speak(language);
  const body = made("div");
  const titles = choice("Scenario", worlds.map((world) => world.title), (i) => show(worlds[i], body));
  place.replaceChildren(...(worlds.length > 1 ? [titles.element] : []), body);
  show(worlds[0], body);
} catch (error) {
  place.replaceChildren(made("p", { text: `This part of the page cannot be shown: ${error.message}` }));
}
