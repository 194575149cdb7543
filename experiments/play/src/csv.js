/**
 * Reads a class from a table: alias, skill, right or wrong, date. What cannot be read is said, line by line.
 *
 * @typedef {{alias: string, skill: number, right: boolean, day: number}} Answer day: days since 1970
 */

import { tr, trMany } from "./words.js";

const SEPARATORS = [",", ";", "\t"];
const YES = ["1", "right", "true", "yes", "correct", "r"];
const NO = ["0", "wrong", "false", "no", "incorrect", "w"];
const HEADS = ["alias", "skill", "right", "date"];
const DAY = 86400000; // milliseconds
const TOLD = 8; // lines that are complained of one by one

/**
 * The cells of a table, quoted or not.
 * @param {string} text
 * @param {string} separator
 * @returns {string[][]}
 */
export function cellsOf(text, separator) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text[i];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') cell += text[(i += 1)];
      else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === separator || sign === "\n") {
      row.push(cell.trim());
      cell = "";
      if (sign === "\n") {
        rows.push(row);
        row = [];
      }
    } else if (sign !== "\r") cell += sign;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell.trim()]);
  return rows;
}

/** The day of 2027-01-31 or 31.01.2027; NaN: it is none. */
export function dayOf(text) {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  const [y, m, d] = (iso ? iso.slice(1) : dotted ? dotted.slice(1).reverse() : []).map(Number);
  const date = new Date(Date.UTC(y, m - 1, d));
  return date.getUTCMonth() === m - 1 && date.getUTCDate() === d ? date.getTime() / DAY : NaN;
}

const plainly = (text) => text.trim().toLowerCase().replace(/\s+/g, " ");

/**
 * @param {string} text of a file
 * @param {string[]} skills names that are known here
 * @returns {{answers: Answer[], problems: string[]}} in order of days; `problems` is what was left out, and why
 */
export function readAnswers(text, skills) {
  const first = text.replace(/^\ufeff/, "");
  const line = first.split("\n", 1)[0];
  const counts = SEPARATORS.map((sign) => line.split(sign).length);
  const [head, ...rows] = cellsOf(first, SEPARATORS[counts.indexOf(Math.max(...counts))]);
  const names = (head ?? []).map(plainly);
  const at = HEADS.map((name) => names.indexOf(name));
  const missing = HEADS.filter((_, i) => at[i] < 0);
  if (missing.length > 0) {
    return { answers: [], problems: [tr("The first line must name the columns {columns}; it lacks {missing}.", { columns: HEADS.join(", "), missing: missing.join(", ") })] };
  }
  const numbers = new Map(skills.map((name, k) => [plainly(name), k]));
  const answers = [];
  const problems = [];
  rows.forEach((row, i) => {
    if (row.every((cell) => cell === "")) return;
    const [alias, skill, right, date] = at.map((j) => row[j] ?? "");
    const k = numbers.get(plainly(skill));
    const day = dayOf(date);
    const told = plainly(right);
    const line = i + 2;
    if (alias === "") problems.push(tr("Line {line}: there is no alias.", { line }));
    else if (k === undefined) problems.push(tr("Line {line}: “{cell}” is no skill of this page.", { line, cell: skill }));
    else if (![...YES, ...NO].includes(told)) {
      problems.push(tr("Line {line}: “{cell}” is neither right nor wrong (1 or 0).", { line, cell: right }));
    } else if (Number.isNaN(day)) problems.push(tr("Line {line}: “{cell}” is no day such as 2027-01-31.", { line, cell: date }));
    else answers.push({ alias, skill: k, right: YES.includes(told), day });
  });
  answers.sort((a, b) => a.day - b.day); // stable: on one day in the order of the file
  const more = problems.length - TOLD;
  return { answers, problems: more > 0 ? [...problems.slice(0, TOLD), trMany("{n} more line was left out.", "{n} more lines were left out.", more)] : problems };
}
