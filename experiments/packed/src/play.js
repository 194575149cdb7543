/**
 * The page of a packed tutor, on which somebody is the pupil.
 */

import { made } from "./made.js";
import { Pupil } from "./pupil.js";

const place = document.getElementById("pupil");
try {
  const pupil = new Pupil(JSON.parse(document.getElementById("packed").textContent), "h2");
  document.addEventListener("keydown", (event) => pupil.pressed(event));
  place.replaceChildren(pupil.element);
} catch (error) {
  place.replaceChildren(made("p", { text: String(error.message) }));
}
