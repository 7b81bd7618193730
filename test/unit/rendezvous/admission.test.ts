import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { AmfObject, AmfValue } from "../../../protocol/amf/value.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { Admission, Guest } from "../../../rendezvous/media/admission.ts";
import { EncoderLogin } from "../../../rendezvous/media/encoder-login.ts";
import {
  mintStreamToken,
  type StreamRight,
  StreamTokens,
} from "../../../rendezvous/media/stream-tokens.ts";

const SECRET = "sixteen bytes or more";

class Clock {
  now = 1_700_000_000_000;
  readonly tokens: StreamTokens = new StreamTokens(
    nodePrimitives,
    new TextEncoder().encode(SECRET),
    () => this.now,
  );
}

const HERE = { ip: "192.0.2.1", port: 1 };

function request(
  app: string,
  more: { tcUrl?: string; properties?: AmfObject; args?: AmfValue[] } = {},
): Parameters<Admission["enter"]>[0] {
  return { app, tcUrl: "", properties: {}, args: [], ...more };
}

function guest(admission: Admission, ...connect: Parameters<typeof request>): Guest {
  const answer = admission.enter(request(...connect), HERE);
  assert.ok(answer instanceof Guest);
  return answer;
}

test("a token is what any back end can compute", () => {
  const { tokens } = new Clock();
  const lines = "rtmfp stream token 1\npublish\nlive\ncam\n1700000060";
  const mac = createHmac("sha256", SECRET).update(lines).digest("hex");
  const claim = { right: "publish", app: "live", stream: "cam" } as const;
  assert.equal(tokens.mint(claim, 60_000), `1700000060.${mac}`);
  assert.ok(tokens.check(`1700000060.${mac}`, claim));
});

test("a token is good for its right, its stream, its app and its time alone", () => {
  const clock = new Clock();
  const { tokens } = clock;
  const claim = { right: "play", app: "live", stream: "cam" } as const;
  const token = tokens.mint(claim, 60_000);
  assert.ok(tokens.check(token, claim));
  assert.ok(!tokens.check(token, { ...claim, right: "publish" }));
  assert.ok(!tokens.check(token, { ...claim, stream: "cam2" }));
  assert.ok(!tokens.check(token, { ...claim, app: "other" }));
  const all = tokens.mint({ ...claim, stream: "*" }, 60_000);
  assert.ok(tokens.check(all, claim));
  assert.ok(!tokens.check(all, { ...claim, app: "other" }));
  clock.now += 60_000;
  assert.ok(!tokens.check(token, claim));
});

test("what is no token gives no right, and line breaks move nothing", () => {
  const { tokens } = new Clock();
  const claim = { right: "play", app: "live", stream: "cam" } as const;
  fc.assert(fc.property(fc.string(), (text) => assert.ok(!tokens.check(text, claim))));
  assert.ok(!tokens.check("9".repeat(99), claim));
  assert.throws(() => tokens.mint({ ...claim, stream: "a\nb" }, 1), RangeError);
  assert.throws(() => mintStreamToken(SECRET, { ...claim, app: "a\nb" }, 1), RangeError);
  const token = tokens.mint(claim, 60_000);
  assert.ok(!tokens.check(token, { right: "play", app: "live\ncam", stream: "" }));
});

test("tokens are taken from wherever a client can put one", () => {
  const { tokens } = new Clock();
  const admission = new Admission({ tokens, tokensFor: ["publish"] });
  const token = tokens.mint({ right: "publish", app: "live", stream: "cam" }, 60_000);
  const wrong = tokens.mint({ right: "play", app: "live", stream: "cam" }, 60_000);
  const ways: [Guest, string][] = [
    [guest(admission, "live"), `cam?token=${token}`],
    [guest(admission, `live?token=${token}`), "cam"],
    [guest(admission, "live", { tcUrl: `rtmp://host/live?a=b&token=${token}` }), "cam?key=1"],
    [guest(admission, "live", { properties: { token } }), "cam"],
    [guest(admission, "live", { args: [token] }), "cam"],
    [guest(admission, "live", { args: [{ token }] }), "cam"],
    [guest(admission, "live", { args: [token] }), `cam?token=${wrong}`],
  ];
  for (const [one, name] of ways) assert.equal(one.ask("publish", name), "cam");
  const answer = (name: string, right: StreamRight): unknown => {
    const refusal = guest(admission, "live").ask(right, name);
    return typeof refusal === "string" ? refusal : refusal.code;
  };
  assert.equal(answer(`cam?token=${wrong}`, "publish"), "NetStream.Publish.BadName");
  assert.equal(answer("cam", "publish"), "NetStream.Publish.BadName");
  assert.equal(answer("cam?x", "play"), "cam", "nothing is demanded for this");
  const forPlaying = guest(new Admission({ tokens, tokensFor: ["play"] }), "live");
  const refusal = forPlaying.ask("play", "cam");
  assert.ok(typeof refusal !== "string" && refusal.code === "NetStream.Play.Failed");
});

function login(): EncoderLogin {
  const publishers = { ada: "lovelace" };
  return new EncoderLogin({
    authmod: "adobe",
    publishers,
    primitives: nodePrimitives,
    clock: () => 0,
  });
}

test("who says that it publishes has to log in, and others may play", () => {
  const admission = new Admission({ login: login() });
  const refused = admission.enter(request("live", { properties: { type: "nonprivate" } }), HERE);
  assert.ok("code" in refused && refused.description.includes("authmod=adobe"));
  const player = guest(admission, "live");
  assert.equal(player.ask("play", "cam"), "cam");
  const answer = player.ask("publish", "cam");
  assert.ok(typeof answer !== "string" && answer.description === "log in first");
});

test("where a token would do as well, its encoder is let in and judged when it publishes", () => {
  const { tokens } = new Clock();
  const admission = new Admission({ login: login(), tokens, tokensFor: ["publish"] });
  const encoder = guest(admission, "live", { properties: { type: "nonprivate" } });
  assert.notEqual(encoder.ask("publish", "cam"), "cam");
  const token = tokens.mint({ right: "publish", app: "live", stream: "*" }, 60_000);
  assert.equal(encoder.ask("publish", `cam?token=${token}`), "cam");
  const refused = admission.enter(request("live?authmod=adobe&user=ada"), HERE);
  assert.ok("code" in refused && refused.description.includes("reason=needauth"));
});
