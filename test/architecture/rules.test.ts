/** The compiler and the linter enforce rules of this project: each is seen to fire on a planted breach. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { repositoryRoot } from "../support/root.ts";
import { type Outcome, run } from "../support/run.ts";

interface Breach {
  readonly what: string;
  readonly file: string;
  readonly source: string;
  /** What the tool says of it, after the name of the file. */
  readonly says: RegExp;
}

const compilerBreaches: readonly Breach[] = [
  {
    what: "the core starts a timer",
    file: "protocol/flow/timer.ts",
    source: "setTimeout(() => {}, 1);\n",
    says: /TS\d+: Cannot find name 'setTimeout'/,
  },
  {
    what: "the core uses Buffer",
    file: "protocol/wire/buffer.ts",
    source: "export const bytes: Uint8Array = Buffer.alloc(1);\n",
    says: /TS\d+: Cannot find name 'Buffer'/,
  },
  {
    what: "the core reads the environment",
    file: "protocol/session/environment.ts",
    source: "export const home: string = process.env.HOME;\n",
    says: /TS\d+: Cannot find name 'process'/,
  },
  {
    what: "the core looks at a clock",
    file: "protocol/session/clock.ts",
    source: "export const now: number = performance.now();\n",
    says: /TS\d+: Cannot find name 'performance'/,
  },
  {
    what: "the core imports Node",
    file: "protocol/crypto/files.ts",
    source: 'import "node:fs";\nimport { readFileSync } from "node:fs";\nreadFileSync("x");\n',
    says: /TS\d+: Cannot find (?:module|name) 'node:fs'/,
  },
  {
    what: "the protocol imports a peer",
    file: "protocol/session/peer.ts",
    source: 'export type { Peer } from "../../peer/peer.ts";\n',
    says: /TS6307: File '.*peer\/peer\.ts' is not listed/,
  },
];

const linterBreaches: readonly Breach[] = [
  {
    what: "the core imports Node",
    file: "protocol/crypto/files.ts",
    source: 'import "node:fs";\n',
    says: /lint\/style\/noRestrictedImports/,
  },
  {
    what: "the core imports its Node side",
    file: "protocol/session/io.ts",
    source: 'import "../node/index.ts";\n',
    says: /lint\/style\/noRestrictedImports/,
  },
  {
    what: "the protocol imports a peer",
    file: "protocol/session/peer.ts",
    source: 'export type { Peer } from "../../peer/peer.ts";\n',
    says: /lint\/style\/noRestrictedImports/,
  },
  {
    what: "a peer imports a rendezvous",
    file: "peer/server.ts",
    source: 'export type { Server } from "../rendezvous/server.ts";\n',
    says: /lint\/style\/noRestrictedImports/,
  },
  {
    what: "a rendezvous imports a peer",
    file: "rendezvous/client.ts",
    source: 'export type { Peer } from "../peer/peer.ts";\n',
    says: /lint\/style\/noRestrictedImports/,
  },
  {
    what: "a peer uses a library of the server",
    file: "peer/log.ts",
    source: 'export { pino } from "pino";\n',
    says: /lint\/style\/noRestrictedImports/,
  },
  {
    what: "the core rolls dice of its own",
    file: "protocol/flow/dice.ts",
    source: "export const roll: number = Math.random();\n",
    says: /plugin/,
  },
  {
    what: "the core reads the calendar",
    file: "protocol/flow/calendar.ts",
    source: "export const now: number = Date.now();\n",
    says: /lint\/style\/noRestrictedGlobals/,
  },
  {
    what: "a type is any",
    file: "peer/any.ts",
    source: "export const anything: any = 1;\n",
    says: /lint\/suspicious\/noExplicitAny/,
  },
  {
    what: "undefined is assumed away",
    file: "peer/non-null.ts",
    source: "export const first = (list: number[]): number => list[0]!;\n",
    says: /lint\/style\/noNonNullAssertion/,
  },
  {
    what: "a promise is dropped",
    file: "peer/promise.ts",
    source:
      "async function go(): Promise<void> {}\n\nexport function start(): void {\n  go();\n}\n",
    says: /lint\/nursery\/noFloatingPromises/,
  },
  {
    what: "a file is longer than 300 lines",
    file: "peer/long-file.ts",
    source: Array.from({ length: 301 }, (_, line) => `export const a${line} = 1;\n`).join(""),
    says: /lint\/style\/noExcessiveLinesPerFile/,
  },
  {
    what: "a function is longer than 60 lines",
    file: "peer/long-function.ts",
    source: `export function long(list: number[]): void {\n${"  list.push(1);\n".repeat(61)}}\n`,
    says: /lint\/complexity\/noExcessiveLinesPerFunction/,
  },
  {
    what: "two files import each other",
    file: "peer/one.ts",
    source: 'import { two } from "./two.ts";\n\nexport const one: number = two - 1;\n',
    says: /lint\/suspicious\/noImportCycles/,
  },
  {
    what: "something writes to the console",
    file: "rendezvous/console.ts",
    source: 'console.log("hello");\n',
    says: /lint\/suspicious\/noConsole/,
  },
  {
    what: "a unit test sleeps",
    file: "test/unit/sleep.ts",
    source: "setTimeout(() => {}, 1);\n",
    says: /lint\/style\/noRestrictedGlobals/,
  },
  {
    what: "a file is not formatted",
    file: "peer/format.ts",
    source: "export  const spaced = 1\n",
    says: /format/,
  },
];

