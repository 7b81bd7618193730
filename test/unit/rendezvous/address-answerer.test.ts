import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { type AnswerFrom, addressQuery } from "../../../protocol/crypto/address-query.ts";
import { peerDiscriminator } from "../../../protocol/crypto/endpoint-discriminator.ts";
import { type Address, type CandidateAddress, Origin } from "../../../protocol/wire/address.ts";
import { writeIHello } from "../../../protocol/wire/chunks/ihello.ts";
import { writeRedirect } from "../../../protocol/wire/chunks/redirect.ts";
import { AddressAnswerer } from "../../../rendezvous/address-answerer.ts";

const PEER: Address = { ip: "203.0.113.7", port: 40_000 };
const TAG = new Uint8Array(16).fill(7);

interface Answer {
  readonly link: number;
  readonly to: Address;
  readonly destinations: readonly CandidateAddress[];
}

/** A server with the sockets `locals`, and what it answered. */
function stand(...locals: Address[]): { answerer: AddressAnswerer; answers: Answer[] } {
  const answers: Answer[] = [];
  const answerer = new AddressAnswerer({
    redirect: (link, to, tag, destinations) => {
      assert.deepEqual(tag, TAG);
      answers.push({ link, to, destinations });
    },
  });
  for (const [link, local] of locals.entries()) answerer.addSocket({ link, local });
  return { answerer, answers };
}

function ask(answerer: AddressAnswerer, answerFrom: AnswerFrom, link = 0, from = PEER): boolean {
  const hello = { endpointDiscriminator: addressQuery(answerFrom), tag: TAG };
  return answerer.answer({ hello, link, from }, 0);
}

const ANYWHERE = [1935, 1936].map((port) => ({ ip: "0.0.0.0", port }));

test("says where it sees the sender, and which other sockets it has", () => {
  const { answerer, answers } = stand(...ANYWHERE);
  assert.ok(ask(answerer, "same"));
  const seen = { ...PEER, origin: Origin.observed };
  const other = { ip: "0.0.0.0", port: 1936, origin: Origin.reported };
  assert.deepEqual(answers, [{ link: 0, to: PEER, destinations: [seen, other] }]);
});

test("answers from another port, or from another address, if it is asked to and can", () => {
  const { answerer, answers } = stand(...ANYWHERE);
  ask(answerer, "port");
  ask(answerer, "address");
  assert.deepEqual(
    answers.map(({ link }) => link),
    [1],
  );
  const two = stand({ ip: "192.0.2.1", port: 1935 }, { ip: "192.0.2.2", port: 1936 });
  ask(two.answerer, "port");
  ask(two.answerer, "address");
  assert.deepEqual(
    two.answers.map(({ link }) => link),
    [1],
  );
});

test("sockets of the other address family answer nobody", () => {
  const { answerer, answers } = stand(ANYWHERE[0] as Address, { ip: "::", port: 1936 });
  ask(answerer, "port");
  assert.deepEqual(answers, []);
});

test("a hello that looks for somebody is none of its business", () => {
  const { answerer, answers } = stand(...ANYWHERE);
  const endpointDiscriminator = peerDiscriminator(new Uint8Array(32));
  const hello = { endpointDiscriminator, tag: TAG };
  assert.ok(!answerer.answer({ hello, link: 0, from: PEER }, 0));
  assert.deepEqual(answers, []);
});

test("the answer is no longer than the question, however many sockets there are", () => {
  const locals = Array.from({ length: 9 }, (_, index) => ({
    ip: `2001:db8::${index}`,
    port: 1935,
  }));
  const { answerer, answers } = stand(...locals);
  ask(answerer, "same", 0, { ip: "2001:db8:1:2:3:4:5:6", port: 40_000 });
  const question = new Writer();
  writeIHello(question, { endpointDiscriminator: addressQuery("same"), tag: TAG });
  const answer = new Writer();
  writeRedirect(answer, { tagEcho: TAG, destinations: answers[0]?.destinations ?? [] });
  assert.ok(answer.length <= question.length, `${answer.length} <= ${question.length}`);
});

test("no source gets more than its rate", () => {
  const { answerer, answers } = stand(...ANYWHERE);
  for (let count = 0; count < 1_000; count += 1) ask(answerer, "same");
  assert.equal(answers.length, 200);
});

test("the answer goes to another port of the sender if it wants that, and never to another host", () => {
  const { answerer, answers } = stand(...ANYWHERE);
  const hello = { endpointDiscriminator: addressQuery("same", 40_123), tag: TAG };
  answerer.answer({ hello, link: 0, from: PEER }, 0);
  const [answer] = answers;
  assert.deepEqual(answer?.to, { ip: PEER.ip, port: 40_123 });
  assert.deepEqual(answer?.destinations[0], { ...PEER, origin: Origin.observed });
});
