/** A scenario that makes no sense; the message begins with the path of the field that is wrong. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
}

/** A value of a JSON file, and where it is there: `events[2].send.everyMs`. */
export class Field {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  get isGiven(): boolean {
    return this.value !== undefined;
  }

  /** Its fields, all of which are among `known`. Throws ScenarioError, as everything here. */
  object<Name extends string>(known: readonly Name[]): Readonly<Record<Name, Field>> {
    const object = this.#object();
    const unknown = Object.keys(object).find((name) => !known.some((one) => one === name));
    if (unknown !== undefined) this.#at(unknown).fail(`unknown; there are ${known.join(", ")}`);
    const fields = known.map((name) => [name, new Field(object[name], this.#at(name).path)]);
    return Object.fromEntries(fields) as Record<Name, Field>;
  }

  /** Its fields, whose names may become those of files. */
  named(): [name: string, field: Field][] {
    const entries = this.entries();
    for (const [name, field] of entries) {
      if (!NAME.test(name)) field.fail("a name has 1 to 32 letters, digits, _ and -");
    }
    return entries;
  }

  /** Its fields, whatever their names. */
  entries(): [name: string, field: Field][] {
    return Object.entries(this.#object()).map(([name, value]) => [
      name,
      new Field(value, this.#at(name).path),
    ]);
  }

  list(): Field[] {
    if (!Array.isArray(this.value)) return this.fail("a list is needed");
    return this.value.map((value, index) => new Field(value, `${this.path}[${index}]`));
  }

  text(): string {
    if (typeof this.value !== "string" || this.value === "") return this.fail("a text is needed");
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== "boolean") return this.fail("true or false is needed");
    return this.value;
  }

  number(from: number, to: number): number {
    const { value } = this;
    if (typeof value === "number" && value >= from && value <= to) return value;
    return this.fail(`a number from ${from} to ${to} is needed`);
  }

  whole(from: number, to: number): number {
    const value = this.number(from, to);
    return Number.isInteger(value) ? value : this.fail("a whole number is needed");
  }

  oneOf<Word extends string>(words: readonly Word[]): Word {
    const found = words.find((word) => word === this.value);
    return found ?? this.fail(`one of ${words.join(", ")} is needed`);
  }

  /** What `read` makes of the value; a RangeError of it says what is wrong with the field. */
  checked<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.fail(error.message);
    }
  }

  fail(what: string): never {
    const is = this.isGiven ? `, not ${JSON.stringify(this.value)}` : "";
    throw new ScenarioError(
      `${this.path || "the scenario"}: ${what}${what.endsWith("needed") ? is : ""}`,
    );
  }

  #object(): Readonly<Record<string, unknown>> {
    const { value } = this;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : this.fail("an object is needed");
  }

  #at(name: string): Field {
    return new Field(undefined, this.path === "" ? name : `${this.path}.${name}`);
  }
}

const NAME = /^[\w-]{1,32}$/;
