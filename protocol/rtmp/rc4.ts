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
    const result = new Uint8Array(bytes.length);
    // Locals: twice as fast as fields.
    let [i, j] = [this.#i, this.#j];
    for (let at = 0; at < bytes.length; at += 1) {
      i = (i + 1) & 0xff;
      j = (j + (state[i] as number)) & 0xff;
      swap(state, i, j);
      const sum = (state[i] as number) + (state[j] as number);
      result[at] = (bytes[at] as number) ^ (state[sum & 0xff] as number);
    }
    this.#i = i;
    this.#j = j;
    return result;
  }
}

function swap(state: Uint8Array, i: number, j: number): void {
  const kept = state[i] as number;
  state[i] = state[j] as number;
  state[j] = kept;
}
