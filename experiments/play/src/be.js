/**
 * The reader is the pupil: the tutor runs in the page.
 */

import { made } from "../../packed/src/made.js";
import { Pupil } from "../../packed/src/pupil.js";
import { tr, texts } from "./words.js";

const ALONE = texts("This tutor alone, in a page of its own and as data for a page of yours, with the folder that this page lies in:");
const TRIED = texts("This tutor was made with simulated students and was not validated with pupils.");

/** @param {{packed?: import("../../packed/src/read.js").Packed, unpacked?: string, pack?: string}} world */
export function bePupil(world) {
  const command = world.pack ? [made("p", { class: "play-note" }, tr(ALONE), " ", made("code", { text: world.pack }))] : [];
  if (!world.packed) {
    const why = made("span", { lang: "en", text: world.unpacked });
    return { element: made("div", {}, made("p", {}, tr("This tutor is not in the page:"), " ", why, "."), ...command) };
  }
  const pupil = new Pupil(world.packed, "h4");
  const element = made("div", {}, made("p", { class: "play-caution", text: tr(TRIED) }), pupil.element, ...command);
  element.addEventListener("keydown", (event) => pupil.pressed(event));
  return { element };
}
