import type { Io, Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";

/** A host's Io whose one socket the test can send from, and move to another port. */
export class Outlet {
  readonly io: Io;
  readonly #host: Io;
  #receive: (bytes: Uint8Array, from: Address) => void = () => undefined;
  #way: Link | undefined;

  constructor(host: Io) {
    this.#host = host;
    this.io = { ...host, bind: (local, receive) => this.#bind(local, receive) };
  }

  send(bytes: Uint8Array, to: Address): void {
    this.#way?.send(bytes, to);
  }

  /** From now on it sends from another port as well as receiving there, like behind a NAT that forgot. */
  async move(local: Address): Promise<void> {
    this.#way = await this.#host.bind(local, this.#receive);
  }

  async #bind(local: Address, receive: (bytes: Uint8Array, from: Address) => void): Promise<Link> {
    const link = await this.#host.bind(local, receive);
    this.#receive = receive;
    this.#way = link;
    const close = async (): Promise<void> => {
      await link.close();
      await this.#way?.close();
    };
    return { address: link.address, send: (bytes, to) => this.send(bytes, to), close };
  }
}
