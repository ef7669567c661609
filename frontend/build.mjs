// Bundles the style sheet and every script of frontend/ into venture/static/dist, under names that change with the content.
//
// Entries are css/app.css and each js/*.js; a script that only other scripts use belongs in a folder below js/.
// manifest.json maps the plain name to the hashed one ("app.css" → "app-AB12CD34.css") and is written last, whole, so
// that a server running beside the build never reads a name whose file is not there yet.

import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "..", "venture", "static", "dist");

async function entries() {
  const scripts = (await readdir(path.join(here, "js"))).filter((name) => name.endsWith(".js")).sort();
  return ["css/app.css", ...scripts.map((name) => `js/${name}`)];
}

const result = await build({
  absWorkingDir: here,
  entryPoints: await entries(),
  outdir: dist,
  outbase: here,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  // Each script stands alone: it works in a plain deferred script element and as a module.
  format: "iife",
  target: ["es2019", "chrome79", "safari13"],
  // Safari 13 has destructuring; esbuild counts it as absent there for one rare form that Bootstrap and we don't use.
  supported: { destructuring: true },
  loader: { ".svg": "file", ".png": "file", ".woff2": "file" },
  charset: "utf8",
  minify: true,
  metafile: true,
  write: false,
  logLevel: "warning",
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) {
    manifest[path.basename(output.entryPoint)] = path.basename(file);
  }
}

await mkdir(dist, { recursive: true });
const kept = new Set(["manifest.json"]);
for (const file of result.outputFiles) {
  kept.add(path.basename(file.path));
  await writeFile(file.path, file.contents);
}
const draft = path.join(dist, "manifest.json.new");
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(draft, `${JSON.stringify(sorted, null, 2)}\n`);
await rename(draft, path.join(dist, "manifest.json"));
for (const name of await readdir(dist)) {
  if (!kept.has(name)) {
    await rm(path.join(dist, name), { recursive: true });
  }
}
