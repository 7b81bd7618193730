import { RtmfpError } from "../protocol/errors.ts";
import { type Command, UsageError } from "./command.ts";
import { helpOf, overview } from "./help.ts";
import { readOptions } from "./options.ts";
import { createOutput } from "./output.ts";

export interface Surroundings {
  readonly argv: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Runs one of `commands`. Answers the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(
  commands: readonly Command[],
  { argv, environment, version, stdout, stderr }: Surroundings,
): Promise<number> {
  const [name = "--help", ...rest] = argv;
  if (name === "--version" || name === "-v") {
    stdout.write(`${version}\n`);
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    stdout.write(overview(commands));
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    stderr.write(`rtmfp: there is no command "${name}"; rtmfp --help lists them\n`);
    return 2;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    stdout.write(helpOf(command));
    return 0;
  }
  return run(command, rest, environment, stdout, stderr);
}

async function run(
  command: Command,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream,
): Promise<number> {
  const isJson = argv.includes("--json");
  const output = createOutput(stdout, isJson);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Stopped());
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const values = readOptions(command.options, argv, environment);
    await command.run(values, { output, signal: stop.signal });
    return 0;
  } catch (error) {
    if (error instanceof Stopped) return 0;
    const isUsage = error instanceof UsageError;
    const code = error instanceof RtmfpError ? error.code : isUsage ? "USAGE" : "FAILED";
    const message = error instanceof Error ? error.message : String(error);
    output.event("error", { code, message });
    stderr.write(`rtmfp ${command.name}: ${message}\n`);
    return isUsage ? 2 : 1;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

/** Why everything ends when the user presses Ctrl-C. */
class Stopped extends Error {}
