/**
 * Placing a bet: the reader says which skill they would teach next, and then sees what the two chose, and what came of it.
 */

import { made } from "../../packed/src/made.js";
import { sharesOf } from "./codes.js";
import { button, choice } from "./controls.js";
import { END, agreement, inWords } from "./counting.js";
import { SkillMap } from "./map.js";
import { capital, listed, named, said, tr, trMany, sentence, texts } from "./words.js";

const INTRO = texts(
  "In these moments the teacher and mastery learning choose differently for the same pupil. You see what the tutor sees. " +
  "Which skill would you teach next?",
);
const HOW = [texts("wrong"), texts("right"), texts("no answer asked for")];
const FILLED = texts("Filled: how far the tutor believes that the pupil knows a skill. A thick frame: what you choose.");
const AFTER = texts("T: the teacher. M: mastery learning. Y: you.");

export class Bet {
  /** @param {import("./lessons.js").World} world */
  constructor(world) {
    this.world = world;
    /** @type {Map<number, number>} */
    this.chosen = new Map();
    this.at = 0;
    this.order = [...world.order];
    const ends = world.bets.some((bet) => bet.mastery === END);
    const names = this.order.map((k) => world.skills[k]);
    this.skill = choice(tr("Teach next"), ["…", ...names, ...(ends ? [tr("(end the teaching)")] : [])], () => this.mark());
    this.place = button(tr("Place the bet"), () => this.bet());
    this.further = button(tr("Next moment"), () => this.go(this.at + 1));
    this.map = new SkillMap(world, tr("What the tutor believes at this moment"), (k) => this.choose(k));
    this.head = made("h4", { tabindex: -1 });
    this.past = made("ol");
    this.result = made("div", { "aria-live": "polite", class: "play-result" });
    this.count = made("p", { class: "play-count", "aria-live": "polite" });
    this.legend = made("p", { class: "play-note" });
    const before = made("div", {}, this.head, made("p", { class: "play-note", text: tr("The lessons just before:") }), this.past);
    const map = made("div", { class: "play-beside" }, this.map.element, this.legend);
    const row = made("div", { class: "play-row" }, this.skill.element, this.place, this.further);
    const parts = [before, map, made("div", {}, row, this.result)];
    this.element = made("div", {}, made("p", { text: tr(INTRO) }), this.count, made("div", { class: "play-two" }, ...parts));
    this.go(0);
  }

  /** The skill that is chosen; undefined: none yet. */
  get choice() {
    const i = this.skill.value - 1;
    return i < 0 ? undefined : (this.order[i] ?? END);
  }

  /** Another moment. */
  go(i) {
    const { bets, skills, items } = this.world;
    this.at = i % bets.length;
    const bet = bets[this.at];
    const before = [...bet.before.answers].map((sign, j) => {
      const [name, , on] = items[bet.before.items[j]];
      return said("li", [...listed(on.map((k) => skills[k])), ": ", { name }, ` (${tr(HOW[Number(sign)])})`]);
    });
    const place = { moment: this.at + 1, moments: bets.length, pupil: bet.number, lesson: bet.lesson, day: bet.day };
    this.head.textContent = tr("Moment {moment} of {moments}: pupil {pupil}, before lesson {lesson} (day {day})", place);
    this.past.setAttribute("start", String(bet.before.first));
    this.past.replaceChildren(...before);
    this.belief = sharesOf(bet.belief, skills.length)[0];
    this.skill.select.value = "0";
    if (this.chosen.has(this.at)) this.skill.select.value = String(1 + this.indexOf(this.chosen.get(this.at)));
    this.mark();
    this.tell();
  }

  indexOf(k) {
    return k === END ? this.order.length : this.order.indexOf(k);
  }

  /** A click on the map. */
  choose(k) {
    if (this.chosen.has(this.at)) return;
    this.skill.select.value = String(1 + this.indexOf(k));
    this.mark();
  }

  mark() {
    const { choice: chosen } = this;
    const over = this.chosen.has(this.at);
    this.place.disabled = over || chosen === undefined;
    this.skill.select.disabled = over;
    this.further.hidden = !over || this.world.bets.length < 2;
    this.map.show({ belief: this.belief, known: null, now: chosen >= 0 ? [chosen] : [], marks: over ? this.marks() : undefined });
    this.legend.textContent = over ? `${tr(FILLED)} ${tr(AFTER)}` : tr(FILLED);
  }

  /** Who chose what, on the map. */
  marks() {
    const { teacher, mastery } = this.world.bets[this.at];
    const found = new Map();
    for (const [k, sign] of [[teacher, tr("T")], [mastery, tr("M")], [this.chosen.get(this.at), tr("Y")]]) {
      found.set(k, [found.get(k), sign].filter(Boolean).join(" "));
    }
    return found;
  }

  bet() {
    if (this.choice === undefined) return;
    this.chosen.set(this.at, this.choice);
    this.mark();
    this.tell();
    (this.further.hidden ? this.head : this.further).focus();
  }

  /** What the two chose, and what came of it; nothing before there is a bet. */
  tell() {
    const { bets, beside } = this.world;
    this.count.textContent = inWords(agreement(bets, this.chosen), beside);
    this.result.replaceChildren(...(this.chosen.has(this.at) ? this.told(bets[this.at]).map((parts) => said("p", parts)) : []));
  }

  /** @returns {import("./words.js").Part[][]} */
  told(bet) {
    const { world } = this;
    const skill = (k) => ({ skill: listed([world.skills[k]]) });
    const mine = this.chosen.get(this.at);
    const other = capital(world.beside);
    const [item, approach] = world.items[bet.item];
    const tries = bet.tries[bet.teacher];
    const times = tries > 0 ? trMany("taught {n} time before", "taught {n} times before", tries) : tr("never taught before");
    const parts = { teacher: capital(world.ways[0].called), times, approach: world.approaches[approach], item: named(item) };
    const found = [
      mine === END ? sentence("You would end the teaching.") : sentence("You would teach {skill}.", skill(mine)),
      sentence("{teacher} taught {skill} ({times}) by {approach}: {item}.", { ...parts, ...skill(bet.teacher) }),
      bet.mastery === END
        ? sentence("{other} would end the teaching in the same situation.", { other })
        : sentence("{other} would teach {skill} in the same situation.", { other, ...skill(bet.mastery) }),
    ];
    const rule = world.ways[0].rules[bet.rule - 1];
    if (rule && !world.guessed) found.push(sentence("The teacher’s rule: {rule}", { rule }));
    else if (rule && bet.named === bet.teacher) found.push(sentence("Rule {number} of its list decides: {rule}", { number: bet.rule, rule }));
    else if (rule) found.push(sentence("No short rule says why: rule {number} of its list would choose otherwise ({rule})", { number: bet.rule, rule }));
    return [...found, [bet.then.join(" ")]];
  }
}

/** @param {import("./lessons.js").World} world */
export function betting(world) {
  if (world.bets.length > 0) return new Bet(world);
  const why = world.beside && world.believed
    ? tr("There is none: both always choose the same skill, as far as the files tell.")
    : tr("There is none: the files do not tell what was believed, or what mastery learning would have done.");
  return { element: said("p", [why]) };
}
