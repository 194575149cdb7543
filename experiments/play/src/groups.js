/**
 * What the tutor believes of each pupil of a class, who is ready for what, and who lacks the same.
 *
 * @typedef {{alias: string, answers: number, known: number[], ready: number[], lacks: number[], next: number}} Pupil
 */

import { Tracing } from "../../packed/src/bkt.js";
import { Graph } from "../../packed/src/graph.js";
import { Misconceptions } from "../../packed/src/misconceptions.js";

const FOLLOWERS = { bkt: Tracing, graph: Graph, misconceptions: Misconceptions };

/** From when on a skill counts as known, and as good enough to build on. */
export const KNOWN = 0.95;
export const BASIS = 0.8;

/**
 * @param {import("./csv.js").Answer[]} answers in order of days
 * @param {any} own the belief, as experiments/play/own.py writes it
 * @param {number[]} order the skills in the order of the curriculum
 * @returns {Pupil[]} by alias
 */
export function classOf(answers, own, order) {
  const byAlias = new Map();
  for (const answer of answers) {
    if (!byAlias.has(answer.alias)) byAlias.set(answer.alias, []);
    byAlias.get(answer.alias).push(answer);
  }
  const last = answers.reduce((day, answer) => Math.max(day, answer.day), -Infinity);
  const aliases = [...byAlias.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return aliases.map((alias) => {
    const known = believed(byAlias.get(alias), own, last);
    const found = placed(known, own.curriculum.prerequisites, order);
    return { alias, answers: byAlias.get(alias).length, known, ...found };
  });
}

/**
 * @param {import("./csv.js").Answer[]} answers of one pupil
 * @param {any} own
 * @param {number} until the day on which is asked
 * @returns {number[]} how surely every skill is known then
 */
export function believed(answers, own, until) {
  const belief = new FOLLOWERS[own.belief.kind](own);
  let day = answers[0]?.day ?? until;
  for (const { skill, right, day: then } of answers) {
    if (then > day) belief.elapse(then - day);
    day = then;
    belief.update(own.question[skill], { answered: true, correct: right, option: -1 });
  }
  if (until > day) belief.elapse(until - day);
  return Array.from(belief.known);
}

/**
 * What follows from what is known.
 * @param {number[]} known
 * @param {number[][]} parents
 * @param {number[]} order
 * @returns {{ready: number[], lacks: number[], next: number}} skills to learn now; prerequisites that are lacking and
 *   could be learnt now; what mastery learning would teach, -1: all is known
 */
export function placed(known, parents, order) {
  const based = (k) => parents[k].every((j) => known[j] >= BASIS);
  const ready = order.filter((k) => known[k] < KNOWN && based(k));
  const needed = new Set(parents.flat());
  const lacks = ready.filter((k) => known[k] < BASIS && needed.has(k));
  return { ready, lacks, next: ready[0] ?? -1 };
}

/**
 * Pupils who lack the same prerequisite.
 * @param {Pupil[]} pupils
 * @param {number[]} order
 * @returns {{skill: number, aliases: string[]}[]} largest group first
 */
export function groupsOf(pupils, order) {
  const found = order.map((skill) => ({ skill, aliases: pupils.filter(({ lacks }) => lacks.includes(skill)).map(({ alias }) => alias) }));
  return found.filter(({ aliases }) => aliases.length > 1).sort((a, b) => b.aliases.length - a.aliases.length);
}
