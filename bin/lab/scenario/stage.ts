import type { ConditionChange, Host, Lab, Router } from "../../../test/lab/index.ts";
import type { World } from "../world.ts";
import { ScenarioError } from "./field.ts";
import type { Scenario, ScenarioPeer, ScenarioRouter } from "./scenario.ts";

/** The routers and hosts of a scenario. Throws ScenarioError for addresses that are taken. */
export class Stage {
  readonly #world: World;
  readonly #routers = new Map<string, Router>();
  readonly #hosts = new Map<string, Host>();

  constructor(world: World, { routers, peers }: Scenario) {
    this.#world = world;
    this.#hosts.set("server", world.serverHost);
    for (const router of routers) this.#routers.set(router.name, this.#place(router));
    for (const peer of peers) this.#hosts.set(peer.name, this.#seat(peer));
  }

  router(name: string): Router {
    return known(this.#routers.get(name), name);
  }

  host(name: string): Host {
    return known(this.#hosts.get(name), name);
  }

  /** Changes both directions of an access line. */
  setLink(name: string, change: ConditionChange): void {
    const station = this.#station(name);
    station.up.set(change);
    station.down.set(change);
  }

  /** Changes both directions of the way between two on the internet. */
  setPath([one, other]: readonly [string, string], change: ConditionChange): void {
    const [here, there] = [this.#station(one).ip, this.#station(other).ip];
    this.#world.lab.path(here, there).set(change);
    this.#world.lab.path(there, here).set(change);
  }

  move(name: string, ip: string): void {
    try {
      this.#station(name).move(ip);
    } catch (error) {
      throw clash(name, error);
    }
  }

  #place({ name, ip, nat, behind, access }: ScenarioRouter): Router {
    try {
      return this.#network(behind).router(ip, { nat, up: access, down: access });
    } catch (error) {
      throw clash(`routers.${name}`, error);
    }
  }

  #seat({ name, ip, behind, access }: ScenarioPeer): Host {
    try {
      return this.#network(behind).host(ip, { up: access, down: access });
    } catch (error) {
      throw clash(`peers.${name}`, error);
    }
  }

  #network(behind: string | undefined): Pick<Lab, "host" | "router"> {
    return behind === undefined ? this.#world.lab : this.router(behind);
  }

  #station(name: string): Host | Router {
    return known(this.#routers.get(name) ?? this.#hosts.get(name), name);
  }
}

function known<Thing>(thing: Thing | undefined, name: string): Thing {
  if (thing === undefined) throw new ScenarioError(`there is no ${name}`);
  return thing;
}

/** What the lab says of an address that is taken. */
function clash(path: string, error: unknown): unknown {
  return error instanceof RangeError ? new ScenarioError(`${path}: ${error.message}`) : error;
}
