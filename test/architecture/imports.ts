import { posix } from "node:path";

/** Who may import what, and why nothing else. */
export interface ImportRule {
  /** A file, or a folder with `/` at its end. The longest that fits an importing file counts. */
  readonly from: string;
  /**
   * Files, folders with `/`, `node:`, or names of packages (`@scope/` for all of a scope). Files of
   * one rule may import each other.
   */
  readonly to: readonly string[];
  readonly why: string;
}

const plain = ["protocol/errors.ts", "protocol/params.ts"];
const core = [
  ...plain,
  "protocol/io.ts",
  "protocol/driver.ts",
  ...["bytes", "wire", "crypto", "flow", "session", "amf", "flv", "mp4", "rtmp", "tc"].map(
    (layer) => `protocol/${layer}/`,
  ),
];

export const importRules: readonly ImportRule[] = [
  { from: "protocol/errors.ts", to: [], why: "everything may import it" },
  { from: "protocol/params.ts", to: [], why: "everything may import it" },
  { from: "protocol/io.ts", to: ["protocol/wire/address.ts"], why: "a contract, no code" },
  { from: "protocol/bytes/", to: plain, why: "the lowest layer knows no protocol" },
  {
    from: "protocol/wire/",
    to: [...plain, "protocol/bytes/"],
    why: "chunks have no state: sessions and flows give them meaning",
  },
  {
    from: "protocol/crypto/",
    to: [...plain, "protocol/bytes/", "protocol/wire/"],
    why: "a profile seals packets and knows nothing of sessions",
  },
  {
    from: "protocol/flow/",
    to: [...plain, "protocol/bytes/", "protocol/wire/"],
    why: "flows run in any session, which assembles their packets",
  },
  {
    from: "protocol/session/",
    to: [
      ...plain,
      "protocol/bytes/",
      "protocol/wire/",
      "protocol/crypto/crypto.ts",
      "protocol/crypto/session-id.ts",
      "protocol/flow/",
    ],
    why: "sessions work with any cryptography profile: they know the interface alone",
  },
  { from: "protocol/amf/", to: [...plain, "protocol/bytes/"], why: "a codec" },
  {
    from: "protocol/flv/",
    to: [...plain, "protocol/bytes/", "protocol/amf/"],
    why: "a codec, whose script tags are AMF",
  },
  {
    from: "protocol/mp4/",
    to: [...plain, "protocol/bytes/", "protocol/amf/", "protocol/flv/"],
    why: "a codec, which makes tags of FLV of what it reads",
  },
  {
    from: "protocol/rtmp/",
    to: [
      ...plain,
      "protocol/bytes/",
      "protocol/amf/",
      "protocol/flv/",
      "protocol/crypto/primitives.ts",
    ],
    why: "RTMP stands beside RTMFP, not on it; its handshakes need hashes",
  },
  {
    from: "protocol/tc/",
    to: [
      ...plain,
      ...["bytes", "amf", "flv", "rtmp", "flow", "session"].map((layer) => `protocol/${layer}/`),
    ],
    why: "NetConnection runs over either transport and sees no wire",
  },
  { from: "protocol/", to: core, why: "the core runs wherever ECMAScript does" },
  {
    from: "protocol/node/",
    to: ["protocol/", "node:"],
    why: "the only place of the protocol that knows Node, and without dependencies",
  },
  {
    from: "peer/traversal/",
    to: [
      ...plain,
      "protocol/io.ts",
      "protocol/bytes/",
      "protocol/wire/",
      "protocol/crypto/address-query.ts",
    ],
    why: "traversal is machines of messages and time: it runs wherever ECMAScript does",
  },
  {
    from: "peer/",
    to: ["protocol/", "peer/traversal/", "node:"],
    why: "a peer needs no server, and none of a server's libraries",
  },
  {
    from: "rendezvous/",
    to: ["protocol/", "node:", "fastify", "@fastify/", "nanoid", "pino"],
    why: "a server introduces peers and is none",
  },
  {
    from: "bin/",
    to: ["protocol/", "peer/", "rendezvous/", "test/lab/", "node:"],
    why: "wiring only: what it wires is written elsewhere",
  },
  { from: "examples/", to: ["rtmfp", "node:"], why: "examples show what a user can write" },
  {
    from: "test/lab/",
    to: [...core, "test/lab/node/"],
    why: "published as rtmfp/lab, for programs on the protocol alone",
  },
  {
    from: "test/lab/node/",
    to: [
      ...core,
      "protocol/node/",
      "test/lab/",
      "peer/platform.ts",
      "rendezvous/options.ts",
      "node:",
    ],
    why: "gives a peer and a server the lab for a world: of them it knows what they ask of theirs",
  },
  {
    from: "test/",
    to: ["protocol/", "peer/", "rendezvous/", "bin/", "test/lab/", "rtmfp", "node:", "fast-check"],
    why: "tests see everything, with few tools",
  },
];

/** What is wrong with the imports of the file `path`, whose text is `source`. */
export function importViolations(path: string, source: string): string[] {
  const rule = ruleFor(path);
  if (!rule) return [`${path}: no rule says what it may import`];
  return importsOf(path, source)
    .filter((target) => ruleFor(target) !== rule && !rule.to.some((to) => covers(to, target)))
    .map((target) => `${path} imports ${target}, but ${rule.why}`);
}

function ruleFor(path: string): ImportRule | undefined {
  return importRules
    .filter((rule) => covers(rule.from, path))
    .reduce<ImportRule | undefined>(
      (best, rule) => (best && best.from.length >= rule.from.length ? best : rule),
      undefined,
    );
}

function covers(entry: string, path: string): boolean {
  return entry.endsWith("/") || entry.endsWith(":") ? path.startsWith(entry) : path === entry;
}

/** Files relative to the repository, `node:…`, or names of packages without what follows the name. */
function importsOf(path: string, source: string): string[] {
  return specifiers(source).map((specifier) => {
    if (specifier.startsWith(".")) return posix.join(posix.dirname(path), specifier);
    if (specifier.startsWith("node:")) return specifier;
    const [scope, name] = specifier.split("/");
    return scope?.startsWith("@") ? `${scope}/${name}` : `${scope}`;
  });
}

/** The formatter leaves but these shapes of an import. */
function specifiers(source: string): string[] {
  const code = source.replaceAll(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const shapes = [
    /^(?:import|export)\s[^"=]*?from\s+"([^"]+)"/gm,
    /^import\s+"([^"]+)"/gm,
    /\bimport\(\s*"([^"]+)"/g,
  ];
  return shapes.flatMap((shape) => [...code.matchAll(shape)].map((match) => match[1] ?? ""));
}
