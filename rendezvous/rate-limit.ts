/** What limits how often somebody may ask for something: the protocol limits hellos in the same way. */
export { KeyedBuckets, type Rate, TokenBucket } from "../protocol/bytes/token-bucket.ts";
export { sourceOf } from "../protocol/wire/source.ts";
