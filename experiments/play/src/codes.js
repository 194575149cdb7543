/**
 * Reads what experiments/play/codes.py writes: numbers and maps as short texts.
 */

const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const FINEST = SIGNS.length ** 2 - 1;

/**
 * Shares of two signs each, in rows.
 * @param {string} text
 * @param {number} width how many there are in a row
 * @returns {number[][]}
 */
export function sharesOf(text, width) {
  const found = [];
  for (let at = 0; at < text.length; at += 2 * width) {
    const row = [];
    for (let k = 0; k < width; k += 1) {
      const place = at + 2 * k;
      row.push((SIGNS.length * SIGNS.indexOf(text[place]) + SIGNS.indexOf(text[place + 1])) / FINEST);
    }
    found.push(row);
  }
  return found;
}

/**
 * What is known at every time, from what changes: time, skill, time, skill, …
 * @param {number[]} changes
 * @param {number} width how many skills there are
 * @param {number} times
 * @returns {boolean[][]}
 */
export function knownOf(changes, width, times) {
  const now = Array(width).fill(false);
  const found = [];
  let at = 0;
  for (let t = 0; t < times; t += 1) {
    for (; at < changes.length && changes[at] === t; at += 2) now[changes[at + 1]] = !now[changes[at + 1]];
    found.push([...now]);
  }
  return found;
}

/**
 * The value of every time, from where each begins.
 * @param {number[][]} starts (time, value)
 * @param {number} times
 * @returns {number[]}
 */
export function spreadOut(starts, times) {
  const found = [];
  let at = -1;
  for (let t = 0; t < times; t += 1) {
    while (at + 1 < starts.length && starts[at + 1][0] <= t) at += 1;
    found.push(starts[at][1]);
  }
  return found;
}
