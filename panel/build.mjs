// Builds the panel into dist/ (or the folder named on the command line). The same sources give the same bytes: nothing of this machine,
// of the day, or of the folder's path gets into the output, so that a check can compare it with what is committed.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "dist"));
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "assets"), { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.tsx" },
  outdir: out,
  write: true,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  minify: true,
  legalComments: "none",
  metafile: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  entryNames: "assets/[name]-[hash]",
  chunkNames: "assets/[name]-[hash]",
  logLevel: "warning",
});

const outputs = Object.entries(result.metafile.outputs);
const entry = outputs.find(([, o]) => o.entryPoint === "src/main.tsx");
const script = entry[0].split("/").slice(-2).join("/");
const style = entry[1].cssBundle.split("/").slice(-2).join("/");
const first = (entry[1].imports ?? [])
  .filter((i) => i.kind === "import-statement")
  .map((i) => i.path.split("/").slice(-2).join("/"))
  .sort();
const preload = first.map((p) => `    <link rel="modulepreload" href="./${p}">\n`).join("");
const page = readFileSync(join(here, "src/index.html"), "utf8")
  .replace("%STYLE%", `./${style}`)
  .replace("%SCRIPT%", `./${script}`)
  .replace("    %PRELOAD%\n", preload);
writeFileSync(join(out, "index.html"), page);
cpSync(join(here, "public"), out, { recursive: true });

// What a first visit loads: the page, the style, the script and what it imports at once. A second language is loaded on demand.
const load = ["index.html", style, script, ...first, "icon.svg"];
let total = 0;
for (const name of load) {
  const size = gzipSync(readFileSync(join(out, name)), { level: 9 }).length;
  total += size;
  if (!process.env.QUIET) console.log(`${String(size).padStart(8)}  ${name}`);
}
if (!process.env.QUIET) {
  console.log(`${String(total).padStart(8)}  octets compressed at the first visit`);
  console.log(`${readdirSync(join(out, "assets")).length} files in assets/`);
}
