/** Fields of an event, `event` and `time` apart. */
export type EventFields = Readonly<Record<string, unknown>>;

/** What a command says: lines for people, or one JSON object a line for programs. */
export interface Output {
  readonly isJson: boolean;
  /** `text` is what a person reads of it; none: it is for programs only. */
  event(name: string, fields: EventFields, text?: string): void;
}

export function createOutput(stream: NodeJS.WritableStream, isJson: boolean): Output {
  return {
    isJson,
    event(name, fields, text) {
      if (isJson) {
        const time = new Date().toISOString();
        stream.write(`${JSON.stringify({ event: name, time, ...fields })}\n`);
      } else if (text !== undefined) {
        stream.write(`${text}\n`);
      }
    },
  };
}
