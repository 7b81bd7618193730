/** The tagged JSON of the AMF vectors: every AMF0 value in a form that JSON can hold. */
import {
  AmfDate,
  type AmfValue,
  AmfXmlDocument,
  amfArrayCount,
  amfClassName,
  amfUnsupported,
  createAmfObject,
  isAmfObject,
} from "../../protocol/amf/value.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Pairs = [string, Json][];
type Composite = Extract<AmfValue, object>;

const NUMBERS: Record<string, number> = {
  NaN: Number.NaN,
  "-0": -0,
  Infinity,
  "-Infinity": -Infinity,
};

/** The values of one message; `$ref` points into `opened`, which grows as objects open. */
export function fromTagged(tagged: Json, opened: Composite[]): AmfValue {
  if (typeof tagged !== "object" || tagged === null) return tagged;
  if (Array.isArray(tagged)) throw new Error("untagged array in a vector");
  if ("$undefined" in tagged) return undefined;
  if ("$unsupported" in tagged) return amfUnsupported;
  if ("$num" in tagged) return NUMBERS[String(tagged.$num)];
  if ("$long" in tagged) return String(tagged.$long);
  if ("$date" in tagged) return new AmfDate(Number(tagged.$date), Number(tagged.tz));
  if ("$xmldoc" in tagged) return new AmfXmlDocument(String(tagged.$xmldoc));
  if ("$ref" in tagged) return opened[Number(tagged.$ref)];
  if ("$array" in tagged) {
    const array: AmfValue[] = [];
    opened.push(array);
    for (const item of tagged.$array as Json[]) array.push(fromTagged(item, opened));
    return array;
  }
  const object = createAmfObject();
  opened.push(object);
  if ("$class" in tagged) object[amfClassName] = String(tagged.$class);
  if ("$ecma" in tagged) object[amfArrayCount] = Number(tagged.$ecma);
  for (const [key, item] of (tagged.$object ?? tagged.props) as Pairs) {
    object[key] = fromTagged(item, opened);
  }
  return object;
}

/** The inverse; an object that is in `opened` already becomes a `$ref`. */
export function toTagged(value: AmfValue, opened: Composite[]): Json {
  if (value === undefined) return { $undefined: 1 };
  if (value === amfUnsupported) return { $unsupported: 1 };
  if (typeof value === "number") {
    const isJson = Number.isFinite(value) && !Object.is(value, -0);
    return isJson ? value : { $num: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (value instanceof AmfDate) return { $date: value.epochMs, tz: value.zoneMinutes };
  if (value instanceof AmfXmlDocument) return { $xmldoc: value.text };
  if (typeof value !== "object" || value === null) return value;
  const index = opened.indexOf(value);
  if (index >= 0) return { $ref: index };
  opened.push(value);
  if (Array.isArray(value)) return { $array: value.map((item) => toTagged(item, opened)) };
  if (!isAmfObject(value)) throw new Error("decoding answers AmfDate only");
  const className = value[amfClassName];
  const count = value[amfArrayCount];
  const pairs = Object.entries(value).map(([key, item]): Json => [key, toTagged(item, opened)]);
  if (className !== undefined) return { $class: className, props: pairs };
  if (count !== undefined) return { $ecma: count, props: pairs };
  return { $object: pairs };
}
