// Bytes as base64url and as one decimal number (old browsers have no BigInt).

export type Bytes = Uint8Array<ArrayBuffer>;

export function fromBase64url(text: string): Bytes {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

export function toBase64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...Array.from(bytes)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function concat(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The big-endian number in `bytes`, in decimal; limbs of seven digits stay exact in a double. */
export function toDecimal(bytes: Uint8Array): string {
  const LIMB = 1e7;
  const limbs = [0];
  for (const byte of Array.from(bytes)) {
    let carry = byte;
    for (let i = 0; i < limbs.length; i++) {
      const value = limbs[i]! * 256 + carry;
      limbs[i] = value % LIMB;
      carry = Math.floor(value / LIMB);
    }
    if (carry) limbs.push(carry);
  }
  return limbs.reverse().map((limb, i) => (i ? String(limb).padStart(7, "0") : String(limb))).join("");
}
