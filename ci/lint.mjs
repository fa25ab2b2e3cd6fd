// Lints the committed contract with three rule sets and accepts no error, warning or hint.
//   node lint.mjs [path to openapi.json]
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const contract = resolve(process.argv[2] ?? join(here, "..", "openapi", "openapi.json"));
const require = createRequire(import.meta.url);

function tool(name, args) {
  // The package's own entry file, so that no shim or search path decides which version runs.
  const manifest = require(join(here, "node_modules", name, "package.json"));
  const bin = typeof manifest.bin === "string" ? manifest.bin : Object.values(manifest.bin)[0];
  return spawnSync(process.execPath, [join(here, "node_modules", name, bin), ...args], {
    cwd: here,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
  });
}

function read(run, name) {
  try {
    return JSON.parse(run.stdout);
  } catch {
    console.error(run.stdout, run.stderr);
    throw new Error(`${name} gave no report (exit ${run.status})`);
  }
}

function spectral(ruleset) {
  const run = tool("@stoplight/spectral-cli", [
    "lint", contract, "--ruleset", ruleset, "--format", "json", "--quiet",
    "--fail-severity", "hint",
  ]);
  return read(run, ruleset).map((found) => ({
    error: found.severity === 0,
    text: `${found.code}  ${found.path.join("/")}: ${found.message}`,
  }));
}

function redocly() {
  const run = tool("@redocly/cli", [
    "lint", contract, "--config", "redocly.yaml", "--format", "json", "--max-problems", "10000",
  ]);
  return read(run, "redocly").problems.map((found) => ({
    error: found.severity === "error",
    text: `${found.ruleId}  ${found.location?.[0]?.pointer ?? ""}: ${found.message}`,
  }));
}

let total = 0;
for (const [name, check] of [
  ["spectral:oas", () => spectral("spectral-oas.yaml")],
  ["OWASP", () => spectral("spectral-owasp.yaml")],
  ["Redocly recommended-strict", redocly],
]) {
  const found = check();
  const errors = found.filter((one) => one.error).length;
  for (const one of found) console.error(`  ${one.error ? "error" : "warning"}  ${one.text}`);
  console.log(`${name}: ${errors} errors, ${found.length - errors} warnings`);
  total += found.length;
}
process.exit(total === 0 ? 0 : 1);
