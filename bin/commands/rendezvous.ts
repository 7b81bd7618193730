import { createLogger, Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { withHost } from "../address.ts";
import type { Command, CommandContext } from "../command.ts";
import { readMedia } from "../media.ts";
import { optionError } from "../option-error.ts";
import type { OptionValues } from "../options.ts";
import { readTls } from "../tls.ts";
import { untilAborted } from "../waiting.ts";

export const rendezvousOptions = {
  rtmfp: {
    type: "list",
    value: "HOST:PORT",
    help: "UDP addresses for peers, port 0 for any",
    default: ["0.0.0.0:1935"],
  },
  rtmp: {
    type: "list",
    value: "HOST:PORT",
    help: "TCP addresses for RTMP, RTMPE, RTMPT and RTMPS, or none (default: those of --rtmfp)",
  },
  rtmps: { type: "list", value: "HOST:PORT", help: "TCP addresses for RTMP within TLS alone" },
  "tls-cert": {
    type: "string",
    value: "FILE",
    help: "certificate for TLS, PEM (default: a self-made one, kept in --data)",
  },
  "tls-key": { type: "string", value: "FILE", help: "private key of --tls-cert, PEM" },
  "tls-min": {
    type: "string",
    value: "VERSION",
    choices: ["1.2", "1.3"],
    help: "1.2 or 1.3",
    default: "1.2",
  },
  "tls-max": {
    type: "string",
    value: "VERSION",
    choices: ["1.2", "1.3"],
    help: "1.2 or 1.3; Debian's rtmpdump knows no 1.3",
    default: "1.3",
  },
  http: {
    type: "string",
    value: "HOST:PORT",
    help: "status page and HTTP-FLV, port 0 for any, or none",
    default: "127.0.0.1:8080",
  },
  secret: {
    type: "string",
    value: "TEXT",
    help: "signs tokens, at least 16 bytes; several servers share it (default: a random one)",
  },
  media: { type: "string", value: "DIR", help: "play the recordings DIR/APP/NAME.flv and .mp4" },
  record: { type: "string", value: "DIR", help: "record live streams to DIR/APP/NAME-TIME.flv" },
  "record-streams": {
    type: "string",
    value: "WHICH",
    choices: ["all", "asked"],
    help: "all, or asked: those that are published to be recorded",
    default: "all",
  },
  "record-minutes": {
    type: "number",
    value: "N",
    help: "how long a file of a recording gets",
    default: 60,
    range: [1, 1_440],
  },
  "record-megabytes": {
    type: "number",
    value: "N",
    help: "how large a file of a recording gets",
    default: 2_048,
    range: [1, 1_048_576],
  },
  takeover: {
    type: "string",
    value: "WHEN",
    choices: ["always", "silent", "never"],
    help: "a publisher gives way to another of its name: always, silent (for 5 s) or never",
    default: "silent",
  },
  push: {
    type: "list",
    value: "NAME=URL",
    help: "stream to pass on to another RTMP server: NAME, APP/NAME, or APP/* (URL ends in * too)",
  },
  pull: {
    type: "list",
    value: "NAME=URL",
    help: "stream to get from another RTMP server while somebody plays it, written like --push",
  },
  "pull-always": { type: "boolean", help: "get the streams of --pull also when nobody plays" },
  "token-for": {
    type: "list",
    value: "RIGHT",
    choices: ["publish", "play"],
    help: "demand a token to publish, play or both; see rtmfp token",
  },
  publishers: {
    type: "string",
    value: "FILE",
    help: "passwords of encoders: a JSON object, password by user",
  },
  swf: {
    type: "list",
    value: "FILE",
    help: "RTMP clients have to know one of these Flash programs; no security",
  },
  authmod: {
    type: "string",
    value: "KIND",
    choices: ["adobe", "llnw"],
    help: "how encoders log in: adobe or llnw",
    default: "adobe",
  },
  "shared-objects": {
    type: "string",
    value: "WHICH",
    choices: ["none", "temporary", "persistent"],
    help: "none, temporary, or persistent: anybody may make some that stay, in --data",
    default: "temporary",
  },
  "no-relay": { type: "boolean", help: "carry nothing for peers that cannot reach each other" },
  drain: {
    type: "number",
    value: "SECONDS",
    help: "how long clients that can (peers, and Enhanced RTMP) have to connect anew after Ctrl-C",
    default: 0,
    range: [0, 3_600],
  },
  data: {
    type: "string",
    value: "DIR",
    help: "keep what survives a restart here: identity, TLS certificate, shared objects",
  },
  "log-level": {
    type: "string",
    value: "LEVEL",
    choices: ["trace", "debug", "info", "warn", "error", "silent"],
    help: "trace, debug, info, warn, error or silent; logs go to standard error",
    default: "warn",
  },
  config: { type: "string", value: "FILE", help: "these options as a JSON object" },
  json: { type: "boolean", help: "one JSON object a line instead of text" },
} as const;

type Values = OptionValues<typeof rendezvousOptions>;

/** The server alone, until Ctrl-C. */
export const rendezvousCommand: Command<typeof rendezvousOptions> = {
  name: "rendezvous",
  summary: "the server that introduces and pairs peers",
  options: rendezvousOptions,
  run: (values, context) =>
    serve(values, context, {
      ip: "0.0.0.0",
      describe: (server) => [`rendezvous at ${urlOf(server)}`],
    }),
};

export interface Serving {
  /** Where to listen if an option names a port alone. */
  readonly ip: string;
  /** What a person reads when the server is ready. */
  describe(server: Rendezvous): readonly string[];
}

/** Runs a server until Ctrl-C. */
export async function serve(
  values: Values,
  { output, signal }: CommandContext,
  { ip, describe }: Serving,
): Promise<void> {
  const server = await listen(values, ip);
  try {
    const { addresses, fingerprint } = server;
    output.event("ready", { ...addresses, fingerprint }, describe(server));
    await untilAborted(signal);
  } finally {
    await server.close();
  }
}

async function listen(values: Values, ip: string): Promise<Rendezvous> {
  const at = (text: string): string => withHost(text, ip);
  const drainMs = Math.round(values.drain * 1_000);
  const options: RendezvousOptions = {
    rtmfp: values.rtmfp.map(at),
    rtmp: rtmpOf(values).map(at),
    rtmps: values.rtmps.map(at),
    tls: readTls(values),
    http: httpOf(values),
    data: values.data,
    secret: values.secret,
    ...readMedia(values),
    push: values.push,
    pull: values.pull,
    pullAlways: values["pull-always"],
    relay: values["no-relay"] ? false : undefined,
    drain: drainMs > 0 ? { limitMs: drainMs } : undefined,
    sharedObjects: sharedObjectsOf(values),
    logger: createLogger(values["log-level"]),
  };
  try {
    return await Rendezvous.listen(options);
  } catch (error) {
    throw optionError(error, rendezvousOptions);
  }
}

function rtmpOf({ rtmp, rtmfp }: Values): readonly string[] {
  if (rtmp.length === 0) return rtmfp;
  return rtmp.length === 1 && rtmp[0] === "none" ? [] : rtmp;
}

function httpOf({ http }: Values): string | undefined {
  return http === "none" ? undefined : withHost(http, "127.0.0.1");
}

function sharedObjectsOf({ "shared-objects": which }: Values): RendezvousOptions["sharedObjects"] {
  return which === "none" ? false : { persistent: which === "persistent" };
}

/** What peers on this machine connect to. */
export function urlOf(server: Rendezvous): string {
  const [address = ""] = server.addresses.rtmfp;
  return `rtmfp://${onThisMachine(address)}/chat`;
}

/** Who listens everywhere is found here, too. */
export function onThisMachine(address: string): string {
  return address.replace(/^0\.0\.0\.0:/, "127.0.0.1:").replace(/^\[::\]:/, "[::1]:");
}
