import { messageOf } from "../protocol/errors.ts";

/**
 * Reads JSON of which nothing may be shown. Throws SyntaxError that says where it is wrong; that of
 * `JSON.parse` quotes the text.
 */
export function parseSecretJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = / at position \d+/.exec(messageOf(error))?.[0] ?? "";
    throw new SyntaxError(`not JSON${where}`);
  }
}
