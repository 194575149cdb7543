/**
 * Plays histories again that were played in Python: node replay.mjs FOLDER N T FIELDS K; prints what was found as JSON.
 * FOLDER has tutor.mjs, tutor.json, and as 64-bit floats `lessons` (N, T, FIELDS) and `believed` (N, K).
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, ...sizes] = process.argv.slice(2);
const [n, lessonsEach, fields, skills] = sizes.map(Number);
const { Tutor } = await import(pathToFileURL(`${folder}/tutor.mjs`).href);
const floats = (name) => {
  const bytes = readFileSync(`${folder}/${name}`);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const [lessons, believed] = [floats("lessons"), floats("believed")];
/** Scores that differ by less may be in another order, because a logarithm may be rounded otherwise. */
const NEAR = 1e-5;
const OVER = -2;
const FINISH = -1;

const start = process.cpuUsage();
const tutor = new Tutor(JSON.parse(readFileSync(`${folder}/tutor.json`, "utf8")));
const found = { choices: 0, differing: 0, near: 0, ties: 0, finished: 0, off: 0 };
for (let i = 0; i < n; i += 1) {
  tutor.reset();
  for (let t = 0; t < lessonsEach; t += 1) {
    const at = (i * lessonsEach + t) * fields;
    const [chosen, item, correct, option, minutes, hints] = lessons.subarray(at, at + fields);
    if (chosen === OVER) break;
    const choice = tutor.next();
    if (choice.by !== "policy") throw new Error(`history ${i}, lesson ${t}: ${choice.reason}`);
    const { score, second } = choice.why;
    const near = score !== null && second !== null && Math.abs(score - second.score) < NEAR;
    const same = (choice.finish ? FINISH : choice.item) === chosen;
    found.choices += 1;
    found.ties += near;
    found.differing += !same;
    found.near += !same && near;
    if (item === OVER) {
      found.finished += 1;
      break;
    }
    const answer = correct >= 0 ? { correct: correct === 1 } : {};
    tutor.record({ item, ...answer, ...(option >= 0 ? { option } : {}), minutes, hints });
  }
  tutor.belief().forEach(({ known }, k) => {
    found.off = Math.max(found.off, Math.abs(known - believed[i * skills + k]));
  });
}
const { user, system } = process.cpuUsage(start);
process.stdout.write(JSON.stringify({ ...found, node: (user + system) / 1e6 }));
