import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { UsageError } from "../../../bin/command.ts";
import { labMatrixCommand } from "../../../bin/commands/lab-matrix.ts";
import { labRunCommand } from "../../../bin/commands/lab-run.ts";
import { natCommand } from "../../../bin/commands/nat.ts";
import { peerCommand } from "../../../bin/commands/peer.ts";
import { pingCommand } from "../../../bin/commands/ping.ts";
import { rendezvousCommand } from "../../../bin/commands/rendezvous.ts";
import { tokenCommand } from "../../../bin/commands/token.ts";
import { upCommand } from "../../../bin/commands/up.ts";
import {
  type OptionTable,
  type OptionValues,
  readArguments,
  variablesOf,
} from "../../../bin/options.ts";

function readOptions<Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): OptionValues<Table> {
  return readArguments({ name: "some", options: table }, argv, environment).values;
}

const table = {
  url: { type: "string", value: "URL", help: "where", default: "default" },
  name: { type: "string", value: "NAME", help: "who" },
  "log-level": { type: "string", value: "LEVEL", help: "how much", default: "warn" },
  loud: { type: "boolean", help: "shout" },
  seconds: { type: "number", value: "SECONDS", help: "how long", default: 15, range: [0.1, 60] },
  count: { type: "number", value: "N", help: "how many" },
  tags: { type: "list", value: "A,B", help: "which", default: ["a"] },
  config: { type: "string", value: "FILE", help: "a file" },
} as const;

const folder = mkdtempSync(join(tmpdir(), "rtmfp-options-"));
after(() => rmSync(folder, { recursive: true }));

