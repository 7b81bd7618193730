import type { Alarm, Io, Link } from "../../../protocol/io.ts";
import type { Address } from "../../../protocol/wire/address.ts";
import type { Mapping, MappingProtocol, Router, RouterAnswer, RouterFetch } from "./mapping.ts";
import { PortMapper, type PortMapperOutput } from "./port-mapper.ts";

/** How to find the router of this network and to talk to it. */
export interface RouterAccess {
  /** The IPv4 router, or undefined where none would map ports: without one, or with a public address. */
  find(): Promise<Router | undefined>;
  /**
   * HTTP to the router itself: follows no redirects. Rejects with `UNREACHABLE` (nobody answers in
   * time, or `url` is no private address) or `LIMIT` (more than `maxBytes`), and with the signal's
   * reason.
   */
  fetchText(url: string, request: RouterFetch, signal: AbortSignal): Promise<RouterAnswer>;
}

/** What a mapping needs of the world. */
export interface PortMappingPlatform {
  readonly io: Io;
  /** Left out where there is no way to a router: then there is no mapping. */
  readonly router?: RouterAccess | undefined;
}

export interface PortMappingOptions {
  /** Our UDP port. */
  readonly internalPort: number;
  /**
   * Tried one after another.
   * @default all
   */
  readonly protocols?: readonly MappingProtocol[] | undefined;
  /** The mapping is this one from now on, or there is none any more. */
  readonly onChange?: ((mapping: Mapping | undefined) => void) | undefined;
  /** No protocol gave a mapping, or none any more. */
  readonly onNone?: (() => void) | undefined;
}

/**
 * A UDP port of this machine on the router's public side, if the router gives one: found in the
 * background, renewed until `close`. Its law is that of the Driver: *change, drain, set the alarm,
 * then tell*.
 */
export class PortMapping {
  readonly #io: Io;
  readonly #access: RouterAccess | undefined;
  readonly #options: PortMappingOptions;
  readonly #alarm: Alarm;
  readonly #ended = new AbortController();
  readonly #started: Promise<void>;
  #mapper: PortMapper | undefined;
  #link: Link | undefined;
  readonly #events: PortMapperOutput[] = [];
  #isTelling = false;
  #closing: Promise<void> | undefined;
  #onReleased: (() => void) | undefined;

  constructor({ io, router }: PortMappingPlatform, options: PortMappingOptions) {
    this.#io = io;
    this.#access = router;
    this.#options = options;
    this.#alarm = io.alarm(() => this.#turn((mapper, now) => mapper.advance(now)));
    this.#started = this.#start();
  }

  /** Where the rest of the world reaches our port, as of now. */
  get external(): Address | undefined {
    return this.mapping?.external;
  }

  /** The mapping as it is now. */
  get mapping(): Mapping | undefined {
    return this.#mapper?.mapping;
  }

  /** Does the router know one of the protocols, whether it gives a mapping or not? */
  get isKnown(): boolean {
    return this.#mapper?.isKnown ?? false;
  }

  /** Answers of the router, or in its name, that make no sense. */
  get malformed(): number {
    return this.#mapper?.stats.malformed ?? 0;
  }

  /** Deletes the mapping, for a second at most. Never rejects. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<void> {
    // No route, no socket: then there is no mapping, which was never more than a wish.
    const router = await this.#access?.find().catch(() => undefined);
    if (router && !this.#closing) this.#link = await this.#bind(router).catch(() => undefined);
    if (this.#closing) return;
    if (router && this.#link) this.#open(router);
    else this.#options.onNone?.();
  }

  #bind(router: Router): Promise<Link> {
    return this.#io.bind({ ip: router.localIp, port: 0 }, (bytes, from) =>
      this.#turn((mapper, now) => mapper.receive(bytes, from, now)),
    );
  }

  #open(router: Router): void {
    const { internalPort, protocols } = this.#options;
    const random = (length: number): Uint8Array => this.#io.random(length);
    this.#mapper = new PortMapper({ router, internalPort, random }, this.#io.now(), protocols);
    this.#turn((mapper, now) => mapper.advance(now));
  }

  async #close(): Promise<void> {
    const grace = this.#io.now() + CLOSE_MS;
    await this.#released(grace);
    this.#ended.abort();
    this.#alarm.set(Number.POSITIVE_INFINITY);
    await this.#started;
    await this.#link?.close();
    this.#mapper = undefined;
  }

  #released(until: number): Promise<void> {
    if (!this.#mapper) return Promise.resolve();
    return new Promise((resolve) => {
      const alarm = this.#io.alarm(() => resolve());
      alarm.set(until);
      this.#onReleased = () => {
        alarm.set(Number.POSITIVE_INFINITY);
        resolve();
      };
      this.#turn((mapper, now) => mapper.release(now));
    });
  }

  #turn(change: (mapper: PortMapper, now: number) => void): void {
    const mapper = this.#mapper;
    if (!mapper || this.#ended.signal.aborted) return;
    const now = this.#io.now();
    change(mapper, now);
    this.#drain(mapper, now);
    this.#alarm.set(mapper.timeout);
    if (!this.#isTelling) this.#tell();
  }

  #drain(mapper: PortMapper, now: number): void {
    for (let output = mapper.poll(now); output; output = mapper.poll(now)) {
      if (output.type === "transmit") this.#link?.send(output.bytes, output.to);
      else if (output.type === "fetch") this.#fetch(output.id, output.url, output.request);
      else this.#events.push(output);
    }
  }

  #fetch(id: number, url: string, request: RouterFetch): void {
    const finish = (answer: RouterAnswer | undefined): void =>
      this.#turn((mapper, now) => mapper.fetched(id, answer, now));
    const answer = this.#access?.fetchText(url, request, this.#ended.signal);
    answer?.then(finish, () => finish(undefined));
  }

  #tell(): void {
    this.#isTelling = true;
    try {
      for (let event = this.#events.shift(); event; event = this.#events.shift()) {
        if (event.type === "change") this.#options.onChange?.(event.mapping);
        else if (event.type === "none") this.#options.onNone?.();
        else if (event.type === "released") this.#onReleased?.();
      }
    } finally {
      this.#isTelling = false;
    }
  }
}

/** A mapping that stays ends with its lease; nobody waits for a router to end a program. */
const CLOSE_MS = 1_000;