/** Clean sources, that all of the breaches are planted among. */
const clean: Readonly<Record<string, string>> = {
  "protocol/index.ts": "export const version = 1;\n",
  "protocol/node/index.ts": 'export { readFileSync } from "node:fs";\n',
  "peer/peer.ts": "export interface Peer {\n  readonly id: string;\n}\n",
  "peer/one.ts": "export const one = 1;\n",
  "peer/two.ts": 'import { one } from "./one.ts";\n\nexport const two: number = one + one;\n',
  "rendezvous/server.ts": "export interface Server {\n  readonly port: number;\n}\n",
};

const projects = ["protocol", "protocol/node", "peer", "rendezvous"];
const root = mkdtempSync(join(tmpdir(), "rtmfp-rules-"));
after(() => rmSync(root, { recursive: true }));

before(() => {
  const configuration = [
    ...["package.json", "tsconfig.json", "biome.json", "protocol/globals.d.ts"],
    ...["test/architecture/random.grit", ...projects.map((project) => `${project}/tsconfig.json`)],
  ];
  for (const file of configuration) cpSync(join(repositoryRoot, file), join(root, file));
  symlinkSync(join(repositoryRoot, "node_modules"), join(root, "node_modules"));
  for (const [file, source] of Object.entries(clean)) plant(file, source);
});

function plant(file: string, source: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), source);
}

function restore(file: string): void {
  const source = clean[file];
  if (source === undefined) rmSync(join(root, file));
  else plant(file, source);
}

/** Runs a tool on the sources with a breach planted, if one is given, then takes it away again. */
async function check(breach: Breach | undefined, tool: string, args: string[]): Promise<Outcome> {
  if (breach) plant(breach.file, breach.source);
  try {
    return await run(join(repositoryRoot, "node_modules/.bin", tool), args, { cwd: root });
  } finally {
    if (breach) restore(breach.file);
  }
}

const compile = (breach?: Breach): Promise<Outcome> =>
  check(breach, "tsc", ["-b", "--pretty", "false", ...projects]);
const lint = (breach?: Breach): Promise<Outcome> =>
  check(breach, "biome", ["check", "--error-on-warnings", "--max-diagnostics=none"]);

/** Is there a line that begins with the file and goes on with what is said of it? */
function isNamed({ file, says }: Breach, output: string): boolean {
  return output.split("\n").some((line) => line.startsWith(file) && says.test(line));
}

test("without a breach, compiler and linter are content", async () => {
  const outcomes = [await compile(), await lint()];
  for (const { code, stdout, stderr } of outcomes) assert.equal(code, 0, stdout + stderr);
});

for (const [tool, breaches, attempt] of [
  ["compiler", compilerBreaches, compile],
  ["linter", linterBreaches, lint],
] as const) {
  test(`each breach alone makes the ${tool} fail, and is named`, async (t) => {
    for (const breach of breaches) {
      await t.test(breach.what, async () => {
        const { code, stdout, stderr } = await attempt(breach);
        assert.notEqual(code, 0);
        assert.ok(isNamed(breach, stdout + stderr), stdout + stderr);
      });
    }
  });
}
