// Bundles scripts/ and styles/ into static/ with content hashes, gzip copies and a manifest.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { gzipSync } from "node:zlib";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "static");
const PAGES = ["rider", "keeper", "committee", "house"];
// The oldest browser that still opens our pages inside a messenger on an old phone.
const TARGET = ["es2017", "chrome66", "safari12"];

const common = {
  bundle: true,
  minify: true,
  target: TARGET,
  // Safari 12's fault lies in one rare form only, which none of our scripts uses.
  supported: { destructuring: true },
  charset: "utf8",
  legalComments: "none",
  write: false,
  logLevel: "warning",
};

/** Paths of the entries that exist, by the name a page asks for. */
function entries(folder, suffixes) {
  const found = {};
  for (const page of PAGES) {
    const file = suffixes.map((s) => path.join(here, folder, page + s)).find(existsSync);
    if (file) found[page] = file;
  }
  return found;
}

const manifest = {};

/** Write one asset under its content hash, with a gzip copy beside it. */
async function emit(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const { name: stem, ext } = path.parse(name);
  const hashed = `${stem}-${hash}${ext}`;
  await writeFile(path.join(out, hashed), bytes);
  await writeFile(path.join(out, `${hashed}.gz`), gzipSync(bytes, { level: 9 }));
  manifest[name] = hashed;
}

async function bundle(name, options) {
  const result = await build({ ...common, ...options });
  await emit(name, result.outputFiles[0].contents);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

for (const file of await readdir(path.join(here, "images"))) {
  await emit(file, await readFile(path.join(here, "images", file)));
}
for (const [page, file] of Object.entries(entries("styles", [".css"]))) {
  await bundle(`${page}.css`, { entryPoints: [file] });
}
for (const [page, file] of Object.entries(entries("scripts", [".ts", ".js"]))) {
  await bundle(`${page}.js`, { entryPoints: [file], format: "iife" });
}
// The service worker knows the hashed names, so that a new build is a new worker.
const kept = ["rider.css", "rider.js", "icon.svg"].filter((name) => name in manifest);
await bundle("sw.js", {
  entryPoints: [path.join(here, "scripts", "sw.ts")],
  format: "iife",
  define: { KEPT_ASSETS: JSON.stringify(kept.map((name) => `/static/${manifest[name]}`)) },
});
await writeFile(path.join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
