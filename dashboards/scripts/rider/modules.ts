// The modules of a QR code (ISO/IEC 18004) for the one thing a rider's page encodes: digits at level M.
//
// A token has 432 digits (Ed25519) or 434 (P-256), so only versions 9 and 10 are here. A general
// library would weigh as much as the rest of the page twice over.

interface Shape {
  version: number;
  /** Digits that fit. */
  room: number;
  /** Bits of the digit count. */
  countBits: number;
  /** Centres of the alignment patterns, on both axes. */
  centres: number[];
  /** Error correction codewords of each block. */
  correction: number;
  /** Data codewords of each block. */
  blocks: number[];
}

const SHAPES: Shape[] = [
  { version: 9, room: 432, countBits: 10, centres: [6, 26, 46], correction: 22, blocks: [36, 36, 36, 37, 37] },
  { version: 10, room: 513, countBits: 12, centres: [6, 28, 50], correction: 26, blocks: [43, 43, 43, 43, 44] },
];

const MASKS: ((row: number, column: number) => boolean)[] = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (_, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** Rows of modules, true for dark. */
export type Matrix = boolean[][];

export interface Code {
  version: number;
  mask: number;
  matrix: Matrix;
}

/** The code for up to 513 digits, with the mask that scanners find easiest. */
export function encode(digits: string): Code {
  const shape = SHAPES.find((s) => digits.length <= s.room);
  if (!shape || !/^\d+$/.test(digits)) throw new Error("not the digits of a token");
  const words = interleaved(shape, codewords(shape, digits));
  let best: Code | undefined;
  let least = Infinity;
  for (let mask = 0; mask < MASKS.length; mask++) {
    const matrix = filled(shape, words, mask);
    const cost = penalty(matrix);
    if (cost < least) {
      least = cost;
      best = { version: shape.version, mask, matrix };
    }
  }
  return best!;
}

/** Data codewords: mode 0001, count, ten bits for three digits, then padding. */
function codewords(shape: Shape, digits: string): number[] {
  const total = shape.blocks.reduce((sum, n) => sum + n, 0);
  let bits = "";
  const put = (value: number, width: number): void => {
    bits += value.toString(2).padStart(width, "0");
  };
  put(1, 4);
  put(digits.length, shape.countBits);
  for (let i = 0; i < digits.length; i += 3) {
    const group = digits.slice(i, i + 3);
    put(Number(group), [4, 7, 10][group.length - 1]!);
  }
  bits += "0".repeat(Math.min(4, total * 8 - bits.length));
  bits += "0".repeat((8 - (bits.length % 8)) % 8);
  const words = bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2));
  for (let i = 0; words.length < total; i++) words.push(i % 2 ? 0x11 : 0xec);
  return words;
}

/** All blocks' first codewords, then all second ones …; the same for error correction. */
function interleaved(shape: Shape, words: number[]): number[] {
  let at = 0;
  const data = shape.blocks.map((n) => words.slice(at, (at += n)));
  const correction = data.map((block) => remainder(block, shape.correction));
  const result: number[] = [];
  for (const part of [data, correction]) {
    const longest = Math.max(...part.map((block) => block.length));
    for (let i = 0; i < longest; i++) {
      for (const block of part) if (i < block.length) result.push(block[i]!);
    }
  }
  return result;
}

/** Product in GF(256) modulo x⁸ + x⁴ + x³ + x² + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (; b; b >>= 1) {
    if (b & 1) product ^= a;
    a = (a << 1) ^ (a & 0x80 ? 0x11d : 0);
  }
  return product;
}

/** Reed-Solomon: what is left of block · xⁿ divided by (x − 1)(x − 2)(x − 4) … */
function remainder(block: number[], n: number): number[] {
  let generator = [1];
  for (let i = 0, root = 1; i < n; i++, root = times(root, 2)) {
    generator = generator.concat(0).map((value, k) => value ^ (k ? times(generator[k - 1]!, root) : 0));
  }
  const rest = block.concat(new Array<number>(n).fill(0));
  for (let i = 0; i < block.length; i++) {
    const factor = rest[i]!;
    if (factor) for (let k = 0; k <= n; k++) rest[i + k]! ^= times(generator[k]!, factor);
  }
  return rest.slice(block.length);
}

