import { createHash } from "node:crypto";
import { pageStyle } from "./page-style.ts";

const styleHash = createHash("sha256").update(pageStyle).digest("base64");

/** Of all answers: nothing is kept, and nothing but the page's own style is loaded or framed. */
export const headers: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
