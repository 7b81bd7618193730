import { type Address, sameAddress } from "../../protocol/wire/address.ts";
import type { QueryAnswer, SocketId } from "./address-queries.ts";
import { type Dependence, MAX_REFLEXIVE, type NatReport } from "./nat-report.ts";
import { BLOCK_SAMPLES, classifyAllocation, mayBeBlock, type PortSample } from "./port-samples.ts";

/** What the answers to address queries say about a NAT. */
export class NatEvidence {
  readonly #localIps: ReadonlySet<string>;
  readonly #ports = new Map<SocketId, number>();
  /** BOUNDED: by the queries of one discovery. */
  readonly #answers: QueryAnswer[] = [];
  #filtering: Dependence = "unknown";

  constructor(localIps: readonly string[]) {
    this.#localIps = new Set(localIps);
  }

  /** One of the sockets that ask, and its port on this host; the first is the main one. */
  addSocket(socket: { readonly id: SocketId; readonly port: number }): void {
    this.#ports.set(socket.id, socket.port);
  }

  add(answer: QueryAnswer): void {
    if (answer.answerFrom === "same") this.#answers.push(answer);
    else this.#noteUnsolicited(answer);
  }

  /** Nothing more comes through the filter, though the server answers. */
  noteFiltered(): void {
    if (this.#filtering === "unknown") this.#filtering = "address-and-port-dependent";
  }

  /** How many more new mappings would tell how ports are chosen; 0: it is known. */
  get wantedSamples(): number {
    const samples = this.#samples();
    const { type } = classifyAllocation(samples);
    if (type === "unknown") return SEQUENCE_SAMPLES;
    // A block of ports, if it is one, is known by its ends.
    const isNarrow = type === "random" && mayBeBlock(samples.map(({ port }) => port));
    return isNarrow ? BLOCK_SAMPLES : 0;
  }

  /** `isFinal`: what was not answered by now is not answered at all. */
  report(isFinal: boolean): NatReport {
    const isHeard = this.#answers.length > 0;
    const main = this.#mainAnswers();
    const isTranslated = this.#isTranslated(main);
    const mapping = isTranslated === false ? UNTRANSLATED : mappingOf(main);
    return {
      udp: isHeard ? "open" : isFinal ? "blocked" : "unknown",
      isTranslated,
      ...mapping,
      filtering: this.#filtering,
      allocation: classifyAllocation(this.#samples()),
      hairpin: undefined,
      reflexive: distinct(main.map(({ observed }) => observed)).slice(0, MAX_REFLEXIVE),
    };
  }

  /** An answer from where the socket has sent nothing: the filter let it through. */
  #noteUnsolicited({ server, from }: QueryAnswer): void {
    if (from.ip !== server.ip) this.#filtering = "endpoint-independent";
    else if (from.port !== server.port && this.#filtering !== "endpoint-independent") {
      this.#filtering = "address-dependent";
    }
  }

  #isTranslated([answer]: readonly QueryAnswer[]): boolean | undefined {
    if (!answer) return undefined;
    const { ip, port } = answer.observed;
    return !this.#localIps.has(ip) || port !== this.#ports.get(answer.socket);
  }

  /** In the order of the questions. */
  #mainAnswers(): QueryAnswer[] {
    const [main] = this.#ports.keys();
    return this.#answers.filter(({ socket }) => socket === main).sort(byTag);
  }

  /**
   * New mappings, in the order in which they were made. The main socket's first is older than all of
   * this; its others are new only if they differ. When a question was repeated, nobody knows which of
   * the datagrams made the mapping.
   */
  #samples(): PortSample[] {
    const seen = new Set<string>();
    return this.#answers
      .toSorted(byTag)
      .filter(({ tag, socket, sends, observed }) => {
        const key = `${socket} ${observed.port}`;
        const isNew = tag !== 0 && !seen.has(key);
        seen.add(key);
        return isNew && sends === 1;
      })
      .map(({ socket, observed }) => ({
        localPort: this.#ports.get(socket) ?? 0,
        port: observed.port,
      }));
  }
}

type Mapping = Pick<NatReport, "mapping" | "isMappingCertain">;

/** The mapping of a socket that asked several addresses. */
function mappingOf(answers: readonly QueryAnswer[]): Mapping {
  const pairs = answers.flatMap((one, index) =>
    answers.slice(index + 1).map((other) => ({
      isSameIp: one.server.ip === other.server.ip,
      isSameMapping: sameAddress(one.observed, other.observed),
    })),
  );
  if (pairs.length === 0) return { mapping: "unknown", isMappingCertain: false };
  const isCertain = pairs.some(({ isSameIp }) => !isSameIp);
  if (pairs.every(({ isSameMapping }) => isSameMapping)) {
    return { mapping: "endpoint-independent", isMappingCertain: isCertain };
  }
  const sameIp = pairs.filter(({ isSameIp }) => isSameIp);
  const ignoresPorts = sameIp.length > 0 && sameIp.every(({ isSameMapping }) => isSameMapping);
  return ignoresPorts
    ? { mapping: "address-dependent", isMappingCertain: true }
    : { mapping: "address-and-port-dependent", isMappingCertain: sameIp.length > 0 };
}

function byTag(one: QueryAnswer, other: QueryAnswer): number {
  return one.tag - other.tag;
}

function distinct(addresses: readonly Address[]): Address[] {
  return addresses.filter(
    (address, index) => addresses.findIndex((other) => sameAddress(address, other)) === index,
  );
}

const UNTRANSLATED: Mapping = { mapping: "endpoint-independent", isMappingCertain: true };
/** With what is known already, enough to tell a counter from chance. */
export const SEQUENCE_SAMPLES = 4;
