// The text of the rider's QR: certificate, time and signature as one decimal number.
import { concat, toDecimal } from "./bytes";
import { sign, Wallet } from "./wallet";

const DOMAIN = Uint8Array.from("qinlin/1/time\0", (c) => c.charCodeAt(0));

/** Digits for `now` (UTC ms). */
export async function digits(wallet: Wallet, now: number): Promise<string> {
  const ts = new Uint8Array(4);
  new DataView(ts.buffer).setUint32(0, Math.floor(now / 1000));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", wallet.certificate));
  const signature = await sign(wallet, concat(DOMAIN, hash, ts));
  // The leading 1 keeps leading zeros of the token.
  return toDecimal(concat(Uint8Array.of(1), wallet.certificate, ts, signature));
}
