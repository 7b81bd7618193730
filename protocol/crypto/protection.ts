/** How the packets of one direction are encrypted and verified, RFC 7425 §4.7. */
export interface Protection {
  /** 16 bytes. */
  readonly aesKey: Uint8Array;
  /** Undefined: the simple checksum. `length` is that of the truncated code, 4 to 32 bytes. */
  readonly hmac: { readonly key: Uint8Array; readonly length: number } | undefined;
  readonly sequenceNumbers: boolean;
}

/** RFC 7425 §4.1: "Adobe Systems 02", with the checksum and without sequence numbers. */
export const defaultProtection: Protection = {
  aesKey: Uint8Array.of(
    0x41,
    0x64,
    0x6f,
    0x62,
    0x65,
    0x20,
    0x53,
    0x79,
    0x73,
    0x74,
    0x65,
    0x6d,
    0x73,
    0x20,
    0x30,
    0x32,
  ),
  hmac: undefined,
  sequenceNumbers: false,
};

/** AES-128. */
export const BLOCK_LENGTH = 16;
