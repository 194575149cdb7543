/**
 * Stepping through a pupil's lessons: two maps side by side, one slider for both.
 */

import { made } from "../../packed/src/made.js";
import { button, choice, switches } from "./controls.js";
import { Lessons, nextDisagreement } from "./lessons.js";
import { SkillMap } from "./map.js";
import { capital, named, nodes, tr, sentence, texts } from "./words.js";

const PAUSE = 900; // milliseconds that a lesson stays while it plays
const LEGEND = texts(
  "A box is a skill. It is filled as far as the tutor believes that the pupil knows it; a thick frame: taught now; " +
  "a small square: really known. Only we know that, who made the pupil: no tutor sees it.",
);
const KEYS = texts("Keys: ← and → go by one lesson, the space bar plays, N goes to the next lesson in which the two begin to differ.");

export class Step {
  /** @param {import("./lessons.js").World} world */
  constructor(world) {
    this.world = world;
    this.timer = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.still.addEventListener("change", () => this.pause());
    this.at = 0;
    this.maps = world.ways.slice(0, 2).map((way, i) => new SkillMap(world, i === 0 ? tr("What the teacher believes") : tr("What {name} believes", { name: way.name })));
    this.sentences = this.maps.map(() => made("p", { class: "play-said" }));
    this.live = made("div");
    this.note = made("p", { class: "play-note" });
    this.build();
    this.choosePupil(0);
  }

  build() {
    const { world } = this;
    this.pupil = choice(tr("Pupil"), world.pupils.map((one) => `${one.number} (${one.role})`), (i) => this.choosePupil(i));
    const others = world.ways.slice(1).map((way) => way.name);
    this.other = choice(tr("Beside the teacher"), others, () => this.choosePupil(this.pupil.value));
    this.slider = made("input", { type: "range", min: 0, step: 1, value: 0, "aria-label": tr("Lesson") });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.play = button(tr("Play"), () => (this.timer ? this.pause() : this.start()));
    this.next = button(tr("Next disagreement"), () => this.jump());
    this.back = button(tr("Previous"), () => this.go(this.at - 1));
    this.on = button(tr("Next"), () => this.go(this.at + 1));
    const keys = tr(KEYS);
    const bar = made("div", { class: "play-bar" }, this.slider, made("div", { class: "play-row" }, this.back, this.play, this.on, this.next));
    const panels = this.maps.map((map, i) => {
      const heading = made("h4", { class: "play-who" });
      return { heading, panel: made("div", { class: `play-panel play-panel-${i}` }, heading, this.sentences[i], map.element) };
    });
    this.which = switches(tr("Which map"), [tr("Teacher"), tr("Beside")], (i) => this.places?.setAttribute("data-only", String(i)));
    this.which.element.classList.add("play-which");
    this.places = made("div", { class: "play-maps" }, ...panels.map(({ panel }) => panel));
    this.which.press(0);
    this.headings = panels.map(({ heading }) => heading);
    this.live.append(this.note);
    this.element = made(
      "div",
      { class: "play-step", tabindex: 0, role: "group", "aria-label": `${tr("Step through a pupil.")} ${keys}` },
      made("div", { class: "play-row" }, this.pupil.element, this.other.element),
      (this.about = made("p", { class: "play-note" })),
      bar,
      this.live,
      this.which.element,
      this.places,
      made("p", { class: "play-note", text: `${tr(LEGEND)} ${keys}` }),
    );
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Another pupil, or another way of teaching beside the teacher. */
  choosePupil(i) {
    const { world } = this;
    const pupil = world.pupils[i];
    const beside = this.other.value + 1;
    this.pause();
    this.own = new Lessons(world, 0, pupil.ways[0]);
    this.their = pupil.ways[beside] ? new Lessons(world, beside, pupil.ways[beside]) : null;
    this.asked = beside === 1 && world.beside !== "";
    const ends = [this.own, this.their].map((one, w) => {
      return one ? tr("{result} under {teacher}", { result: one.kept.result, teacher: world.ways[w ? beside : 0].called }) : "";
    });
    const parts = { number: pupil.number, group: named(pupil.group), results: ends.filter(Boolean).join(", ") };
    this.about.replaceChildren(...nodes(sentence("Pupil {number}, group “{group}”. At the exam: {results}.", parts)));
    [world.ways[0], world.ways[beside]].forEach((way, w) => (this.headings[w].textContent = capital(way.name)));
    this.slider.max = String(Math.max(this.own.count, this.their?.count ?? 0));
    this.go(0);
  }

  /** Shows a lesson. */
  go(t) {
    const last = Number(this.slider.max);
    this.at = Math.min(Math.max(t, 0), last);
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", this.at < last ? tr("Lesson {lesson} of {lessons}", { lesson: this.at + 1, lessons: last }) : tr("The end"));
    [this.own, this.their].forEach((lessons, w) => this.showOne(lessons, w));
    const differ = this.asked ? this.own.disagreement(this.at) : [];
    this.note.replaceChildren(...nodes(differ.length > 0 ? differ : ["\u00a0"]));
    this.back.disabled = this.at === 0;
    this.on.disabled = this.at === last;
    if (this.at === last) this.pause();
  }

  showOne(lessons, w) {
    if (!lessons) {
      this.sentences[w].textContent = tr("Of this pupil no lessons were kept here.");
      this.maps[w].show({ belief: null, known: null, now: [] });
      return;
    }
    this.sentences[w].replaceChildren(...nodes(lessons.sentence(this.at)));
    this.maps[w].show({ belief: lessons.belief(this.at), known: lessons.known(this.at), now: lessons.taught(this.at) });
  }

  jump() {
    const found = nextDisagreement(this.own, this.their, this.at, this.asked);
    this.pause();
    if (found >= 0) this.go(found);
    else this.note.textContent = tr("From here on the two never surely differ. The next press looks from the beginning.");
    if (found < 0) this.at = -1;
  }

  start() {
    if (this.still.matches) {
      this.note.textContent = tr("Your device asks for no motion, so nothing plays by itself: Next goes on by one lesson.");
      return;
    }
    if (this.at >= Number(this.slider.max)) this.go(0);
    this.speak("off");
    this.timer = setInterval(() => this.go(this.at + 1), PAUSE);
    this.play.textContent = tr("Pause");
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.speak("polite");
    if (this.play) this.play.textContent = tr("Play");
  }

  /** Whether screen readers say the teacher's lesson, and where the two differ. */
  speak(how) {
    for (const place of [this.live, this.sentences[0]]) place.setAttribute("aria-live", how);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { tagName } = /** @type {HTMLElement} */ (event.target);
    if (tagName === "SELECT") return;
    const does = { ArrowLeft: () => this.go(this.at - 1), ArrowRight: () => this.go(this.at + 1), n: () => this.jump() };
    if (tagName !== "BUTTON") does[" "] = () => this.play.click();
    const act = does[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
