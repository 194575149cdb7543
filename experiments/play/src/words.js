/**
 * Sentences with names in them. A sentence is a list of texts and of names, which stand apart from the text around them.
 *
 * @typedef {string | {name: string}} Part
 */

import { made } from "../../packed/src/made.js";

/** @param {number} p a share */
export const inPercent = (p) => `${p >= 0.9 && p < 0.9995 ? (100 * p).toFixed(1).replace(".0", "") : Math.round(100 * p)}\u00a0%`;

/** @param {number} n */
export const counted = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** @param {string} name */
export const named = (name) => ({ name });

/**
 * Names in a row: “a”, “b” and “c”.
 * @param {string[]} names
 * @returns {Part[]}
 */
export function listed(names) {
  return names.flatMap((name, i) => {
    const before = i === 0 ? "“" : i === names.length - 1 ? "” and “" : "”, “";
    return [before, named(name), ...(i === names.length - 1 ? ["”"] : [])];
  });
}

/**
 * @param {Part[]} parts
 * @returns {string}
 */
export const plain = (parts) => parts.map((part) => (typeof part === "string" ? part : part.name)).join("");

/** A text with a capital letter. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * An element that says a sentence.
 * @param {string} element
 * @param {Part[]} parts
 * @param {Record<string, string>} [attributes]
 */
export function said(element, parts, attributes = {}) {
  return made(element, attributes, ...nodes(parts));
}

/** @param {Part[]} parts */
export function nodes(parts) {
  return parts.map((part) => (typeof part === "string" ? part : made("bdi", { text: part.name })));
}
