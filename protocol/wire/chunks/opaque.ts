import { MalformedError } from "../../errors.ts";
import { MAX_COOKIE_BYTES, MAX_TAG_BYTES } from "../../params.ts";

/** A tag as it came, RFC 7016 §2.3.2. Throws MalformedError if it is too long to be sent back. */
export function checkedTag(tag: Uint8Array): Uint8Array {
  if (tag.length > MAX_TAG_BYTES) throw new MalformedError(`a tag of ${tag.length} bytes`);
  return tag;
}

/** A cookie as it came, RFC 7016 §2.3.4. Throws MalformedError if it is too long to be sent back. */
export function checkedCookie(cookie: Uint8Array): Uint8Array {
  if (cookie.length > MAX_COOKIE_BYTES) {
    throw new MalformedError(`a cookie of ${cookie.length} bytes`);
  }
  return cookie;
}
