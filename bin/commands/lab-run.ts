import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../protocol/errors.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { ScenarioError } from "../lab/scenario/field.ts";
import { type Played, play, type TellAt } from "../lab/scenario/play.ts";
import { readScenario } from "../lab/scenario/read-scenario.ts";
import type { Scenario } from "../lab/scenario/scenario.ts";
import type { OptionValues } from "../options.ts";
import type { Output } from "../output.ts";

const options = {
  seed: {
    type: "number",
    value: "NUMBER",
    help: "another seed than the scenario's",
    range: [0, 4_294_967_295],
  },
  pcapng: {
    type: "string",
    value: "PATH",
    help: "keep packets for Wireshark: a folder with a file for each host, or one .pcapng file",
  },
  capture: {
    type: "list",
    value: "A,B",
    help: "whose packets: peers, or server (default: those that the scenario names, else all)",
  },
  debug: { type: "boolean", help: "tell what the peers decide, too" },
  json: { type: "boolean", help: "one JSON object a line instead of text" },
} as const;

/** A story of peers and NATs. */
export const labRunCommand: Command<typeof options> = {
  name: "lab run",
  summary: "plays a scenario with NATs in virtual time, and tells what happens",
  options,
  operand: {
    value: "FILE",
    help: "the scenario, JSON; this package has some in examples/lab, and explains them",
  },
  run: runLabRun,
};

async function runLabRun(
  values: OptionValues<typeof options>,
  { operand, output, signal }: CommandContext,
): Promise<void> {
  try {
    const read = readScenario(readJson(operand));
    const scenario = values.seed === undefined ? read : { ...read, seed: values.seed };
    const { title, seed, endMs } = scenario;
    output.event("scenario", { title, seed, endMs }, `${title || operand}, seed ${seed}`);
    const captured = values.pcapng === undefined ? [] : hostsToCapture(values, scenario);
    const played = await play(scenario, captured, teller(output, values.debug), signal);
    tellEnd(played, output);
    if (values.pcapng !== undefined) writeCaptures(values.pcapng, played.captures, output);
  } catch (error) {
    if (error instanceof ScenarioError) throw new UsageError(`${operand}: ${error.message}`);
    throw error;
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`${file}: ${messageOf(error)}`);
  }
}

/** From the start on. Throws UsageError for unknown ones, and when several are to be in one file. */
function hostsToCapture(
  { capture, pcapng = "" }: Pick<OptionValues<typeof options>, "capture" | "pcapng">,
  { peers, events }: Scenario,
): readonly string[] {
  const hosts = [...peers.map(({ name }) => name), "server"];
  const unknown = capture.find((name) => !hosts.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--capture: "${unknown}" is none of ${hosts.join(", ")}`);
  }
  const later = events.flatMap(({ act }) => (act.type === "capture" ? act.hosts : []));
  const first = capture.length > 0 || later.length > 0 ? capture : hosts;
  if (isFile(pcapng) && new Set([...first, ...later]).size !== 1) {
    throw new UsageError("--pcapng: one file holds one host: name it with --capture");
  }
  return first;
}

function teller(output: Output, hasDebug: boolean): TellAt {
  return (atMs, who, what, fields, text) => {
    if (what === "debug" && !hasDebug) return;
    const at = Math.round(atMs * 1_000) / 1_000;
    const line = `${(atMs / 1_000).toFixed(3).padStart(9)} s  ${who.padEnd(8)} ${text}`;
    output.event("lab", { atMs: at, who, what, ...fields }, line);
  };
}

function tellEnd({ talks }: Played, output: Output): void {
  for (const talk of talks) {
    const { from, to, sent, arrived, repeated, gapMs } = talk;
    const text = `${from} told ${to} ${sent} things, ${arrived} arrived, ${repeated} of them twice; never more than ${gapMs} ms between two`;
    output.event("talk", { ...talk }, text);
  }
}

function writeCaptures(
  path: string,
  captures: ReadonlyMap<string, Uint8Array>,
  output: Output,
): void {
  if (!isFile(path)) mkdirSync(path, { recursive: true });
  for (const [name, bytes] of captures) {
    const file = isFile(path) ? path : join(path, `${name}.pcapng`);
    writeFileSync(file, bytes);
    output.event("capture", { host: name, file, bytes: bytes.length }, `${name}: ${file}`);
  }
}

function isFile(path: string): boolean {
  return path.endsWith(".pcapng");
}
