/**
 * The map of skills: a box for each, filled as far as it is believed known. It is drawn as wide as its place, so that
 * its letters are as large on a phone as on a screen.
 */

import { inPercent, tr } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const NARROW = 400; // pixels
const GAP = 8;
const LETTER = 6.2; // pixels that a letter of the map takes, on average
const LINE = 13;
const LINES = 2;

/** An element of a drawing. */
function drawn(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * A name in lines of at most so many letters; what does not fit ends in an ellipsis.
 * @param {string} name
 * @param {number} letters
 * @param {number} most
 * @returns {string[]}
 */
export function wrapped(name, letters, most) {
  const lines = [""];
  for (const word of name.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= letters || lines.at(-1) === "") lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const kept = lines.length > most ? [...lines.slice(0, most - 1), lines.slice(most - 1).join(" ")] : lines;
  return kept.map((line) => (line.length <= letters ? line : `${line.slice(0, Math.max(letters - 1, 1)).trimEnd()}…`));
}

/**
 * Where every box stands.
 * @param {number[][]} rows skills from left to right, row by row
 * @param {number} width
 * @param {boolean} dense many skills: one line each
 * @returns {{x: number, y: number, width: number, height: number}[]} by skill
 */
export function places(rows, width, dense) {
  const most = Math.max(...rows.map((row) => row.length));
  const wide = (width - GAP * (most - 1) - 4) / most;
  const height = dense ? LINE + 7 : LINES * LINE + 21;
  const found = [];
  rows.forEach((row, r) => {
    const left = 2 + (width - 4 - row.length * wide - (row.length - 1) * GAP) / 2;
    row.forEach((k, i) => (found[k] = { x: left + i * (wide + GAP), y: 2 + r * (height + (dense ? 4 : 12)), width: wide, height }));
  });
  return found;
}

/** @typedef {{belief: number[] | null, known: boolean[] | null, now: number[], marks?: Map<number, string>}} Shown */

export class SkillMap {
  /**
   * @param {import("./lessons.js").World} world
   * @param {string} title what it shows, for those who cannot see it
   * @param {((skill: number) => void) | null} [choose] what happens where somebody clicks on a skill
   */
  constructor(world, title, choose = null) {
    this.world = world;
    this.choose = choose;
    this.width = 0;
    /** @type {Shown} */
    this.shown = { belief: null, known: null, now: [] };
    this.element = drawn("svg", { role: "img", "aria-label": title, class: "play-map" });
    this.title = title;
    new ResizeObserver(() => this.fit()).observe(this.element);
  }

  /** Draws it anew where its place has another width. */
  fit() {
    const width = Math.floor(this.element.clientWidth);
    if (width === this.width || width === 0) return;
    this.width = width;
    this.draw();
    this.show(this.shown);
  }

  draw() {
    const { map, skills } = this.world;
    const rows = this.width < NARROW ? map.narrow : map.wide;
    const dense = rows.length > 14;
    const boxes = places(rows, this.width, dense);
    const high = Math.max(...boxes.map((box) => box.y + box.height)) + 3;
    this.element.setAttribute("viewBox", `0 0 ${this.width} ${high}`);
    this.element.setAttribute("height", String(high));
    this.arrows = map.arrows.map(([from, to]) => {
      const [a, b] = [boxes[from], boxes[to]];
      const line = { x1: a.x + a.width / 2, y1: a.y + a.height, x2: b.x + b.width / 2, y2: b.y };
      return { to, line: drawn("line", { ...line, class: "play-arrow" }) };
    });
    this.boxes = boxes.map((box, k) => this.box(skills[k], box, dense, k));
    this.element.replaceChildren(...this.arrows.map(({ line }) => line), ...this.boxes.map(({ group }) => group));
  }

  /** One skill. */
  box(name, { x, y, width, height }, dense, k) {
    const letters = Math.floor((width - 8) / LETTER);
    const level = drawn("rect", { x, y, width: 0, height, class: "play-level" });
    const ring = drawn("rect", { x, y, width, height, rx: 4, class: "play-ring" });
    const square = drawn("rect", { x: x + 5, y: y + height - 13, width: 8, height: 8, class: "play-square" });
    const share = drawn("text", { x: x + width - 5, y: y + height - 5, "text-anchor": "end", class: "play-share" });
    const mark = drawn("text", { x: x + 18, y: y + height - 5, class: "play-mark" });
    const lines = wrapped(name, dense ? letters - 7 : letters, dense ? 1 : LINES);
    const label = lines.map((line, i) => drawn("text", { x: x + (dense ? 17 : 5), y: y + 13 + LINE * i }, line));
    const full = drawn("title", {}, name);
    const back = drawn("rect", { x, y, width, height, rx: 4, class: "play-box" });
    const group = drawn("g", {}, full, back, level, ...label, square, share, mark, ring);
    if (this.choose) {
      group.setAttribute("class", "play-choice");
      group.addEventListener("click", () => this.choose(k));
    }
    return { group, level, ring, square, share, mark, full, width };
  }

  /** @param {Shown} shown */
  show(shown) {
    this.shown = shown;
    if (!this.boxes) return;
    const { belief, known, now, marks } = shown;
    this.boxes.forEach((box, k) => {
      const p = belief ? belief[k] : 0;
      box.level.setAttribute("width", String(box.width * p));
      box.share.textContent = belief ? inPercent(p) : "";
      box.square.classList.toggle("play-known", Boolean(known?.[k]));
      box.ring.classList.toggle("play-now", now.includes(k));
      box.mark.textContent = marks?.get(k) ?? "";
      box.full.textContent = told(this.world.skills[k], belief ? inPercent(p) : "", known ? known[k] : null);
    });
    for (const { to, line } of this.arrows) line.classList.toggle("play-into", now.includes(to));
  }
}

/** A box in words. */
function told(skill, share, known) {
  const belief = share ? tr("believed {share} known", { share }) : tr("no belief");
  if (known === null) return tr("{skill}: {belief}", { skill, belief });
  return known ? tr("{skill}: {belief}, in truth known", { skill, belief }) : tr("{skill}: {belief}, in truth not known", { skill, belief });
}
