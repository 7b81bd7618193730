import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { type Authmod, answerAuthmod } from "../../../protocol/rtmp/authmod.ts";
import { md5 } from "../../../rendezvous/md5.ts";
import { EncoderLogin } from "../../../rendezvous/media/encoder-login.ts";

/** Where encoders are, unless a test says otherwise. */
const HERE = "192.0.2.1";

class Stand {
  now = 0;
  readonly login: EncoderLogin;

  constructor(authmod: Authmod) {
    const publishers = { ada: "lovelace" };
    const clock = (): number => this.now;
    this.login = new EncoderLogin({ authmod, publishers, primitives: nodePrimitives, clock });
  }

  /** Goes on until the server lets it in or says no; answers the apps that it connected with. */
  enter(user: string, password: string, start = "live", source = HERE): string[] {
    const apps = [start];
    for (;;) {
      const app = apps.at(-1) ?? "";
      const why = this.login.refuse(app, source);
      if (why === undefined) return apps;
      const next = answerAuthmod(app, why, { user, password }, nodePrimitives.random(4), md5);
      if (next === undefined) return [...apps, why];
      apps.push(next);
    }
  }
}

for (const authmod of ["adobe", "llnw"] as const) {
  test(`${authmod}: three connections let an encoder in, a wrong password or user does not`, () => {
    const stand = new Stand(authmod);
    const apps = stand.enter("ada", "lovelace");
    assert.deepEqual([apps.length, apps[1]], [3, `live?authmod=${authmod}&user=ada`]);
    assert.match(stand.enter("ada", "byron").at(-1) ?? "", /reason=authfailed$/);
    assert.match(stand.enter("eve", "lovelace").at(-1) ?? "", /reason=authfailed$/);
    assert.match(stand.enter("toString", "").at(-1) ?? "", /reason=authfailed$/);
  });

  test(`${authmod}: a response is good once, for its user, and for a minute`, () => {
    const stand = new Stand(authmod);
    const app = stand.enter("ada", "lovelace").at(-1) ?? "";
    assert.match(stand.login.refuse(app, HERE) ?? "", /authfailed/);
    const other = stand.enter("ada", "lovelace").at(-1) ?? "";
    assert.match(
      stand.login.refuse(other.replace("user=ada", "user=eve"), HERE) ?? "",
      /authfailed/,
    );
    const asked = stand.login.refuse(`live?authmod=${authmod}&user=ada`, HERE) ?? "";
    const introduced = `live?authmod=${authmod}&user=ada`;
    const ada = { user: "ada", password: "lovelace" };
    const late = answerAuthmod(introduced, asked, ada, new Uint8Array(4), md5) ?? "";
    stand.now = 60_001;
    assert.match(stand.login.refuse(late, HERE) ?? "", /authfailed/);
    assert.equal(stand.enter("ada", "lovelace").length, 3);
  });

  test(`${authmod}: whatever stands in the app, nobody gets in by chance`, () => {
    const stand = new Stand(authmod);
    const key = fc.constantFrom("authmod", "user", "response", "nonce", "opaque", "nc", "cnonce");
    const value = fc.oneof(fc.constantFrom(authmod, "ada", "", "1.0000000000000000."), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value)), (pairs) => {
        const query = pairs.map(([name, text]) => `${name}=${text}`).join("&");
        assert.notEqual(stand.login.refuse(`live?${query}`, HERE), undefined);
      }),
    );
  });
}

test("the other kind of login is told which one it is", () => {
  const stand = new Stand("adobe");
  assert.match(
    stand.login.refuse("live?authmod=llnw&user=ada", HERE) ?? "",
    /need auth; authmod=adobe/,
  );
});

test("thousands of logins do not make it remember more than it may", () => {
  const stand = new Stand("adobe");
  for (let count = 0; count < 9_000; count += 1) {
    assert.equal(stand.enter("ada", "lovelace", "live?authmod=adobe&user=ada").length, 2);
  }
});

for (const authmod of ["adobe", "llnw"] as const) {
  test(`${authmod}: whoever guesses is not listened to for some time, and nobody else`, () => {
    const stand = new Stand(authmod);
    const enter = (password: string, source?: string): number =>
      stand.enter("ada", password, "live", source).length;
    for (let count = 0; count < 50; count += 1) assert.equal(enter("guess"), 4);
    assert.match(stand.enter("ada", "lovelace").at(-1) ?? "", /authfailed&detail=toomanytries$/);
    assert.equal(enter("lovelace", "192.0.2.2"), 3);
    stand.now += 10_000;
    assert.equal(enter("lovelace"), 3);
    assert.equal(enter("lovelace"), 3, "who knows the password is never too often there");
    assert.equal(enter("guess"), 4);
    assert.equal(enter("lovelace"), 4);
  });
}
