// The phone's key and certificate: the private key never leaves the browser's own store.
import { Bytes, concat, fromBase64url, toBase64url } from "./bytes";

export type Algorithm = "ed25519" | "p256";

export interface Wallet {
  algorithm: Algorithm;
  key: CryptoKey;
  certificate: Bytes;
  /** UTC ms */
  expires: number;
}

/** A refusal with a sentence for the rider. */
export class Refusal extends Error {}

export function usable(): boolean {
  return Boolean(window.isSecureContext && window.crypto && crypto.subtle && window.indexedDB);
}

/** Fetch a certificate for a new key against a one-time code, and keep both. */
export async function activate(url: string, code: string): Promise<Wallet> {
  const made = await makeKey();
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ code, algorithm: made.algorithm, key: toBase64url(made.publicKey) }),
    });
  } catch {
    throw new Refusal("现在没有网。激活要联网一次，之后没网也能用。");
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(body.sentence || "系统忙，请稍后再试。不登记也能用。");
  const wallet: Wallet = {
    algorithm: made.algorithm,
    key: made.privateKey,
    certificate: fromBase64url(body.certificate),
    expires: body.expires,
  };
  await store("readwrite", (box) => box.put(wallet, "code"));
  return wallet;
}

export async function load(): Promise<Wallet | undefined> {
  return store("readonly", (box) => box.get("code"));
}

export async function erase(): Promise<void> {
  await store("readwrite", (box) => box.delete("code"));
}

/** Sign `message` with the wallet's key: 64 bytes with either algorithm. */
export async function sign(wallet: Wallet, message: Bytes): Promise<Bytes> {
  const how = wallet.algorithm === "ed25519" ? { name: "Ed25519" } : { name: "ECDSA", hash: "SHA-256" };
  return new Uint8Array(await crypto.subtle.sign(how, wallet.key, message));
}

interface MadeKey {
  algorithm: Algorithm;
  privateKey: CryptoKey;
  publicKey: Bytes;
}

/** Ed25519 where the browser has it, else P-256, which every browser has. */
async function makeKey(): Promise<MadeKey> {
  try {
    const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"])) as CryptoKeyPair;
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return { algorithm: "ed25519", privateKey: pair.privateKey, publicKey: raw };
  } catch {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return { algorithm: "p256", privateKey: pair.privateKey, publicKey: compressed(point) };
  }
}

/** 04 ‖ X ‖ Y as 02 or 03 ‖ X. */
function compressed(point: Uint8Array): Bytes {
  return concat(Uint8Array.of(2 + (point[64]! & 1)), point.slice(1, 33));
}

function store<T>(mode: IDBTransactionMode, act: (box: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("qinlin", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("wallet");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("wallet", mode);
      const request = act(transaction.objectStore("wallet"));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(request.result);
      };
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    };
  });
}
