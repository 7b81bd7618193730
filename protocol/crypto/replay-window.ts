/**
 * Which session sequence numbers were received, RFC 7425 §4.7.3.3, as the ring of words of RFC 6479:
 * moving forward clears words, nothing is ever shifted.
 */
export class ReplayWindow {
  /** Made when a number is left out for the first time: most sessions that are idle never lose any. */
  #words: Uint32Array | undefined;
  /** Number of the newest word in the ring; a number n lies in word floor(n / 32). */
  #newest = 0;
  /** As long as there is no ring, all numbers below this were received, and no others. */
  #next = 0;

  /** True for a number that was recorded, or is too old to know. */
  isReplay(number: number): boolean {
    if (this.#words === undefined) return number < this.#next;
    const word = wordOf(number);
    if (word > this.#newest) return false;
    if (word <= this.#newest - RING_WORDS) return true;
    return ((this.#words[word % RING_WORDS] as number) & bit(number)) !== 0;
  }

  /**
   * True for a number so far ahead that no loss explains it. Senders should start at zero, not all must:
   * the first number may be any.
   */
  isLeap(number: number): boolean {
    if (this.#words === undefined) return this.#next > 0 && number > this.#next + MAX_LEAP;
    return number > (this.#newest + 1) * WORD_BITS + MAX_LEAP;
  }

  /** Records a number of a packet that is authentic; others must not be able to move the window. */
  record(number: number): void {
    if (this.#words === undefined && number === this.#next) {
      this.#next += 1;
      return;
    }
    this.#words ??= this.#makeRing();
    const word = wordOf(number);
    if (word > this.#newest) this.#advance(this.#words, word);
    const slot = word % RING_WORDS;
    this.#words[slot] = (this.#words[slot] as number) | bit(number);
  }

  #makeRing(): Uint32Array {
    this.#newest = wordOf(this.#next);
    const words = new Uint32Array(RING_WORDS).fill(ALL_BITS);
    words[this.#newest % RING_WORDS] = bit(this.#next) - 1;
    return words;
  }

  #advance(words: Uint32Array, word: number): void {
    const first = Math.max(this.#newest + 1, word - RING_WORDS + 1);
    for (let next = first; next <= word; next += 1) words[next % RING_WORDS] = 0;
    this.#newest = word;
  }
}

function wordOf(number: number): number {
  return Math.floor(number / WORD_BITS);
}

function bit(number: number): number {
  return 1 << (number % WORD_BITS);
}

const WORD_BITS = 32;
const ALL_BITS = 0xffff_ffff;

/** Packets that may be lost in a row: many minutes of the fastest session. */
const MAX_LEAP = 2 ** 20;

/**
 * Packets may arrive up to (64 - 1) * 32 = 2016 numbers late. The RFC asks for 32; at 100 Mbit/s a
 * path 200 ms slower than another of the same session makes packets about 2000 late.
 */
const RING_WORDS = 64;
