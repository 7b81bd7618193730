/** Fields of an event, `event` and `time` apart. */
export type EventFields = Readonly<Record<string, unknown>>;

/** What a command says: lines for people, or one JSON object a line for programs. */
export interface Output {
  readonly isJson: boolean;
  /**
   * `text` is what a person reads of it on standard output, a line or several; none: it is for programs
   * only.
   */
  event(name: string, fields: EventFields, text?: string | readonly string[]): void;
  /** Something went wrong: the event "error", or a line on standard error. */
  error(code: string, message: string): void;
}

export interface OutputOptions {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Of the command that speaks: people read it before each error. */
  readonly name: string;
  readonly isJson: boolean;
}

export function createOutput({ stdout, stderr, name, isJson }: OutputOptions): Output {
  const write = (event: string, fields: EventFields): void => {
    const time = new Date().toISOString();
    stdout.write(`${JSON.stringify({ event, time, ...fields })}\n`);
  };
  return {
    isJson,
    event(event, fields, text) {
      if (isJson) write(event, fields);
      else if (text !== undefined) stdout.write(linesOf([text].flat()));
    },
    error(code, message) {
      if (isJson) write("error", { code, message });
      else stderr.write(linesOf([`rtmfp ${name}: ${message}`]));
    },
  };
}

/** A line may quote a far end, which is not to move the cursor, nor to write lines of its own. */
function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line.replaceAll(CONTROLS, " ")}\n`).join("");
}

const CONTROLS = /\p{Cc}/gu;
