import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import type { AmfValue } from "./value.ts";

/** How objects of one externalizable class are written, AMF 3 §3.12: only the class knows. */
export interface ExternalizableCodec {
  /** Reads exactly the body; `readValue` reads an AMF 3 value in it. Throws MalformedError. */
  read(reader: Reader, readValue: () => AmfValue): AmfValue;
  /** Writes what `read` answered; `writeValue` writes an AMF 3 value in it. */
  write(writer: Writer, body: AmfValue, writeValue: (value: AmfValue) => void): void;
}

export interface Amf3Options {
  /**
   * Externalizable classes by name, besides Flex's ArrayCollection, ArrayList and ObjectProxy. There
   * is no way to skip an object of any other class: it makes its message malformed.
   */
  readonly externalizables?: ReadonlyMap<string, ExternalizableCodec> | undefined;
}

/** Answers undefined for a class that nobody knows. */
export function findExternalizable(
  className: string,
  options: Amf3Options,
): ExternalizableCodec | undefined {
  return options.externalizables?.get(className) ?? FLEX.get(className);
}

/** Wraps one value: the array of a collection, the object of a proxy. */
const wrapper: ExternalizableCodec = {
  read: (_reader, readValue) => readValue(),
  write: (_writer, body, writeValue) => writeValue(body),
};

const FLEX: ReadonlyMap<string, ExternalizableCodec> = new Map(
  ["ArrayCollection", "ArrayList", "ObjectProxy"].map((name) => [
    `flex.messaging.io.${name}`,
    wrapper,
  ]),
);
