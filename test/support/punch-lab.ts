import type { NatReport } from "../../peer/traversal/nat-report.ts";
import type { Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { type ConditionChange, type Host, Lab, type NatSettings } from "../lab/index.ts";
import { PunchEnd } from "./punch-end.ts";
import { decodePunchMessage, encodePunchMessage } from "./punch-messages.ts";

const SERVER_IPS = ["198.51.100.1", "198.51.100.2"] as const;
const SERVER_PORTS = [1935, 1936] as const;

export interface PunchLabOptions {
  readonly seed: number;
  /** NATs of either end, from the internet inwards. */
  readonly layers: readonly [readonly NatSettings[], readonly NatSettings[]];
  readonly conditions?: ConditionChange | undefined;
  /** Does the server have but one IP address? */
  readonly hasOneIp?: boolean | undefined;
  /** How much later the responder hears of the introduction, ms. */
  readonly skewMs?: number | undefined;
  /** Both hosts on one network, behind the first end's NATs. */
  readonly isOneNetwork?: boolean | undefined;
}

/**
 * Two ends behind NATs of the lab, with the machines of traversal alone: a server that answers address
 * queries, signals that always arrive, and replies in place of sessions.
 */
export class PunchLab {
  readonly lab: Lab;
  readonly ends: readonly [PunchEnd, PunchEnd];
  readonly #skewMs: number;

  private constructor(lab: Lab, ends: readonly [PunchEnd, PunchEnd], skewMs: number) {
    this.lab = lab;
    this.ends = ends;
    this.#skewMs = skewMs;
  }

  static async start(options: PunchLabOptions): Promise<PunchLab> {
    const { seed, layers, hasOneIp = false, skewMs = 0 } = options;
    const lab = new Lab({ seed, conditions: { delayMs: 20, ...options.conditions } });
    const servers = await startServer(lab, hasOneIp);
    const network = networkOf(lab, 0, layers[0]);
    const other = options.isOneNetwork ? network : networkOf(lab, 1, layers[1]);
    const hosts = [network("2"), other(options.isOneNetwork ? "3" : "2")] as const;
    const ends = [
      await PunchEnd.start(lab, hosts[0], "initiator", servers, seed),
      await PunchEnd.start(lab, hosts[1], "responder", servers, seed),
    ] as const;
    ends[0].far = ends[1];
    ends[1].far = ends[0];
    return new PunchLab(lab, ends, skewMs);
  }

  /** Both learn what NAT they have. */
  async discover(): Promise<readonly [NatReport, NatReport]> {
    for (const end of this.ends) end.discover();
    await this.lab.runUntil(() => this.ends.every(({ report }) => report !== undefined), 3_000);
    return this.ends.map(({ report }) => report) as [NatReport, NatReport];
  }

  /** Ms until both have a direct path, through as many attempts as it takes; undefined: not in time. */
  async punch(limitMs = 10_000): Promise<number | undefined> {
    const startedAt = this.lab.now;
    this.ends[0].punch(0);
    this.ends[1].after(this.#skewMs, () => this.ends[1].punch(0));
    const isDone = (): boolean => this.ends.every(({ path }) => path !== undefined);
    const isOver = (): boolean => isDone() || this.ends.every(({ isHopeless }) => isHopeless);
    await this.lab.runUntil(() => isOver() || this.lab.now > startedAt + limitMs, limitMs + 100);
    return isDone() ? this.lab.now - startedAt : undefined;
  }
}

/** Answers address queries; the addresses that peers are to ask. */
async function startServer(lab: Lab, hasOneIp: boolean): Promise<Address[]> {
  const ips = hasOneIp ? SERVER_IPS.slice(0, 1) : SERVER_IPS;
  const host = lab.host(SERVER_IPS[0], { also: ips.slice(1) });
  const links = new Map<string, Link>();
  const key = (ip: string, port: number): string => `${ip} ${port}`;
  for (const ip of ips) {
    for (const port of SERVER_PORTS) {
      const link = await host.io.bind({ ip, port }, (bytes, from) => {
        const message = decodePunchMessage(bytes);
        if (message.type !== "query") return;
        const isOtherIp = message.answerFrom === "address";
        const elsewhere = ips.find((other) => other !== ip);
        if (isOtherIp && elsewhere === undefined) return;
        const answering = isOtherIp ? (elsewhere ?? ip) : ip;
        const otherPort = SERVER_PORTS.find((other) => other !== port) ?? port;
        const answer = message.answerFrom === "port" ? otherPort : port;
        const observed = encodePunchMessage({ type: "answer", tag: message.tag, observed: from });
        links.get(key(answering, answer))?.send(observed, from);
      });
      links.set(key(ip, port), link);
    }
  }
  const [one, other] = SERVER_PORTS;
  const far = hasOneIp ? [] : [{ ip: SERVER_IPS[1], port: one }];
  return [{ ip: SERVER_IPS[0], port: one }, { ip: SERVER_IPS[0], port: other }, ...far];
}

/** The network of one end: makes hosts on it. */
function networkOf(
  lab: Lab,
  end: number,
  [outer, inner]: readonly NatSettings[],
): (last: string) => Host {
  if (!outer) return (last) => lab.host(`203.0.113.${100 + end * 10 + Number(last)}`);
  const router = lab.router(`203.0.113.${end + 1}`, { nat: outer });
  if (inner) {
    const home = router.router(`100.64.0.${end + 1}`, { nat: inner });
    return (last) => home.host(`192.168.${end}.${last}`);
  }
  if (outer.mapping === "none")
    return (last) => router.host(`203.0.113.${50 + end * 10 + Number(last)}`);
  return (last) => router.host(`10.0.${end}.${last}`);
}
