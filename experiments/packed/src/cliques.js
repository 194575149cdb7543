/**
 * Groups of skills that hang together (cliques), in a tree: tables of how likely each combination of their states is.
 * What changes in one group is passed on to the others through what they share.
 *
 * @typedef {{first: number, size: number, above: number, between: number, shared: number, map: number[],
 *   below: number[]}} Clique where its table begins and how long it is; the clique that it hangs on (-1: none); where
 *   the table of what both share begins and how long that is; to which of its entries each entry of the clique above
 *   belongs; the cliques that hang on this one
 */

/** Changes of what two cliques share that are not passed on, as shares of it. */
const SAME = 1e-12;

export class Cliques {
  /**
   * @param {{size: number, above: number, shared: number, map: number[], below: number[]}[]} packed
   * @param {number[]} start the tables of somebody whom nobody knows
   */
  constructor(packed, start) {
    this.start = Float64Array.from(start);
    this.s = Float64Array.from(start);
    let first = 0;
    let between = packed.reduce((total, clique) => total + clique.size, 0);
    /** @type {Clique[]} */
    this.all = packed.map((clique) => {
      const placed = { ...clique, first, between };
      first += clique.size;
      between += clique.shared;
      return placed;
    });
    const widest = packed.reduce((most, clique) => Math.max(most, clique.shared), 1);
    this.ratio = new Float64Array(2 * widest);
    this.touched = new Uint8Array(packed.length);
  }

  reset() {
    this.s.set(this.start);
  }

  /**
   * Makes a clique agree with the one that it hangs on.
   * @param {Clique} clique
   * @returns {boolean} whether that changed anything
   */
  down(clique) {
    const { s, ratio } = this;
    const above = this.all[clique.above];
    ratio.fill(0, 0, clique.shared);
    for (let x = 0; x < above.size; x += 1) ratio[clique.map[x]] += s[above.first + x];
    const changed = this.ratios(clique);
    if (changed) {
      for (let block = clique.first; block < clique.first + clique.size; block += clique.shared) {
        for (let x = 0; x < clique.shared; x += 1) s[block + x] *= ratio[x];
      }
    }
    return changed;
  }

  /**
   * Makes the clique that another hangs on agree with it.
   * @param {Clique} clique the one that hangs
   * @returns {boolean} whether that changed anything
   */
  up(clique) {
    const { s, ratio } = this;
    const above = this.all[clique.above];
    ratio.fill(0, 0, clique.shared);
    for (let block = clique.first; block < clique.first + clique.size; block += clique.shared) {
      for (let x = 0; x < clique.shared; x += 1) ratio[x] += s[block + x];
    }
    const changed = this.ratios(clique);
    if (changed) for (let x = 0; x < above.size; x += 1) s[above.first + x] *= ratio[clique.map[x]];
    return changed;
  }

  /**
   * What is shared becomes what it is now; `ratio` becomes by how much it grew.
   * @param {Clique} clique
   * @returns {boolean} whether it changed
   */
  ratios(clique) {
    const { s, ratio } = this;
    let changed = false;
    for (let x = 0; x < clique.shared; x += 1) {
      const before = s[clique.between + x];
      changed = Math.abs(ratio[x] - before) > SAME * before || changed;
      s[clique.between + x] = ratio[x];
      ratio[x] = before > 0 ? ratio[x] / before : 0;
    }
    return changed;
  }

  /**
   * Passes on what changed in one clique: towards the root, then down every other branch.
   * @param {number} start the clique
   */
  spread(start) {
    const fresh = [start];
    for (let c = start; this.all[c].above >= 0 && this.up(this.all[c]); c = this.all[c].above) {
      fresh.push(this.all[c].above);
    }
    const way = fresh.length;
    for (let at = 0; at < fresh.length; at += 1) {
      const c = fresh[at];
      this.touched[c] = 1;
      const origin = at > 0 && at < way ? fresh[at - 1] : -1;
      for (const below of this.all[c].below) {
        if (below !== origin && this.down(this.all[below])) fresh.push(below);
      }
    }
  }
}
