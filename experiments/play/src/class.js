/**
 * A class week by week: how far each pupil is believed to be, who is flagged, and stuck in what.
 */

import { made } from "../../packed/src/made.js";
import { switches } from "./controls.js";
import { byLevel, inShort, tally } from "./levels.js";
import { capital, inPercent, listed, named, said, tr, trMany, sentence } from "./words.js";

export class SchoolClass {
  /** @param {import("./lessons.js").World} world */
  constructor(world) {
    this.world = world;
    this.told = world.class;
    this.way = 0;
    /** @type {Set<number>} whose skills are listed */
    this.open = new Set();
    const { when } = this.told;
    this.slider = made("input", { type: "range", min: 0, max: when.length - 1, value: when.length - 1, step: 1, "aria-label": tr("By the end of") });
    this.slider.addEventListener("input", () => this.show());
    this.sentence = made("p", { class: "play-now-said", "aria-live": "polite" });
    this.body = made("tbody");
    const names = this.told.levels.map(([name]) => capital(name));
    const head = [tr("Pupil"), ...names].map((name) => made("th", { scope: "col", text: name }));
    const table = made("table", { class: "play-class" }, made("thead", {}, made("tr", {}, ...head)), this.body);
    this.who = switches(tr("Who teaches"), world.ways.slice(0, 2).map((way) => capital(way.name)), (i) => {
      this.way = i;
      this.show();
    });
    this.element = made(
      "div", {},
      said("p", [this.rules()], { class: "play-note" }),
      made("div", { class: "play-bar" }, this.who.element, this.slider, this.sentence),
      table,
    );
    this.rows = this.told.groups.map((group, i) => this.row(group, i));
    this.who.press(0);
  }

  /** What the levels and the flags mean. */
  rules() {
    const { levels, stuck, groups } = this.told;
    const least = levels.slice(0, 3).map(([level, p]) => tr("{level} from {share}", { level, share: inPercent(p) })).join(", ");
    return tr(
      "{pupils} simulated pupils, drawn by lot. The numbers count skills, by what the tutor believes: {levels}; below " +
        "that attempted, or not started where it was never taught. ⚑: among the third of all pupils with the lowest share " +
        "of right answers so far, of those with ten answers; stuck in the skill with most wrong answers ({stuck} at " +
        "least) of those below proficient. A flag is a reason to look, not a verdict.",
      { pupils: groups.length, levels: least, stuck },
    );
  }

  row(group, i) {
    const press = made("button", { type: "button", "aria-expanded": "false", text: tr("Pupil {number}", { number: i + 1 }) });
    press.addEventListener("click", () => {
      if (!this.open.delete(i)) this.open.add(i);
      this.show();
    });
    const flag = made("span", { class: "play-flag" });
    const about = made("small", { text: group, dir: "auto" });
    const cells = this.told.levels.map(() => made("td"));
    const row = made("tr", {}, made("th", { scope: "row" }, press, " ", about, flag), ...cells);
    const list = made("td", { colspan: cells.length + 1 });
    const more = made("tr", { class: "play-more" }, list);
    return { press, flag, cells, row, list, more };
  }

  show() {
    const { world, told } = this;
    const at = Number(this.slider.value);
    const week = told.ways[this.way][at];
    const place = { when: told.when[at], teacher: world.ways[this.way].called };
    this.slider.setAttribute("aria-valuetext", told.when[at]);
    this.sentence.textContent = tr("By the end of {when}, under {teacher}: {counts}.", { ...place, counts: inShort(week, world.skills.length) });
    this.rows.forEach((row, i) => this.fill(row, week, i));
    this.body.replaceChildren(...this.rows.flatMap(({ row, more }, i) => (this.open.has(i) ? [row, more] : [row])));
  }

  fill({ press, flag, cells, row, list }, week, i) {
    const { world, told } = this;
    const count = told.levels.length;
    const flagged = week.flags.includes(i);
    tally(week.levels[i], count).forEach((n, level) => {
      cells[level].textContent = String(n);
      cells[level].style.setProperty("--share", String(n / world.skills.length));
    });
    press.setAttribute("aria-expanded", String(this.open.has(i)));
    row.classList.toggle("play-flagged", flagged);
    const stuck = week.stuck[i];
    flag.replaceChildren();
    if (flagged) {
      const where = stuck < 0 ? sentence("⚑ at risk") : sentence("⚑ at risk, stuck in {skill}", { skill: listed([world.skills[stuck]]) });
      flag.append(said("span", where));
    }
    if (!this.open.has(i)) return;
    const taught = trMany("{n} lesson", "{n} lessons", week.lessons[i]);
    const parts = { group: named(told.groups[i]), lessons: taught, right: week.right[i], asked: week.asked[i] };
    const asked = sentence("Group “{group}”. {lessons}, {right} of {asked} answers right.", parts);
    const lists = byLevel(week.levels[i], world.skills, world.order, count);
    const last = count - 1; // of what was not started, the number is enough
    const lines = lists.slice(0, last).flatMap((names, level) => (names.length > 0 ? [said("p", [`${capital(told.levels[level][0])}: `, ...listed(names), "."])] : []));
    const rest = made("p", { text: `${capital(told.levels[last][0])}: ${trMany("{n} skill", "{n} skills", lists[last].length)}.` });
    list.replaceChildren(said("p", asked), ...lines, rest);
  }
}

/** @param {import("./lessons.js").World} world */
export function classroom(world) {
  return world.class ? new SchoolClass(world) : { element: made("p", { text: tr("This scenario's files hold no beliefs, so there are no levels to show.") }) };
}
