import { toHex } from "../../protocol/bytes/hex.ts";
import { addressQuery } from "../../protocol/crypto/address-query.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { Driver } from "../../protocol/driver.ts";
import type { Io, Link } from "../../protocol/io.ts";
import { TAG_BYTES } from "../../protocol/params.ts";
import type { EndpointEvent } from "../../protocol/session/events.ts";
import type { Opening } from "../../protocol/session/opening.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { WaitOptions } from "../options.ts";
import { AddressAsker, type SeenAt } from "../paths/address-asker.ts";
import { TraversalSockets } from "../paths/traversal-sockets.ts";
import type { PeerPlatform } from "../platform.ts";
import type { QueryAction, SocketId } from "../traversal/address-queries.ts";
import { MAIN_SOCKET, type OpenedSocket } from "../traversal/nat-discovery.ts";
import { ProbePacer } from "../traversal/probe-pacer.ts";
import { wait } from "../wait.ts";

/** What a machine that asks questions wants done. */
type BenchAction =
  | QueryAction
  | { readonly type: "sockets"; readonly count: number }
  | { readonly type: "cross"; readonly socket: SocketId; readonly to: Address }
  | { readonly type: "release"; readonly sockets: readonly SocketId[] };

/** A machine of traversal that comes to an end, with a report. */
export interface BenchTask<Report extends { readonly type: "report" }> {
  readonly timeout: number;
  onSockets(sockets: readonly OpenedSocket[], now: number): void;
  onAnswer(
    tag: number,
    observed: Address,
    from: Address,
    now: number,
    arrivedAt: SocketId | undefined,
  ): void;
  /** What it had sent across has arrived. */
  onHeard?(): void;
  advance(now: number): void;
  poll(): BenchAction | Report | undefined;
}

/** Sockets of one address family that ask servers where they are seen, and nothing else. */
export class QueryBench {
  readonly pacer: ProbePacer = new ProbePacer();
  readonly #io: Io;
  readonly #driver: Driver;
  readonly #links: Link[] = [];
  readonly #sockets: TraversalSockets;
  readonly #asker: AddressAsker;
  /** Openings under way, and who waits for them. BOUNDED: by `opensSession`. */
  readonly #opening = new Map<Opening, (isOpen: boolean) => void>();
  /** By tags. BOUNDED: a test of hairpinning sends six. */
  readonly #crossing = new Map<string, () => void>();

  /** Rejects with `UNREACHABLE` where this address family does not work. */
  static async open({ io, primitives }: PeerPlatform, anyIp: string): Promise<QueryBench> {
    const identity = createIdentity(primitives, { kind: "ephemeral" });
    const crypto = createFlashCrypto(primitives, identity);
    const driver = new Driver(io, { crypto }, (event) => bench.#handle(event));
    const bench: QueryBench = new QueryBench(io, driver, anyIp);
    bench.#links.push(await driver.bind({ ip: anyIp, port: 0 }));
    return bench;
  }

  private constructor(io: Io, driver: Driver, anyIp: string) {
    this.#io = io;
    this.#driver = driver;
    this.#sockets = new TraversalSockets(driver, io, () => this.#links, anyIp);
    this.#asker = new AddressAsker(this.#sockets, io);
  }

  /** Port of the main socket. */
  get port(): number {
    return this.#links[0]?.address.port ?? 0;
  }

  /** Where `server` sees the main socket; undefined if it does not say so. Rejects with the signal's reason. */
  seenBy(server: Address, options: WaitOptions): Promise<SeenAt | undefined> {
    return wait(options, (resolve) => {
      let asked = 0;
      const alarm = this.#io.alarm(() => ask());
      const done = (seen: SeenAt | undefined): void => {
        alarm.set(Number.POSITIVE_INFINITY);
        resolve(seen);
      };
      const ask = (): void => {
        if (asked === MAX_ASKED) {
          done(undefined);
          return;
        }
        asked += 1;
        alarm.set(this.#io.now() + ASK_AGAIN_MS * asked);
        this.#asker.ask({ socket: MAIN_SOCKET, server, answerFrom: "same" }, done);
      };
      ask();
      return () => alarm.set(Number.POSITIVE_INFINITY);
    });
  }

  /**
   * Does `server` open a session? Servers of others do, who answer no questions. Rejects with the
   * signal's reason.
   */
  opensSession(discriminator: Uint8Array, server: Address, options: WaitOptions): Promise<boolean> {
    return wait(options, (resolve) => {
      const { endpoint } = this.#driver;
      const opening = this.#driver.turn((now) => {
        const opened = endpoint.open(discriminator, [server], now, OPEN_TIMEOUT_MS);
        this.#opening.set(opened, resolve);
        return opened;
      });
      return () => this.#driver.turn(() => endpoint.abandon(opening));
    });
  }

  /** Carries out what a machine that has been started wants, to its end. Rejects with the signal's reason. */
  run<Report extends { readonly type: "report" }>(
    task: BenchTask<Report>,
    options: WaitOptions,
  ): Promise<Report> {
    return wait(options, (resolve) => {
      const alarm = this.#io.alarm(() => turn(() => undefined));
      const turn = (change: (now: number) => void): void => {
        change(this.#io.now());
        task.advance(this.#io.now());
        for (let action = task.poll(); action; action = task.poll()) {
          if (action.type === "report") resolve(action);
          else this.#act(action, task, turn);
        }
        alarm.set(task.timeout);
      };
      turn(() => undefined);
      return () => alarm.set(Number.POSITIVE_INFINITY);
    });
  }

  async close(): Promise<void> {
    this.#sockets.closeAll();
    await this.#driver.close();
  }

  #act(
    action: BenchAction,
    task: BenchTask<{ readonly type: "report" }>,
    turn: (change: (now: number) => void) => void,
  ): void {
    switch (action.type) {
      case "query": {
        const { tag } = action;
        this.#asker.ask(action, ({ observed, from, socket }) =>
          turn((now) => task.onAnswer(tag, observed, from, now, socket)),
        );
        break;
      }
      case "sockets":
        void this.#sockets.open(action.count).then((opened) => {
          turn((now) => task.onSockets(opened, now));
        });
        break;
      case "cross":
        this.#cross(action.socket, action.to, () => turn(() => task.onHeard?.()));
        break;
      case "release":
        this.#sockets.close(action.sockets);
    }
  }

  /** A hello to ourselves, by way of the NAT: nobody answers it, but its tag tells where it came from. */
  #cross(socket: SocketId, to: Address, onHeard: () => void): void {
    const tag = this.#io.random(TAG_BYTES);
    this.#crossing.set(toHex(tag), onHeard);
    this.#sockets.sendHello(socket, to, { endpointDiscriminator: addressQuery("same"), tag });
  }

  #handle(event: EndpointEvent): void {
    if (event.type === "redirect") this.#asker.take(event.redirect, event.path);
    else if (event.type === "hello") this.#crossing.get(toHex(event.hello.tag))?.();
    else if (event.type === "open-failed") this.#opening.get(event.opening)?.(false);
    else if (event.type === "session" && event.opening) this.#opening.get(event.opening)?.(true);
  }
}

/** Three times, after which there is nobody: the last answer may come 1.5 s after the question. */
const MAX_ASKED = 3;
const ASK_AGAIN_MS = 500;
/** A hello is repeated once in it. */
const OPEN_TIMEOUT_MS = 2_500;
