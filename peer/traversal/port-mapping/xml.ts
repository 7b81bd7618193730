import { MalformedError } from "../../../protocol/errors.ts";

/** An element without its attributes, which nothing here needs. */
export interface XmlElement {
  /** Without the namespace's prefix. */
  readonly name: string;
  /** Of the element itself, entities resolved, without white space round it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/**
 * The root element of a document as routers write them: well-formed where it matters here. Nothing is
 * validated, no entity but the five of XML 1.0 §4.6 and characters by number is known, nothing is
 * fetched, and closing tags that fit nothing are skipped. Throws MalformedError if the document ends
 * early, has no element, or more or deeper ones than any description of a device.
 */
export function readXml(source: string): XmlElement {
  const builder = new Builder();
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf("<", at);
    builder.text(unescapeXml(source.slice(at, open < 0 ? source.length : open)));
    if (open < 0) break;
    at = readMarkup(source, open, builder);
  }
  return builder.finish();
}

/** All elements below `element` of that name, in the order of the document. */
export function* descendants(element: XmlElement, name: string): Generator<XmlElement> {
  for (const child of element.children) {
    if (child.name === name) yield child;
    yield* descendants(child, name);
  }
}

/** Text of the child of that name, or "". */
export function childText(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? "";
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Reads what begins with "<" at `at`. Answers where it ends. */
function readMarkup(source: string, at: number, builder: Builder): number {
  if (source.startsWith("<!--", at)) return after(source, "-->", at + 4);
  if (source.startsWith("<![CDATA[", at)) {
    const end = after(source, "]]>", at + 9);
    builder.text(source.slice(at + 9, end - 3));
    return end;
  }
  if (source.startsWith("<?", at)) return after(source, "?>", at + 2);
  if (source.startsWith("<!", at)) return after(source, ">", at + 2);
  if (source.startsWith("</", at)) {
    const end = after(source, ">", at + 2);
    builder.close(localName(source.slice(at + 2, end - 1)));
    return end;
  }
  const end = tagEnd(source, at + 1);
  const tag = source.slice(at + 1, end - 1);
  builder.open(localName(tag));
  if (tag.endsWith("/")) builder.close(localName(tag));
  return end;
}

function after(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  if (at < 0) throw new MalformedError("XML: ends early");
  return at + mark.length;
}

/** Where an opening tag ends; ">" may stand in the value of an attribute. */
function tagEnd(source: string, from: number): number {
  let quote = "";
  for (let at = from; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === ">") {
      return at + 1;
    }
  }
  throw new MalformedError("XML: a tag without end");
}

/** `s:Envelope xmlns:s="…"` → `Envelope`. */
function localName(tag: string): string {
  const name = tag.split(/[\s/]/, 1)[0] ?? "";
  return name.slice(name.indexOf(":") + 1);
}

function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(#x[\da-fA-F]{1,6}|#\d{1,7}|[a-z]{2,4});/g, (entity, name: string) => {
    if (!name.startsWith("#")) return ENTITIES.get(name) ?? entity;
    const code = Number(name.startsWith("#x") ? `0${name.slice(1)}` : name.slice(1));
    return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : entity;
  });
}

/** Puts elements into each other. */
class Builder {
  readonly #root: Draft = { name: "", text: "", children: [] };
  /** The elements that are open, outermost first. BOUNDED: MAX_DEPTH. */
  readonly #open: Draft[] = [this.#root];
  #count = 0;

  text(text: string): void {
    this.#innermost().text += text;
  }

  open(name: string): void {
    this.#count += 1;
    if (this.#count > MAX_ELEMENTS || this.#open.length > MAX_DEPTH) {
      throw new MalformedError("XML: too many elements");
    }
    const element: Draft = { name, text: "", children: [] };
    this.#innermost().children.push(element);
    this.#open.push(element);
  }

  close(name: string): void {
    const index = this.#open.findLastIndex((element) => element.name === name);
    if (index < 1) return;
    for (const element of this.#open.splice(index)) element.text = element.text.trim();
  }

  finish(): XmlElement {
    const [element] = this.#root.children;
    if (!element) throw new MalformedError("XML: no element");
    if (this.#open.length > 1) throw new MalformedError("XML: ends early");
    return element;
  }

  #innermost(): Draft {
    return this.#open.at(-1) ?? this.#root;
  }
}

interface Draft {
  readonly name: string;
  text: string;
  readonly children: Draft[];
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);
const MAX_CODE_POINT = 0x10_ffff;
/** Descriptions of routers with all their services have some hundred. */
const MAX_ELEMENTS = 4_096;
/** They nest devices three deep, each in a list: about twelve. */
const MAX_DEPTH = 32;