/** `value` followed by its BCH check bits. */
function checked(value: number, generator: number): number {
  const degree = generator.toString(2).length - 1;
  let rest = value << degree;
  for (let bit = 24; bit >= degree; bit--) if ((rest >> bit) & 1) rest ^= generator << (bit - degree);
  return (value << degree) | rest;
}

/** Patterns, format, version, and the codewords under one mask. */
function filled(shape: Shape, words: number[], mask: number): Matrix {
  const size = 17 + 4 * shape.version;
  const matrix = Array.from({ length: size }, () => new Array<boolean | undefined>(size));

  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]] as const) {
    for (let r = -1; r <= 7; r++) {
      for (let c = -1; c <= 7; c++) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        const row = matrix[top + r];
        if (row && left + c >= 0 && left + c < size) row[left + c] = ring !== 2 && ring !== 4;
      }
    }
  }
  for (const y of shape.centres) {
    for (const x of shape.centres) {
      if (matrix[y]![x] !== undefined) continue; // a finder pattern is there
      for (let r = -2; r <= 2; r++) {
        for (let c = -2; c <= 2; c++) matrix[y + r]![x + c] = Math.max(Math.abs(r), Math.abs(c)) !== 1;
      }
    }
  }
  for (let i = 8; i < size - 8; i++) matrix[6]![i] = matrix[i]![6] = i % 2 === 0;

  const version = checked(shape.version, 0x1f25);
  for (let i = 0; i < 18; i++) {
    const dark = ((version >> i) & 1) === 1;
    const [a, b] = [Math.floor(i / 3), (i % 3) + size - 11];
    matrix[a]![b] = matrix[b]![a] = dark;
  }
  const format = checked(mask, 0x537) ^ 0x5412; // level M is 00
  for (let i = 0; i < 15; i++) {
    const dark = ((format >> i) & 1) === 1;
    matrix[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i]![8] = dark;
    matrix[8]![i < 8 ? size - 1 - i : i < 9 ? 7 : 14 - i] = dark;
  }
  matrix[size - 8]![8] = true;

  let at = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right--; // the column of the timing pattern
    for (let i = 0; i < size; i++) {
      const row = up ? size - 1 - i : i;
      for (const column of [right, right - 1]) {
        if (matrix[row]![column] !== undefined) continue;
        const bit = at < words.length * 8 && ((words[at >> 3]! >> (7 - (at & 7))) & 1) === 1;
        matrix[row]![column] = bit !== MASKS[mask]!(row, column);
        at++;
      }
    }
  }
  return matrix as Matrix;
}

/** How hard a matrix is to read: long runs, blocks, false finders, more dark than light. */
function penalty(matrix: Matrix): number {
  const size = matrix.length;
  const columns = matrix.map((_, c) => matrix.map((row) => row[c]!));
  let cost = 0;
  let dark = 0;
  for (const lines of [matrix, columns]) {
    for (const line of lines) {
      const text = line.map((d) => (d ? "1" : "0")).join("");
      for (const run of text.match(/0{5,}|1{5,}/g) || []) cost += run.length - 2;
      for (let i = 0; i + 11 <= size; i++) {
        const part = text.slice(i, i + 11);
        if (part === "10111010000" || part === "00001011101") cost += 40;
      }
    }
  }
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const here = matrix[r]![c]!;
      if (here) dark++;
      const below = matrix[r + 1];
      if (below && c + 1 < size && here === matrix[r]![c + 1] && here === below[c] && here === below[c + 1]) cost += 3;
    }
  }
  return cost + 10 * Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5);
}
