import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Duplex } from "node:stream";
import { RtmfpError } from "../errors.ts";
import type { Alarm } from "../io.ts";
import { RtmptClient, type RtmptClientRequest } from "../rtmp/rtmpt-client.ts";
import { nodeIo } from "./io.ts";
import { plain } from "./plain.ts";
import type { ClientTlsOptions } from "./tls-options.ts";

export interface RtmptServerAddress {
  readonly host: string;
  readonly port: number;
  /** Undefined: no TLS. */
  readonly tls: ClientTlsOptions | undefined;
}

/** The client's end of a tunnel, in place of a socket. */
export class RtmptClientStream extends Duplex {
  readonly #server: RtmptServerAddress;
  readonly #agent: HttpAgent;
  readonly #tunnel = new RtmptClient();
  readonly #alarm: Alarm;
  /** BOUNDED: two at a time. */
  readonly #requests = new Set<ClientRequest>();
  #written: (() => void) | undefined;

  constructor(server: RtmptServerAddress) {
    super({ allowHalfOpen: false });
    this.#server = server;
    this.#alarm = nodeIo.alarm(() => this.#turn());
    const options = { keepAlive: true, maxSockets: 2, noDelay: true };
    this.#agent = server.tls
      ? new HttpsAgent({ ...options, ...server.tls })
      : new HttpAgent(options);
    this.#turn();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written = done;
    this.#tunnel.write(new Uint8Array(chunk));
    this.#turn();
  }

  /** All that waits goes with one request, if it fits. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "utf8", done);
  }

  override _final(done: () => void): void {
    this.#tunnel.close();
    this.#turn();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#tunnel.fail(new RtmfpError("CLOSED", "destroyed"));
    this.#alarm.set(Number.POSITIVE_INFINITY);
    for (const sent of this.#requests) sent.destroy();
    this.#agent.destroy();
    done(error);
  }

  #turn(): void {
    const tunnel = this.#tunnel;
    for (let bytes = tunnel.read(); bytes; bytes = tunnel.read()) this.push(bytes);
    for (let next = this.#poll(); next; next = this.#poll()) this.#send(next, true);
    if (tunnel.queuedBytes === 0) this.#drained();
    this.#alarm.set(tunnel.timeout);
    if (tunnel.isEnded && !this.destroyed) this.destroy(tunnel.error);
  }

  #poll(): RtmptClientRequest | undefined {
    return this.#tunnel.poll(nodeIo.now());
  }

  #drained(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  /** Who has lost a connection that was kept alive asks once more: the server knows the number. */
  #send(next: RtmptClientRequest, mayRepeat: boolean): void {
    const { host, port } = this.#server;
    const headers = {
      "Content-Type": "application/x-fcs",
      "Content-Length": next.body.length,
      "User-Agent": "Shockwave Flash",
      "Cache-Control": "no-cache",
    };
    const protocol = this.#server.tls ? "https:" : "http:";
    const options = { agent: this.#agent, protocol, host, port, path: next.path, headers };
    const sent = request({ ...options, method: "POST" });
    this.#requests.add(sent);
    sent.on("response", (response) => this.#receive(next, response));
    sent.on("close", () => this.#requests.delete(sent));
    sent.on("error", (cause) => {
      if (mayRepeat && sent.reusedSocket && !this.destroyed) this.#send(next, false);
      else this.#fail(cause);
    });
    sent.end(next.body);
  }

  #receive(next: RtmptClientRequest, response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_RESPONSE_BYTES) response.destroy(new Error("too long a response"));
      else chunks.push(chunk);
    });
    response.on("error", (cause) => this.#fail(cause));
    response.on("end", () => {
      const body = plain(Buffer.concat(chunks));
      this.#tunnel.respond(next, response.statusCode ?? 0, body, nodeIo.now());
      this.#turn();
    });
  }

  #fail(cause: Error): void {
    const why = `no answer through HTTP: ${cause.message}`;
    this.#tunnel.fail(new RtmfpError("UNREACHABLE", why, { cause }));
    this.#turn();
  }
}

/** Servers answer with a fraction of it. */
const MAX_RESPONSE_BYTES = 4_194_304;
