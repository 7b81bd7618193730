/**
 * RC4, as RTMPE uses it: it is broken, and kept for programs that know nothing else. OpenSSL 3 has it
 * no more.
 */
export class Rc4 {
  readonly #state: Uint8Array = Uint8Array.from({ length: 256 }, (_, index) => index);
  #i = 0;
  #j = 0;

  /** `key`: 1 to 256 bytes. */
  constructor(key: Uint8Array) {
    const state = this.#state;
    for (let i = 0, j = 0; i < 256; i += 1) {
      j = (j + (state[i] as number) + (key[i % key.length] as number)) & 0xff;
      swap(state, i, j);
    }
  }

  /** Encrypts or decrypts what comes next in the stream, into new bytes. */
  apply(bytes: Uint8Array): Uint8Array {
    const state = this.#state;
    return bytes.map((byte) => {
      this.#i = (this.#i + 1) & 0xff;
      this.#j = (this.#j + (state[this.#i] as number)) & 0xff;
      swap(state, this.#i, this.#j);
      const sum = (state[this.#i] as number) + (state[this.#j] as number);
      return byte ^ (state[sum & 0xff] as number);
    });
  }
}

function swap(state: Uint8Array, i: number, j: number): void {
  const kept = state[i] as number;
  state[i] = state[j] as number;
  state[j] = kept;
}
