// Generates the TypeScript client from the contract and type-checks a sample written against it.
//   node types.mjs [path to openapi.json]
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const contract = resolve(process.argv[2] ?? join(here, "..", "openapi", "openapi.json"));
const out = join(here, "build");

mkdirSync(out, { recursive: true });
const tree = await openapiTS(pathToFileURL(contract), { exportType: true });
const code = astToString(tree);
writeFileSync(join(out, "alongside.ts"), code);

const tsc = spawnSync(
  process.execPath,
  [join(here, "node_modules", "typescript", "bin", "tsc"), "--project", "tsconfig.json"],
  { cwd: here, encoding: "utf8" },
);
process.stdout.write(tsc.stdout);
process.stderr.write(tsc.stderr);
if (tsc.status === 0) {
  console.log(`client: ${code.split("\n").length} lines generated, the sample type-checks`);
}
process.exit(tsc.status ?? 1);
