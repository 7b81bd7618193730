import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  type Authmod,
  adobeResponse,
  answerAuthmod,
  llnwResponse,
} from "../../protocol/rtmp/authmod.ts";
import { splitQuery } from "../../protocol/rtmp/name-query.ts";
import { readJsonVector } from "../support/data.ts";

interface Step {
  readonly app?: string;
  /** The description with which the server refused it. */
  readonly err?: string;
  /** The response that the password "p1" makes. */
  readonly want?: string;
  /** Whether the client knew it. */
  readonly ok?: boolean;
}

const vectors = readJsonVector<Readonly<Record<Authmod, Step[]>>>("rtmp/auth-adobe-llnw.json");
const credentials = { user: "u1", password: "p1" };
const salt = "c2FsdA==";
const nonce = "1234567890";

function md5(bytes: Uint8Array): Uint8Array {
  return createHash("md5").update(bytes).digest();
}

for (const authmod of ["adobe", "llnw"] as const) {
  test(`${authmod}: the responses of real encoders`, () => {
    const responses = vectors[authmod].filter(({ want }) => want !== undefined);
    assert.ok(responses.length >= 3);
    for (const { app = "", want, ok } of responses) {
      const { name, query } = splitQuery(app);
      const value = (key: string): string => query.get(key) ?? "";
      const [cnonce, nc, challenge] = [value("cnonce"), value("nc"), value("challenge")];
      const mine =
        authmod === "adobe"
          ? adobeResponse(credentials, { salt, opaque: value("opaque"), challenge }, md5)
          : llnwResponse(credentials, { app: name, nonce, cnonce, nc }, md5);
      assert.equal(mine, want);
      assert.equal(mine === value("response"), ok);
    }
  });

  test(`${authmod}: what a real server said is answered as real encoders answered`, () => {
    let steps = 0;
    const list = vectors[authmod];
    for (const [at, { app = "", err }] of list.entries()) {
      if (err === undefined) continue;
      const next = list[at + 1]?.app ?? "";
      const { query } = splitQuery(next);
      const random = Buffer.from(query.get("challenge") ?? query.get("cnonce") ?? "", "hex");
      const answer = answerAuthmod(app, err, credentials, new Uint8Array(random), md5);
      if (err.includes("authfailed")) assert.equal(answer, undefined);
      else if (list[at + 1]?.ok === false) assert.notEqual(answer, next);
      else if (!next.includes("response") && query.has("authmod") && app === next) continue;
      else assert.equal(answer, next);
      steps += 1;
    }
    assert.ok(steps >= 6);
  });
}

test("a refusal that is not about a password is not answered", () => {
  const answer = (app: string, description: string): string | undefined =>
    answerAuthmod(app, description, credentials, new Uint8Array(4), md5);
  assert.equal(answer("live", "no such app"), undefined);
  const need = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
  assert.equal(answer("live?authmod=adobe&user=u1", need), undefined, "it was told already");
  assert.equal(answer("live", need.replace("adobe", "unheard")), undefined);
});
