import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { type Command, type CommandContext, UsageError } from "../../../bin/command.ts";
import { main } from "../../../bin/main.ts";
import { untilAborted } from "../../../bin/waiting.ts";
import { RtmfpError } from "../../../protocol/errors.ts";

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const options = {
  name: { type: "string", value: "NAME", help: "who", default: "you" },
  tags: { type: "list", value: "A,B", help: "which", default: ["a", "b"] },
  must: { type: "string", value: "X", help: "needed", isRequired: true },
  "dry-run": { type: "boolean", help: "do nothing" },
  json: { type: "boolean", help: "for programs" },
} as const;

/** Runs `rtmfp` with one command, `greet`, that does `act`. */
async function rtmfp(
  argv: readonly string[],
  act: (context: CommandContext) => Promise<void> | void = () => undefined,
  environment: NodeJS.ProcessEnv = { RTMFP_MUST: "1" },
): Promise<Said> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const greet: Command = {
    name: "greet",
    summary: "says hello",
    options,
    notes: "Be polite.",
    run: async (_values, context) => act(context),
  };
  const surroundings = { argv, environment, version: "1.2.3", stdout, stderr };
  const code = await main([greet], surroundings);
  return { code, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

function throws(error: unknown): () => never {
  return () => {
    throw error;
  };
}

test("help and version, of the program and of a command", async () => {
  for (const argv of [["--help"], ["-h"], ["help"]]) {
    const { code, stdout, stderr } = await rtmfp(argv);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /usage: rtmfp <command>[\s\S]* {2}greet {2}says hello\n/);
  }
  for (const argv of [["--version"], ["-v"]]) {
    assert.deepEqual(await rtmfp(argv), { code: 0, stdout: "1.2.3\n", stderr: "" });
  }
  for (const argv of [
    ["greet", "--help"],
    ["greet", "--bad", "-h"],
  ]) {
    const { code, stdout } = await rtmfp(argv, throws(new Error("it ran")));
    assert.equal(code, 0);
    assert.match(stdout, /^usage: rtmfp greet \[options\]\n\nsays hello\n/);
    assert.match(stdout, /\n {2}--name NAME {2}who \(default: you\)\n/);
    assert.match(stdout, /\n {2}--tags A,B {3}which \(default: a,b\)\n/);
    assert.match(stdout, /\n {2}--must X {5}needed \(required\)\n {2}--dry-run {4}do nothing\n/);
    assert.match(stdout, /\nSeveral values: A,B or the option again; that is for --tags\.\n/);
    assert.match(stdout, /RTMFP_DRY_RUN for --dry-run/);
    assert.match(stdout, /\nBe polite\.\n$/);
  }
});

test("no command at all: exit code 2, and the commands that there are on standard error", async () => {
  const { code, stdout, stderr } = await rtmfp([]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /usage: rtmfp <command>[\s\S]* {2}greet {2}says hello\n/);
});

test("a far end's text moves no cursor and writes no lines of its own", async () => {
  const far = "\u001b]0;owned\u0007\u001b[2J\r\nrtmfp greet: all is well\u009b0m";
  const shown = " ]0;owned  [2J  rtmfp greet: all is well 0m";
  const said = await rtmfp(["greet"], ({ output }) => {
    output.event("one", {}, far);
    output.event("several", {}, ["two", far]);
    throw new Error(far);
  });
  assert.equal(said.stdout, `${shown}\ntwo\n${shown}\n`);
  assert.equal(said.stderr, `rtmfp greet: ${shown}\n`);
});

test("Ctrl-C, kill and a terminal that is closed end a command in an orderly way", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    let isClean = false;
    const { code, stderr } = await rtmfp(["greet"], ({ signal: stop }) => {
      const stopped = untilAborted(stop).finally(() => {
        isClean = true;
      });
      process.emit(signal, signal);
      return stopped;
    });
    assert.deepEqual([code, stderr, isClean], [0, "", true], signal);
    assert.equal(process.listenerCount(signal), 0);
  }
});

test("a command that does not exist: exit code 2, one line", async () => {
  const { code, stdout, stderr } = await rtmfp(["dance"]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^rtmfp: there is no command "dance".*\n$/);
});

