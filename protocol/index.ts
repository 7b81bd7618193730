export { Reader } from "./bytes/reader.ts";
