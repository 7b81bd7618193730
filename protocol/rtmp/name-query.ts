/** A name and the query behind it, as in `live?authmod=adobe&user=u1`. */
export interface QueriedName {
  readonly name: string;
  /** Values as they stand: nobody encodes them. Of a key that comes twice, the first. */
  readonly query: ReadonlyMap<string, string>;
}

/** Splits what a client calls an app, a stream or a URL. */
export function splitQuery(text: string): QueriedName {
  const mark = text.indexOf("?");
  if (mark < 0) return { name: text, query: NOTHING };
  return { name: text.slice(0, mark), query: readQuery(text.slice(mark + 1)) };
}

/** Reads `key=value&key=value`; a value may have more equals signs. */
export function readQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split("&", MAX_PAIRS)) {
    const equals = pair.indexOf("=");
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (!query.has(key)) query.set(key, equals < 0 ? "" : pair.slice(equals + 1));
  }
  return query;
}

const NOTHING: ReadonlyMap<string, string> = new Map();
/** What else a client adds means nothing to anybody. */
const MAX_PAIRS = 32;
