/**
 * Buttons and choices that keys and screen readers know.
 */

import { made } from "../../packed/src/made.js";

/**
 * @param {string} text
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
export function button(text, act) {
  const element = /** @type {HTMLButtonElement} */ (made("button", { type: "button", text }));
  element.addEventListener("click", act);
  return element;
}

/**
 * One of several, with a label.
 * @param {string} text
 * @param {string[]} options
 * @param {(i: number) => void} act
 */
export function choice(text, options, act) {
  const select = /** @type {HTMLSelectElement} */ (made("select", {}, ...options.map((name, i) => made("option", { value: i, text: name, dir: "auto" }))));
  select.addEventListener("change", () => act(Number(select.value)));
  const element = made("label", { class: "play-label" }, `${text} `, select);
  return {
    element,
    select,
    get value() {
      return Number(select.value);
    },
  };
}

/**
 * Buttons of which one is pressed.
 * @param {string} label
 * @param {string[]} options
 * @param {(i: number) => void} act
 */
export function switches(label, options, act) {
  const buttons = options.map((name, i) => button(name, () => press(i)));
  const press = (i) => {
    buttons.forEach((one, j) => one.setAttribute("aria-pressed", String(i === j)));
    act(i);
  };
  return { element: made("div", { class: "play-row", role: "group", "aria-label": label }, ...buttons), press };
}