function configFile(content: unknown): string {
  const file = join(folder, "config.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function read(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): OptionValues<typeof table> {
  return readOptions(table, argv, environment);
}

function isUsage(message: RegExp | string): object {
  return { name: "UsageError", message };
}

test("without anything: the defaults, and what has none is undefined, false or empty", () => {
  assert.deepEqual(read([]), {
    url: "default",
    name: undefined,
    "log-level": "warn",
    loud: false,
    seconds: 15,
    count: undefined,
    tags: ["a"],
    config: undefined,
  });
  const list = { tags: { type: "list", help: "which" } } as const;
  assert.deepEqual(readOptions(list, [], {}), { tags: [] });
});

test("the command line goes before the environment, that before the file, that before defaults", () => {
  const config = configFile({ url: "file", name: "file", "log-level": "file", seconds: 3 });
  const values = read(["--url", "argv", "--config", config], {
    RTMFP_URL: "environment",
    RTMFP_NAME: "environment",
  });
  assert.deepEqual(
    [values.url, values.name, values["log-level"], values.seconds, values.tags],
    ["argv", "environment", "file", 3, ["a"]],
  );
  assert.equal(read([], { RTMFP_CONFIG: config }).url, "file");
});

test("a variable of one command goes before that of all commands", () => {
  const environment = { RTMFP_SOME_URL: "own", RTMFP_URL: "any", RTMFP_OTHER_NAME: "other" };
  const { url, name } = read([], environment);
  assert.deepEqual([url, name], ["own", undefined]);
  assert.equal(read(["--url", "argv"], environment).url, "argv");
  assert.equal(read([], { RTMFP_SOME_URL: "", RTMFP_URL: "any" }).url, "any");
  const config = configFile({ url: "file" });
  assert.equal(read([], { RTMFP_SOME_CONFIG: config, RTMFP_CONFIG: "/nowhere" }).url, "file");
});

test("no variable of one command is that of another's option", () => {
  const commands = [
    ...[upCommand, rendezvousCommand, peerCommand, natCommand, pingCommand, tokenCommand],
    ...[labMatrixCommand, labRunCommand],
  ].map(({ name, options }) => Object.keys(options).map((option) => variablesOf(name, option)));
  const own = commands.flatMap((variables) => variables.map(([variable]) => variable));
  const any = new Set(commands.flatMap((variables) => variables.map(([, variable]) => variable)));
  assert.equal(new Set(own).size, own.length);
  assert.deepEqual(
    own.filter((variable) => any.has(variable)),
    [],
  );
});

test("values are written as one likes", () => {
  const argv = ["--url=x=y", "--loud", "--seconds", "1.5", "--tags", "a, b", "--tags=c,"];
  const { url, loud, seconds, tags } = read([...argv]);
  assert.deepEqual([url, loud, seconds, tags], ["x=y", true, 1.5, ["a", "b", "c"]]);
  assert.equal(read(["--seconds", "0.1"]).seconds, 0.1);
  assert.equal(read(["--seconds", "60"]).seconds, 60);
  const environment = { RTMFP_LOUD: "1", RTMFP_TAGS: "x,y", RTMFP_LOG_LEVEL: "info" };
  const values = read([], environment);
  assert.deepEqual([values.loud, values.tags, values["log-level"]], [true, ["x", "y"], "info"]);
  assert.equal(read([], { RTMFP_LOUD: "false" }).loud, false);
  const config = configFile({ loud: true, tags: ["p", "q"], seconds: "2" });
  const other = read(["--config", config]);
  assert.deepEqual([other.loud, other.tags, other.seconds], [true, ["p", "q"], 2]);
});

test("an empty text counts as not given", () => {
  const config = configFile({ url: "file" });
  const { url, tags } = read(["--url", "", "--config", config], { RTMFP_URL: "", RTMFP_TAGS: "" });
  assert.deepEqual([url, tags], ["file", ["a"]]);
  assert.equal(read(["--config", ""], { RTMFP_CONFIG: "" }).config, undefined);
});

test("a required option that is missing is named", () => {
  const required = { url: { type: "string", help: "where", isRequired: true } } as const;
  assert.throws(() => readOptions(required, [], {}), isUsage("--url is missing"));
  assert.equal(readOptions(required, ["--url", "x"], {}).url, "x");
});

test("what the command line may not hold is one line that names it", () => {
  const bad: readonly [readonly string[], RegExp][] = [
    [["--nothing"], /^Unknown option '--nothing'$/],
    [["stray"], /^Unexpected argument 'stray'$/],
    [["--url"], /^Option '--url <value>' argument missing$/],
    [
      ["--url", "--loud"],
      /^--url: the value is missing; if --loud is the value, write --url=--loud$/,
    ],
    [["--count", "-1"], /^--count: the value is missing; if -1 is the value, write --count=-1$/],
    [["--loud=1"], /'--loud'/],
    [["--seconds", "soon"], /^--seconds: "soon" is not a number from 0.1 to 60$/],
    [["--seconds", "0"], /^--seconds: "0" is not a number from 0.1 to 60$/],
    [["--seconds", "60.1"], /^--seconds: /],
    [["--seconds", " "], /^--seconds: /],
    [["--count=-1"], /^--count: "-1" is not a number from 0 to /],
    [["--count", "1e400"], /^--count: /],
    [["--count", "NaN"], /^--count: /],
  ];
  for (const [argv, message] of bad) {
    assert.throws(() => read(argv), isUsage(message), argv.join(" "));
    assert.throws(
      () => read(argv),
      ({ message: text }: UsageError) => !text.includes("\n"),
    );
  }
});

test("choices: any of them, and an error that names them all and where the other one stands", () => {
  const choosing = {
    how: { type: "string", value: "HOW", choices: ["up", "down"], help: "how", default: "up" },
    for: { type: "list", value: "WHAT", choices: ["play", "publish"], help: "what for" },
  } as const;
  const given = readOptions(choosing, ["--how", "down", "--for", "play,publish"], {});
  assert.deepEqual(given, { how: "down", for: ["play", "publish"] });
  assert.throws(
    () => readOptions(choosing, [], { RTMFP_HOW: "left" }),
    isUsage('RTMFP_HOW: "left" is none of up, down'),
  );
  assert.throws(
    () => readOptions(choosing, ["--for", "play,record"], {}),
    isUsage('--for: "record" is none of play, publish'),
  );
});

test("what the environment may not hold names the variable", () => {
  assert.throws(() => read([], { RTMFP_SECONDS: "x" }), isUsage(/^RTMFP_SECONDS: "x" /));
  assert.throws(
    () => read([], { RTMFP_LOUD: "yes" }),
    isUsage('RTMFP_LOUD: "yes" is neither true nor false'),
  );
  assert.deepEqual(variablesOf("lab run", "log-level"), [
    "RTMFP_LAB_RUN_LOG_LEVEL",
    "RTMFP_LOG_LEVEL",
  ]);
});

test("what the file may not hold names the file and the key", () => {
  const bad: readonly [unknown, RegExp][] = [
    [{ nothing: 1 }, /config\.json: unknown key "nothing"$/],
    [{ config: "other.json" }, /config\.json: unknown key "config"$/],
    [{ seconds: "soon" }, /config\.json: seconds: "soon" is not a number/],
    [{ url: 7 }, /config\.json: url: 7 is not a text$/],
    [{ url: null }, /config\.json: url: null is not a text$/],
    [{ tags: [1] }, /config\.json: tags: \[1\] is not a list of texts$/],
    [{ loud: "yes" }, /config\.json: loud: "yes" is neither true nor false$/],
    ["[]", /config\.json: not a JSON object$/],
    ["null", /config\.json: not a JSON object$/],
    ["{", /config\.json: not JSON[^{]*$/],
    ['secret: "x"', /config\.json: not JSON$/],
  ];
  for (const [content, message] of bad) {
    const file = configFile(content);
    assert.throws(() => read(["--config", file]), isUsage(message), JSON.stringify(content));
  }
  assert.throws(() => read(["--config", join(folder, "none")]), isUsage(/none: ENOENT/));
});

test("a command without --config reads no file", () => {
  const { url } = table;
  assert.equal(readOptions({ url }, [], { RTMFP_CONFIG: "/nowhere" }).url, "default");
});

test("an operand: one where the command wants one, else none", () => {
  const operand = { value: "FILE", help: "what to read" };
  const url = { type: "string", value: "URL", help: "" } as const;
  const read = (...argv: string[]) =>
    readArguments({ name: "some", options: { url }, operand }, argv, {});
  assert.equal(read("a.json", "--url", "x").operand, "a.json");
  assert.equal(read("--url", "x", "a.json").values.url, "x");
  assert.throws(() => read("--url", "x"), isUsage("FILE is missing"));
  assert.throws(() => read("a", "b"), isUsage("Unexpected argument 'b'"));
  const without = { name: "some", options: { url } };
  assert.equal(readArguments(without, [], {}).operand, "");
  assert.throws(() => readArguments(without, ["a"], {}), isUsage("Unexpected argument 'a'"));
});
