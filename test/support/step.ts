import type fc from "fast-check";

/** One step of a model-based test: it is always possible, and after it everything is checked. */
export class Step<Real> implements fc.Command<object, Real> {
  readonly #name: string;
  readonly #act: (real: Real) => void;
  readonly #check: (real: Real) => void;

  constructor(name: string, act: (real: Real) => void, check: (real: Real) => void) {
    this.#name = name;
    this.#act = act;
    this.#check = check;
  }

  check(): boolean {
    return true;
  }

  run(_: object, real: Real): void {
    this.#act(real);
    this.#check(real);
  }

  /** What a counterexample consists of. */
  toString(): string {
    return this.#name;
  }
}
