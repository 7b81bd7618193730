import assert from "node:assert/strict";
import { test } from "node:test";
import { importRules, importViolations } from "./imports.ts";
import { projectFiles, readProjectFile } from "./project.ts";

test("every source file imports only what the rules let it", () => {
  const sources = projectFiles().filter((path) => path.endsWith(".ts"));
  assert.ok(sources.length > 20);
  const violations = sources.flatMap((path) => importViolations(path, readProjectFile(path)));
  assert.deepEqual(violations, []);
});

test("every rule gives its reason, and none is written twice", () => {
  for (const rule of importRules) assert.ok(rule.why.length > 5, rule.from);
  assert.equal(new Set(importRules.map((rule) => rule.from)).size, importRules.length);
});

/** From a file, an import, and whether it is allowed. */
const cases: readonly [string, string, boolean][] = [
  ["protocol/bytes/reader.ts", "../errors.ts", true],
  ["protocol/bytes/reader.ts", "./writer.ts", true],
  ["protocol/bytes/reader.ts", "../wire/address.ts", false],
  ["protocol/wire/chunks/ping.ts", "../../bytes/reader.ts", true],
  ["protocol/wire/chunks/ping.ts", "../chunk.ts", true],
  ["protocol/wire/chunks/ping.ts", "../../session/session.ts", false],
  ["protocol/crypto/flash.ts", "../session/session.ts", false],
  ["protocol/flow/send-flow.ts", "../session/session.ts", false],
  ["protocol/flow/send-flow.ts", "../crypto/crypto.ts", false],
  ["protocol/session/session.ts", "../flow/send-flow.ts", true],
  ["protocol/session/session.ts", "../crypto/crypto.ts", true],
  ["protocol/session/session.ts", "../crypto/flash.ts", false],
  ["protocol/session/session.ts", "../rtmp/chunk-stream.ts", false],
  ["protocol/amf/amf0.ts", "../flv/tag.ts", false],
  ["protocol/rtmp/message.ts", "../amf/amf0.ts", true],
  ["protocol/rtmp/message.ts", "../wire/chunk.ts", false],
  ["protocol/rtmp/message.ts", "../tc/net-connection.ts", false],
  ["protocol/tc/net-connection.ts", "../rtmp/message.ts", true],
  ["protocol/tc/net-connection.ts", "../wire/chunk.ts", false],
  ["protocol/driver.ts", "./session/endpoint.ts", true],
  ["protocol/driver.ts", "./index.ts", true],
  ["protocol/driver.ts", "./node/io.ts", false],
  ["protocol/driver.ts", "node:dgram", false],
  ["protocol/driver.ts", "dgram", false],
  ["protocol/new-layer/thing.ts", "../node/io.ts", false],
  ["protocol/node/io.ts", "node:dgram", true],
  ["protocol/node/io.ts", "../io.ts", true],
  ["protocol/node/io.ts", "pino", false],
  ["peer/peer.ts", "../protocol/node/index.ts", true],
  ["peer/peer.ts", "../rendezvous/index.ts", false],
  ["peer/peer.ts", "fastify", false],
  ["peer/peer.ts", "../test/lab/index.ts", false],
  ["rendezvous/main.ts", "../peer/index.ts", false],
  ["rendezvous/http/server.ts", "fastify", true],
  ["rendezvous/http/server.ts", "@fastify/static", true],
  ["rendezvous/http/server.ts", "express", false],
  ["bin/rtmfp.ts", "../test/lab/index.ts", true],
  ["bin/rtmfp.ts", "../test/support/run.ts", false],
  ["bin/rtmfp.ts", "pino", false],
  ["examples/echo.ts", "rtmfp", true],
  ["examples/echo.ts", "rtmfp/lab", true],
  ["examples/echo.ts", "../peer/index.ts", false],
  ["test/lab/lab.ts", "../../protocol/io.ts", true],
  ["test/lab/lab.ts", "../../protocol/node/io.ts", false],
  ["test/lab/lab.ts", "../../peer/index.ts", false],
  ["test/lab/lab.ts", "../support/run.ts", false],
  ["test/unit/bytes/reader.test.ts", "fast-check", true],
  ["test/unit/bytes/reader.test.ts", "../../lab/index.ts", true],
  ["test/unit/bytes/reader.test.ts", "../../../peer/index.ts", true],
  ["test/unit/bytes/reader.test.ts", "sinon", false],
  ["tools/thing.ts", "node:fs", false],
];

for (const [path, specifier, isAllowed] of cases) {
  test(`${path} ${isAllowed ? "may" : "must not"} import ${specifier}`, () => {
    const quoted = JSON.stringify(specifier);
    const shapes = [
      `import ${quoted};`,
      `import thing from ${quoted};`,
      `import {\n  type One,\n  two,\n} from ${quoted};`,
      `import type { One } from ${quoted};`,
      `export * from ${quoted};`,
      `export type { One } from ${quoted};`,
      `const thing = await import(${quoted});`,
    ];
    for (const source of shapes) {
      const violations = importViolations(path, `// Header.\n${source}\n`);
      assert.equal(violations.length, isAllowed ? 0 : 1, source);
    }
  });
}

test("what a comment imports does not count", () => {
  const source =
    '/**\n * ```ts\nimport { Peer } from "rtmfp";\n * ```\n */\n// import "node:fs";\n';
  assert.deepEqual(importViolations("protocol/driver.ts", source), []);
});
