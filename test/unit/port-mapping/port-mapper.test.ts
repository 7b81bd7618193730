import assert from "node:assert/strict";
import { test } from "node:test";
import type { RouterAnswer } from "../../../peer/traversal/port-mapping/mapping.ts";
import {
  PortMapper,
  type PortMapperOutput,
} from "../../../peer/traversal/port-mapping/port-mapper.ts";
import type { Address } from "../../../protocol/wire/address.ts";
import { Prng } from "../../lab/index.ts";
import { FakeRouter } from "../../support/fake-router.ts";
import { fuzz } from "../../support/fuzzing.ts";
import { mutated } from "../../support/mutation.ts";

const router = { ip: "192.168.1.1", localIp: "192.168.1.2" };
const control = { ip: router.ip, port: 5_351 };
const text = new TextEncoder();

function mapper(random = new Prng(1, "mapper")): PortMapper {
  return new PortMapper(
    { router, internalPort: 1_935, random: (length) => random.bytes(length) },
    0,
  );
}

function externalOf(machine: PortMapper): Address | undefined {
  return machine.mapping?.external;
}

function drain(machine: PortMapper, now: number): PortMapperOutput[] {
  const outputs: PortMapperOutput[] = [];
  for (let output = machine.poll(now); output; output = machine.poll(now)) outputs.push(output);
  return outputs;
}

/** What the machine does when it is left alone until `untilMs`. */
function wait(machine: PortMapper, untilMs: number): PortMapperOutput[] {
  const outputs = drain(machine, 0);
  while (machine.timeout <= untilMs) outputs.push(...drain(machine, machine.timeout));
  return outputs;
}

test("RFC 6887 §8.3 only the router's own port is listened to", () => {
  const machine = mapper();
  const fake = new FakeRouter(router.ip, () => 0, { protocols: ["pcp"] });
  const [asked] = drain(machine, 0);
  assert.equal(asked?.type, "transmit");
  const request = asked?.type === "transmit" ? asked.bytes : new Uint8Array();
  const answer = fake.control(request, { ip: router.localIp, port: 9 }) ?? new Uint8Array();
  machine.receive(answer, { ip: router.ip, port: 5_352 }, 1);
  machine.receive(answer, { ip: "192.168.1.3", port: 5_351 }, 1);
  assert.equal(externalOf(machine), undefined);
  machine.receive(answer, control, 1);
  assert.deepEqual(externalOf(machine), { ip: "198.51.100.7", port: 1_935 });
});

test("RFC 6887 §11.4 an answer with another nonce is not ours", () => {
  const machine = mapper();
  const fake = new FakeRouter(router.ip, () => 0, { protocols: ["pcp"] });
  const [asked] = drain(machine, 0);
  const request = asked?.type === "transmit" ? asked.bytes.slice() : new Uint8Array();
  request[24] = (request[24] ?? 0) ^ 1;
  const answer = fake.control(request, { ip: router.localIp, port: 9 }) ?? new Uint8Array();
  machine.receive(answer, control, 1);
  assert.equal(machine.mapping, undefined);
  assert.equal(machine.stats.malformed, 0);
});

test("RFC 6886 §3.1 requests go out again after 250 ms, 500 ms, and are given up", () => {
  const machine = mapper();
  const times: number[] = [];
  for (let now = 0; now < 3_500; now = Math.max(now + 1, Math.ceil(machine.timeout))) {
    for (const output of drain(machine, now)) {
      if (output.type === "transmit" && output.to.port === 5_351) times.push(now);
    }
  }
  assert.deepEqual(times, [0, 250, 750, 1_750, 2_000, 2_500]);
});

test("an SSDP answer leads nowhere but to the router itself", () => {
  const machine = mapper();
  wait(machine, 3_500);
  const say = (location: string, ip = router.ip): PortMapperOutput[] => {
    const answer = `HTTP/1.1 200 OK\r\nLOCATION: ${location}\r\n\r\n`;
    machine.receive(text.encode(answer), { ip, port: 1_900 }, 3_600);
    return drain(machine, 3_600).filter(({ type }) => type === "fetch");
  };
  assert.deepEqual(say("http://192.168.1.3/", "192.168.1.3"), []);
  assert.equal(machine.stats.malformed, 0);
  for (const location of [
    "http://192.168.1.3/",
    "https://192.168.1.1/",
    "http://localhost/",
    "x",
  ]) {
    assert.deepEqual(say(location), []);
  }
  assert.equal(machine.stats.malformed, 4);
  const [fetch] = say("http://192.168.1.1:5000/root.xml");
  assert.equal(fetch?.type === "fetch" && fetch.url, "http://192.168.1.1:5000/root.xml");
});

test("whatever a router says, in whatever state, is a mapping, nothing, or counted", async (t) => {
  const report = await fuzz(async (seed) => {
    const random = new Prng(seed, "router");
    const protocols = [["pcp"], ["nat-pmp"], ["upnp"]] as const;
    const own = protocols[random.below(3)] ?? ["pcp"];
    let now = 0;
    const fake = new FakeRouter(router.ip, () => now, { protocols: own });
    const machine = mapper(random);
    for (let step = 0; step < 200; step += 1) {
      if (step === 150) machine.release(now);
      for (const output of drain(machine, now)) answerWrongly(machine, output, fake, random, now);
      const next = Math.min(machine.timeout, now + 100_000);
      now = Math.max(now, next);
    }
    assert.equal(machine.mapping, undefined);
  });
  t.diagnostic(report);
});

/** Sometimes as it should be, mostly not. */
function answerWrongly(
  machine: PortMapper,
  output: PortMapperOutput,
  fake: FakeRouter,
  random: Prng,
  now: number,
): void {
  const damage = (bytes: Uint8Array): Uint8Array =>
    random.below(3) === 0 ? bytes : mutated(bytes, random);
  if (output.type === "transmit") {
    const from = { ip: router.localIp, port: 9 };
    const isSearch = output.to.port === 1_900;
    const answer = isSearch ? fake.search(output.bytes, 80) : fake.control(output.bytes, from);
    if (answer) machine.receive(damage(answer), control, now);
  } else if (output.type === "fetch") {
    const { url, request } = output;
    const path = new URL(url).pathname;
    const answer = fake.http(path, request.headers.SOAPAction ?? "", request.body);
    machine.fetched(output.id, answer && damaged(answer, damage), now);
  }
}

function damaged(answer: RouterAnswer, damage: (bytes: Uint8Array) => Uint8Array): RouterAnswer {
  const body = new TextDecoder().decode(damage(text.encode(answer.body)));
  return { ...answer, body };
}
