/** What a router does with UDP and TCP, by nftables. */
export type NatKind =
  | "masquerade"
  | "random"
  | "full-cone"
  | "address-restricted"
  | "sequential"
  | "none";

export interface NatOptions {
  /**
   * Packets to the router's own address that nobody asked for: `drop` keeps them from leaving a
   * conntrack entry behind, `accept` lets them poison the port.
   * @default "drop"
   */
  readonly unsolicited?: "drop" | "accept" | undefined;
  /** Inside hosts reach each other by their outside addresses. */
  readonly hairpin?: boolean | undefined;
  /** No UDP passes. */
  readonly blocksUdp?: boolean | undefined;
}

/** The addresses of a router, and of the network behind it. */
export interface NatAddresses {
  readonly wan: string;
  /** With prefix length. */
  readonly lan: string;
}

/** A ruleset for `nft -f` that makes a router such a NAT, on its interfaces `wan` and `lan`. */
export function natRules(kind: NatKind, addresses: NatAddresses, options: NatOptions = {}): string {
  const { unsolicited = "drop", hairpin = false, blocksUdp = false } = options;
  const { outbound, inbound } = translations(kind, addresses);
  const hairpinned = hairpin ? hairpinRules(addresses) : { outbound: [], inbound: [] };
  return `table ip nat_lab {
${MEMORY}
  chain prerouting {
    type nat hook prerouting priority dstnat
${lines([...inbound, ...hairpinned.inbound])}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat
${lines([...hairpinned.outbound, ...outbound])}
  }
  chain input {
    type filter hook input priority filter
    iifname "wan" ct state established,related accept
    iifname "wan" meta l4proto { tcp, udp } ${unsolicited}
  }
  chain forward {
    type filter hook forward priority filter
${blocksUdp ? "    meta l4proto udp drop" : ""}
    iifname "wan" ct state new ct status dnat accept
    iifname "wan" ct state new drop
  }
}
`;
}

interface Translations {
  readonly outbound: readonly string[];
  readonly inbound: readonly string[];
}

function translations(kind: NatKind, { wan }: NatAddresses): Translations {
  const outside = `oifname "wan"`;
  const remember = `${outside} meta l4proto udp update @mapped { udp sport timeout 300s : ip saddr . udp sport }`;
  const toMapped = "dnat ip to udp dport map @mapped";
  switch (kind) {
    case "masquerade":
      return { outbound: [`${outside} masquerade`], inbound: [] };
    case "random":
      return { outbound: [`${outside} masquerade fully-random`], inbound: [] };
    case "full-cone":
      return {
        outbound: [remember, `${outside} snat to ${wan}`],
        inbound: [`iifname "wan" ip daddr ${wan} meta l4proto udp ${toMapped}`],
      };
    case "address-restricted":
      return {
        outbound: [
          remember,
          `${outside} meta l4proto udp update @talked { udp sport . ip daddr timeout 300s }`,
          `${outside} snat to ${wan}`,
        ],
        inbound: [`iifname "wan" ip daddr ${wan} udp dport . ip saddr @talked ${toMapped}`],
      };
    case "sequential":
      return { outbound: [sequence(wan), `${outside} snat to ${wan}`], inbound: [] };
    case "none":
      return { outbound: [], inbound: [] };
  }
}

/** Each new flow takes the next port. */
function sequence(wan: string): string {
  const ports = Array.from({ length: SEQUENCE_PORTS }, (_, index) => {
    return `${index} : ${wan} . ${SEQUENCE_FIRST + index}`;
  });
  const next = `numgen inc mod ${SEQUENCE_PORTS} map { ${ports.join(", ")} }`;
  return `oifname "wan" meta l4proto udp snat ip to ${next}`;
}

/** RFC 4787 REQ-9: who sends to a mapping from inside is seen at its own mapping. */
function hairpinRules({ wan, lan }: NatAddresses): Translations {
  const looped = `ip saddr ${lan} ip daddr ${lan} ct status dnat`;
  return {
    outbound: [
      `oifname "wan" meta l4proto udp update @mapped { udp sport timeout 300s : ip saddr . udp sport }`,
      `${looped} update @mapped { udp sport timeout 300s : ip saddr . udp sport }`,
      `${looped} snat to ${wan}`,
    ],
    inbound: [`ip daddr ${wan} meta l4proto udp dnat ip to udp dport map @mapped`],
  };
}

function lines(rules: readonly string[]): string {
  return rules.map((rule) => `    ${rule}`).join("\n");
}

/** Which inside socket has which outside port, and whom it has sent to. */
const MEMORY = `  map mapped {
    type inet_service : ipv4_addr . inet_service
    flags dynamic,timeout
    size 65535
    timeout 300s
  }
  set talked {
    type inet_service . ipv4_addr
    flags dynamic,timeout
    size 65535
    timeout 300s
  }`;

const SEQUENCE_FIRST = 20_000;
const SEQUENCE_PORTS = 4_096;
