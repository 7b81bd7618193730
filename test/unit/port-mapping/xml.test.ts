import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  childText,
  descendants,
  escapeXml,
  readXml,
} from "../../../peer/traversal/port-mapping/xml.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { orMalformed } from "../../support/errors.ts";
import { deviceDescription } from "../../support/fake-router.ts";

test("XML elements, text, entities, CDATA, comments, prefixes and attributes", () => {
  const root = readXml(`<?xml version="1.0"?><!DOCTYPE a><!-- <b> -->
    <s:a x='>' y="/>"> one &lt;&#65;&#x42;&unknown; <![CDATA[<&amp;>]]><b/><c>two</c></s:a>`);
  assert.equal(root.name, "a");
  assert.equal(root.text, "one <AB&unknown; <&amp;>");
  assert.deepEqual(
    root.children.map(({ name }) => name),
    ["b", "c"],
  );
  assert.equal(childText(root, "c"), "two");
  assert.equal(childText(root, "d"), "");
});

test("closing tags that fit nothing are skipped, and one may close several", () => {
  const root = readXml("<a></x><b><c>1</b><d>2</d></a>");
  assert.deepEqual(
    [...descendants(root, "c")].map(({ text }) => text),
    ["1"],
  );
  assert.equal(childText(root, "d"), "2");
});

test("documents that end early, are empty, too deep or too large are malformed", () => {
  const deep = `${"<a>".repeat(33)}${"</a>".repeat(33)}`;
  const large = `<a>${"<b/>".repeat(5_000)}</a>`;
  for (const source of ["", "text", "<a>", "<a", "<a><!-- </a>", '<a x=">', deep, large]) {
    assert.throws(() => readXml(source), MalformedError, source.slice(0, 20));
  }
});

test("every truncation of a description is malformed", () => {
  const source = deviceDescription("type", "/ctl");
  for (let length = 0; length < source.length; length += 1) {
    assert.throws(() => readXml(source.slice(0, length)), MalformedError);
  }
});

test("any text is a document or malformed", () => {
  const pieces = fc.constantFrom(
    "<",
    ">",
    "/",
    "a",
    "b",
    '"',
    "'",
    "&",
    "#65;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<a>",
    "</a>",
  );
  fc.assert(
    fc.property(fc.array(pieces), (parts) => void orMalformed(() => readXml(parts.join("")))),
  );
});

test("escaped text is read back", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(readXml(`<a>${escapeXml(text)}</a>`).text, text.trim());
    }),
  );
});
