import { Writer } from "../bytes/writer.ts";

/** The plaintext of the one packet under construction, shared by all ciphers of an endpoint. */
export class Scratch {
  readonly writer: Writer = new Writer(CAPACITY);
  /** Who began the packet, and may seal what is in it. */
  owner: object | undefined;
}

/** A packet of a path MTU of 1500 with its room for a session ID and an HMAC; startup may grow it. */
const CAPACITY = 1600;
