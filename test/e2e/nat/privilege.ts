import { execFileSync } from "node:child_process";

/** Why no network namespaces with NATs can be made here, to be given as a reason to skip; else false. */
export function whyNoNamespaces(): string | false {
  const name = `rtmfp-try-${process.pid}`;
  try {
    execFileSync("ip", ["netns", "add", name], { stdio: "ignore" });
  } catch {
    return "NEEDS ROOT and the program `ip`: NATs of the real kernel are NOT tested";
  }
  try {
    execFileSync("ip", ["netns", "exec", name, "nft", "list", "ruleset"], { stdio: "ignore" });
    return false;
  } catch {
    return "NEEDS the program `nft`: NATs of the real kernel are NOT tested";
  } finally {
    execFileSync("ip", ["netns", "del", name]);
  }
}
