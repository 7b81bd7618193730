/** Microseconds of sealing, unsealing and keying: `node dist/test/bench/crypto.js`. */
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";

const PACKETS = 20_000;
const DATAGRAM_LIMIT = 1200;
const HANDSHAKES = 100;
const GROUPS = [31, 2, 5, 14, 16];

const endOf = (kind: "static" | "ephemeral", group: number): ReturnType<typeof createFlashCrypto> =>
  createFlashCrypto(nodePrimitives, createIdentity(nodePrimitives, { kind, groups: [group] }));

packets();
for (const group of GROUPS) keys(group);
for (const group of GROUPS) handshakes(group);

function packets(): void {
  const client = endOf("static", 31);
  const server = endOf("ephemeral", 31);
  const initiating = client.initiate(client.readCertificate(server.certificate.bytes));
  const { component, keys } = server.respond(client.certificate, initiating.component);
  const { cipher } = initiating.finish(component);
  const packet = nodePrimitives.random(1150);
  let datagrams: Uint8Array[] = [];
  const rounds = best(5, () => {
    datagrams = [];
    const seal = time(PACKETS, () => {
      cipher.begin(DATAGRAM_LIMIT).put(packet);
      datagrams.push(cipher.seal(1));
    });
    let next = 0;
    const unseal = time(PACKETS, () => {
      const datagram = datagrams[next] as Uint8Array;
      next += 1;
      if (keys.cipher.unseal(datagram) === undefined) throw new Error("not authentic");
    });
    return [seal, unseal];
  });
  const size = `${datagrams[0]?.length}-byte datagram, HMAC-16 and sequence number`;
  print(`seal    ${size}`, rounds[0]);
  print(`unseal  ${size}`, rounds[1]);
}

function keys(id: number): void {
  const group = nodePrimitives.group(id);
  if (group === undefined) throw new Error(`group ${id} is missing`);
  const near = group.generate();
  const far = group.generate().publicKey;
  const [generate, agree] = best(3, () => [
    time(HANDSHAKES, () => void group.generate()),
    time(HANDSHAKES, () => void near.agree(far)),
  ]);
  print(`group ${id}: generate a key pair`, generate);
  print(`group ${id}: agree`, agree);
}

/** One end's work: parsing, key pair, secret, derivation, ciphers. */
function handshakes(group: number): void {
  const client = endOf("static", group);
  for (const kind of ["ephemeral", "static"] as const) {
    const server = endOf(kind, group);
    const [initiator, responder] = best(3, () => {
      const far = client.readCertificate(server.certificate.bytes);
      const { component } = client.initiate(far);
      const answer = server.respond(client.certificate, component).component;
      return [
        time(HANDSHAKES, () => void client.initiate(far).finish(answer)),
        time(HANDSHAKES, () => void server.respond(client.certificate, component)),
      ];
    });
    const extra = kind === "static" ? ", forward secrecy" : "";
    print(`group ${group}: static initiator to ${kind} responder${extra}`, initiator);
    print(`group ${group}: ${kind} responder${extra}`, responder);
  }
}

/** Microseconds a call. */
function time(count: number, call: () => void): number {
  const start = process.hrtime.bigint();
  for (let index = 0; index < count; index += 1) call();
  return Number(process.hrtime.bigint() - start) / 1000 / count;
}

/** The smallest of each figure: what it costs when nothing else runs. */
function best(rounds: number, measure: () => number[]): number[] {
  const all = Array.from({ length: rounds }, measure);
  return (all[0] ?? []).map((_, index) => Math.min(...all.map((round) => round[index] ?? 0)));
}

function print(what: string, microseconds: number | undefined): void {
  process.stdout.write(`${(microseconds ?? 0).toFixed(2).padStart(9)} us  ${what}\n`);
}
