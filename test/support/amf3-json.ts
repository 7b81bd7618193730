/** The tagged JSON of the AMF3 vectors: every AMF3 value in a form that JSON can hold. */
import {
  AmfExternalizable,
  AmfMixedArray,
  type AmfTraits,
  AmfVector,
  type AmfVectorItems,
  AmfWeakDictionary,
  AmfXml,
  amfTraits,
} from "../../protocol/amf/amf3-value.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfClassName,
  createAmfObject,
  isAmfObject,
} from "../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { type Json, toTagged } from "./amf-json.ts";

type Tagged = { [key: string]: Json };
type Pairs = [Json, Json][];

const NUMBERS: Record<string, number> = { NaN: Number.NaN, Infinity, "-Infinity": -Infinity };

/** The values of one case; `$ref` points to what was opened before, in order of opening. */
export class FromTagged3 {
  readonly #opened: AmfValue[] = [];
  readonly #traits = new Map<string, AmfTraits>();

  value(tagged: Json): AmfValue {
    if (typeof tagged !== "object" || tagged === null) return tagged;
    if (Array.isArray(tagged)) throw new Error("untagged array in a vector");
    if ("$undefined" in tagged) return undefined;
    if ("$num" in tagged) return NUMBERS[String(tagged.$num)];
    if ("$int" in tagged) return Number(tagged.$int);
    if ("$double" in tagged) return this.value(tagged.$double ?? null);
    if ("$ref" in tagged) return this.#opened[Number(tagged.$ref)];
    return this.#leaf(tagged) ?? this.#composite(tagged);
  }

  #open<Value extends AmfValue>(value: Value): Value {
    this.#opened.push(value);
    return value;
  }

  #leaf(tagged: Tagged): AmfValue {
    if ("$date" in tagged) return this.#open(new AmfDate(Number(tagged.$date)));
    if ("$bytes" in tagged) return this.#open(fromHex(String(tagged.$bytes)));
    if ("$xml" in tagged) return this.#open(new AmfXml(String(tagged.$xml)));
    if ("$xmldoc" in tagged) return this.#open(new AmfXmlDocument(String(tagged.$xmldoc)));
    return undefined;
  }

  #composite(tagged: Tagged): AmfValue {
    if ("$array" in tagged) return this.#array(tagged);
    if ("$vector" in tagged) return this.#vector(tagged);
    if ("$obj" in tagged) return this.#object(tagged);
    if ("$ext" in tagged) {
      const object = this.#open(new AmfExternalizable(String(tagged.$ext), undefined));
      object.body = this.value(tagged.body ?? null);
      return object;
    }
    const entries = this.#open(tagged.weak ? new AmfWeakDictionary() : new Map());
    for (const [key, value] of tagged.$dict as Pairs) {
      entries.set(this.value(key), this.value(value));
    }
    return entries;
  }

  #array(tagged: Tagged): AmfValue {
    const dense: AmfValue[] = [];
    const pairs = tagged.assoc as Pairs;
    const array = this.#open(
      pairs.length > 0 ? new AmfMixedArray(dense, createAmfObject()) : dense,
    );
    if (array instanceof AmfMixedArray) this.#members(array.associative, pairs);
    for (const item of tagged.$array as Json[]) dense.push(this.value(item));
    return array;
  }

  #vector(tagged: Tagged): AmfValue {
    const type = String(tagged.type ?? "");
    const isFixed = tagged.fixed === true;
    const tags = tagged.items as Json[];
    if (tagged.$vector !== "object") {
      const numbers = tags.map((item) => Number(this.value(item)));
      return this.#open(new AmfVector(typed(String(tagged.$vector), numbers), isFixed));
    }
    const items: AmfValue[] = [];
    const vector = this.#open(new AmfVector(items, isFixed, type));
    for (const item of tags) items.push(this.value(item));
    return vector;
  }

  #object(tagged: Tagged): AmfValue {
    const object = this.#open(createAmfObject());
    const className = String(tagged.$obj);
    const isDynamic = tagged.dynamic === true;
    const sealed = (tagged.sealed as Pairs).map(([name]) => String(name));
    if (className !== "") object[amfClassName] = className;
    if (!isDynamic || sealed.length > 0) {
      const key = JSON.stringify([className, isDynamic, sealed]);
      const traits = this.#traits.get(key) ?? { className, sealed, isDynamic };
      this.#traits.set(key, traits);
      object[amfTraits] = traits;
    }
    this.#members(object, tagged.sealed as Pairs);
    this.#members(object, tagged.dyn as Pairs);
    return object;
  }

  #members(object: AmfObject, pairs: Pairs): void {
    for (const [key, value] of pairs) object[String(key)] = this.value(value);
  }
}

function typed(kind: string, numbers: readonly number[]): AmfVectorItems {
  if (kind === "double") return Float64Array.from(numbers);
  return kind === "int" ? Int32Array.from(numbers) : Uint32Array.from(numbers);
}

/** The inverse; what was opened before becomes a `$ref`. Integers and doubles are bare numbers. */
export class ToTagged3 {
  readonly #opened: AmfValue[] = [];

  value(value: AmfValue): Json {
    if (typeof value !== "object" || value === null) return toTagged(value, []);
    const index = this.#opened.indexOf(value);
    if (index >= 0) return { $ref: index };
    this.#opened.push(value);
    if (value instanceof AmfDate) return { $date: value.epochMs };
    if (value instanceof Uint8Array) return { $bytes: toHex(value) };
    if (value instanceof AmfXml) return { $xml: value.text };
    if (value instanceof AmfXmlDocument) return { $xmldoc: value.text };
    return this.#composite(value);
  }

  #composite(value: Extract<AmfValue, object>): Json {
    if (Array.isArray(value)) return { $array: this.#list(value), assoc: [] };
    if (value instanceof AmfMixedArray) {
      const assoc = this.#members(value.associative);
      return { $array: this.#list(value.dense), assoc };
    }
    if (value instanceof AmfVector) return this.#vector(value);
    if (value instanceof AmfExternalizable) {
      return { $ext: value.className, body: this.value(value.body) };
    }
    if (value instanceof Map) {
      const pairs = [...value].map(([key, item]) => [this.value(key), this.value(item)]);
      return { $dict: pairs, weak: value instanceof AmfWeakDictionary };
    }
    if (!isAmfObject(value)) throw new Error("decoding answers nothing else");
    const traits = value[amfTraits];
    const sealed = traits?.sealed ?? [];
    return {
      $obj: value[amfClassName] ?? "",
      dynamic: traits?.isDynamic ?? true,
      sealed: sealed.map((name) => [name, this.value(value[name])]),
      dyn: this.#members(value, sealed),
    };
  }

  #vector({ items, isFixed, typeName }: AmfVector): Json {
    if (Array.isArray(items)) {
      return { $vector: "object", fixed: isFixed, items: this.#list(items), type: typeName };
    }
    const kind = items.constructor.name.startsWith("Float") ? "double" : "int";
    const $vector = items instanceof Uint32Array ? "uint" : kind;
    return { $vector, fixed: isFixed, items: this.#list([...items]) };
  }

  #list(values: readonly AmfValue[]): Json[] {
    return values.map((value) => this.value(value));
  }

  #members(object: AmfObject, except: readonly string[] = []): Json[] {
    const keys = Object.keys(object).filter((key) => !except.includes(key));
    return keys.map((key) => [key, this.value(object[key])]);
  }
}