test("wrong usage: exit code 2, and the error once, on standard error", async () => {
  const said = await rtmfp(["greet", "--bad"]);
  assert.deepEqual(said, { code: 2, stdout: "", stderr: "rtmfp greet: Unknown option '--bad'\n" });
  const missing = await rtmfp(["greet"], undefined, {});
  assert.deepEqual([missing.code, missing.stderr], [2, "rtmfp greet: --must is missing\n"]);
  const late = await rtmfp(["greet"], throws(new UsageError("not so")));
  assert.deepEqual([late.code, late.stderr], [2, "rtmfp greet: not so\n"]);
});

test("what fails: exit code 1, and the system's reason where it is not said", async () => {
  const cause = Object.assign(new Error("system"), { code: "EACCES" });
  const errors: readonly [unknown, string][] = [
    [new Error("broken"), "broken"],
    ["text", "text"],
    [new RtmfpError("TIMEOUT", "too late"), "too late"],
    [new RtmfpError("UNREACHABLE", "cannot bind", { cause }), "cannot bind (EACCES)"],
    [new RtmfpError("ADDRESS_IN_USE", "port 1 is in use", { cause }), "port 1 is in use"],
  ];
  for (const [error, text] of errors) {
    const said = await rtmfp(["greet"], throws(error));
    assert.deepEqual(said, { code: 1, stdout: "", stderr: `rtmfp greet: ${text}\n` });
  }
});

test("--json: the error is an event, once, on standard output", async () => {
  const error = new RtmfpError("TIMEOUT", "too late");
  const json = { RTMFP_MUST: "1", RTMFP_JSON: "true" };
  for (const [argv, environment] of [
    [["greet", "--json"], undefined],
    [["greet"], json],
  ] as const) {
    const { code, stdout, stderr } = await rtmfp(argv, throws(error), environment);
    assert.deepEqual([code, stderr], [1, ""]);
    const { time, ...event } = JSON.parse(stdout);
    assert.deepEqual(event, { event: "error", code: "TIMEOUT", message: "too late" });
    assert.equal(new Date(time).toISOString(), time);
  }
  const usage = JSON.parse((await rtmfp(["greet", "--json", "--bad"])).stdout);
  assert.deepEqual([usage.event, usage.code], ["error", "USAGE"]);
});

test("events are lines for people, or objects for programs", async () => {
  const speak = ({ output }: CommandContext): void => {
    output.event("ready", { port: 1 }, "ready at 1");
    output.event("silent", { x: 1 });
    output.error("LIMIT", "too many");
  };
  const text = await rtmfp(["greet"], speak);
  assert.deepEqual(text, { code: 0, stdout: "ready at 1\n", stderr: "rtmfp greet: too many\n" });
  const { stdout, stderr } = await rtmfp(["greet", "--json"], speak);
  const events = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ event }) => event),
    ["ready", "silent", "error"],
  );
  assert.deepEqual([events[0].port, events[2].code, stderr], [1, "LIMIT", ""]);
});

test("when nobody reads any more, the command is asked to stop: exit code 0", async () => {
  const stdout = new PassThrough();
  const until: Command["run"] = (_values, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      stdout.destroy(new Error("EPIPE"));
    });
  const wait: Command = { name: "wait", summary: "waits", options: {}, run: until };
  const surroundings = { argv: ["wait"], environment: {}, version: "", stdout, stderr: stdout };
  assert.equal(await main([wait], surroundings), 0);
});

test("a family of commands of two words, and what one of them names", async () => {
  const operands: string[] = [];
  const play: Command = {
    name: "lab play",
    summary: "plays a file",
    options: {},
    operand: { value: "FILE", help: "what to play" },
    run: async (_values, context) => void operands.push(context.operand),
  };
  const say = async (...argv: string[]): Promise<Said> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const code = await main([play], { argv, environment: {}, version: "1", stdout, stderr });
    return { code, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
  };
  assert.equal((await say("lab", "play", "a.json")).code, 0);
  assert.deepEqual(operands, ["a.json"]);
  assert.match((await say("lab", "--help")).stdout, / {2}lab play {2}plays a file\n/);
  const alone = await say("lab");
  assert.deepEqual([alone.code, alone.stdout], [2, ""]);
  assert.match(alone.stderr, / {2}lab play {2}plays a file\n/);
  assert.match((await say("lab", "play", "-h")).stdout, /usage: rtmfp lab play FILE \[options\]/);
  assert.match((await say("lab", "play")).stderr, /FILE is missing/);
  const unknown = await say("lab", "sing");
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /there is no command "lab sing"/);
});
