/**
 * A checksum over what a packed tutor says, whatever spaces or order of keys its file has.
 */

const ROUNDS = 64;

/**
 * The first 32 bits of the fractional parts of roots of the first primes, as SHA-256 has them.
 * @param {number} root 2 for square roots, 3 for cube roots
 * @param {number} count how many primes
 * @returns {Uint32Array}
 */
function fractionsOfRoots(root, count) {
  const found = new Uint32Array(count);
  const primes = [];
  for (let n = 2; primes.length < count; n += 1) {
    if (primes.every((p) => n % p !== 0)) {
      const power = n ** (1 / root);
      found[primes.length] = (power - Math.floor(power)) * 2 ** 32;
      primes.push(n);
    }
  }
  return found;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} the SHA-256 of the bytes in hexadecimal digits
 */
function sha256(bytes) {
  const constants = fractionsOfRoots(3, ROUNDS);
  const state = fractionsOfRoots(2, 8);
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const w = new Uint32Array(ROUNDS);
  const turned = (x, by) => (x >>> by) | (x << (32 - by));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < ROUNDS; i += 1) {
      const early = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const late = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + early + w[i - 7] + late;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < ROUNDS; i += 1) {
      const chosen = (e & f) ^ (~e & g);
      const major = (a & b) ^ (a & c) ^ (b & c);
      const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + constants[i] + w[i]) | 0;
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + major) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((part, i) => (state[i] += part));
  }
  return Array.from(state, (part) => part.toString(16).padStart(8, "0")).join("");
}

/**
 * Lays out plain data as bytes: a letter for the kind, then lengths, letters in UTF-8, and numbers as 64-bit floats.
 * @param {unknown} value
 * @param {number[]} out the bytes so far, added to
 */
function layOut(value, out) {
  const number = new DataView(new ArrayBuffer(8));
  const letters = new TextEncoder();
  const count = (n) => {
    number.setUint32(0, n);
    for (let i = 0; i < 4; i += 1) out.push(number.getUint8(i));
  };
  const text = (string) => {
    const bytes = letters.encode(string);
    count(bytes.length);
    for (const byte of bytes) out.push(byte);
  };
  const one = (part) => {
    if (part === null) out.push(0x6e);
    else if (typeof part === "boolean") out.push(part ? 0x74 : 0x66);
    else if (typeof part === "number") {
      out.push(0x64);
      number.setFloat64(0, part);
      for (let i = 0; i < 8; i += 1) out.push(number.getUint8(i));
    } else if (typeof part === "string") {
      out.push(0x73);
      text(part);
    } else if (Array.isArray(part)) {
      out.push(0x61);
      count(part.length);
      part.forEach(one);
    } else {
      const keys = Object.keys(part).sort();
      out.push(0x6f);
      count(keys.length);
      for (const key of keys) {
        text(key);
        one(part[key]);
      }
    }
  };
  one(value);
}

/**
 * The checksum of a packed tutor: of everything in it but the checksum itself.
 * @param {Record<string, unknown>} packed
 * @returns {string}
 */
export function checksum(packed) {
  const { checksum: _, ...rest } = packed;
  const out = [];
  layOut(rest, out);
  return sha256(Uint8Array.from(out));
}
