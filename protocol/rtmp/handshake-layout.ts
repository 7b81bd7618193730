/** C0 and S0, RTMP 1.0 §5.2.2. The other three are RTMPE, each with signatures of its own kind. */
export const RtmpVersion = {
  plain: 3,
  encrypted: 6,
  encryptedXtea: 8,
  encryptedBlowfish: 9,
} as const;

/** Length of C2, S2, and C1, S1 without the version. */
export const ECHO_BYTES = 1536;
/** Length of C0 C1 and S0 S1. */
export const OPENING_BYTES: number = 1 + ECHO_BYTES;
