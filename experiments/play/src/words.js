/**
 * Sentences with names in them. A sentence is a list of texts and of names, which stand apart from the text around them.
 *
 * @typedef {string | {name: string}} Part
 */

import { made } from "../../packed/src/made.js";

/** The language of the page: sentences by their English ones, and which form goes with a number. */
let language = { said: {}, forms: [] };

/** @param {{said: Record<string, string | string[]>, forms: number[]} | undefined} spoken undefined: English */
export function speak(spoken) {
  if (spoken) language = spoken;
}

/** The same: it marks sentences that are written here and said elsewhere. */
export const texts = (marked) => marked;

/**
 * A sentence in the language of the page, with names in it.
 * @param {string} message the English sentence, written out, with {names} in braces for its parts
 * @param {Record<string, string | number | Part | Part[]>} [parts]
 * @returns {Part[]}
 */
export function sentence(message, parts = {}) {
  const known = language.said[message] ?? message;
  return (Array.isArray(known) ? known[0] : known).split(/(\{\w+\})/).flatMap((piece) => {
    const put = /^\{\w+\}$/.test(piece) ? parts[piece.slice(1, -1)] : piece;
    return typeof put === "number" ? String(put) : put;
  });
}

/** A sentence without names that stand apart. */
export const tr = (message, parts = {}) => plain(sentence(message, parts));

/** A sentence about a number of things, in the form that goes with it; {n} is the number. */
export function trMany(one, many, n, parts = {}) {
  const forms = language.said[one];
  const form = language.forms[n < language.forms.length ? n : (n % 100) + 100];
  return tr(forms ? forms[form] : n === 1 ? one : many, { n, ...parts });
}

/** @param {number} p a share */
export const inPercent = (p) => `${p >= 0.9 && p < 0.9995 ? (100 * p).toFixed(1).replace(".0", "") : Math.round(100 * p)}\u00a0%`;

/** @param {string} name */
export const named = (name) => ({ name });

/**
 * Names in a row: “a”, “b” and “c”.
 * @param {string[]} names
 * @returns {Part[]}
 */
export function listed(names) {
  const each = names.map((name) => sentence("“{name}”", { name: named(name) }));
  return each.reduce((some, last, i) => {
    if (i === 0) return last;
    return i < each.length - 1 ? sentence("{some}, {next}", { some, next: last }) : sentence("{some} and {last}", { some, last });
  }, []);
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
