import { type ConditionChange, Lab } from "../lab/index.ts";
import { Station, type StationOptions } from "./station.ts";

/** Two endpoints in a lab of their own, at 10.0.0.1 and 10.0.0.2. */
export interface TwoStations {
  readonly lab: Lab;
  readonly one: Station;
  readonly other: Station;
}

export async function twoStations(
  seed: number,
  conditions: ConditionChange = {},
  options: StationOptions = {},
): Promise<TwoStations> {
  const lab = new Lab({ seed, conditions, isPromiseFree: true });
  const one = await new Station(lab.host("10.0.0.1").io, 0, options).listen("10.0.0.1", 1935);
  const other = await new Station(lab.host("10.0.0.2").io, 1, options).listen("10.0.0.2", 1935);
  return { lab, one, other };
}

/** The same, with a session that `one` has opened and that both ends know of. */
export async function connectedStations(
  seed: number,
  conditions: ConditionChange = {},
  options: StationOptions = {},
): Promise<TwoStations> {
  const stations = await twoStations(seed, {}, options);
  const { lab, one, other } = stations;
  one.dial(other);
  await lab.runUntil(() => one.sessions.length > 0 && other.sessions.length > 0, 60_000);
  lab.setConditions(conditions);
  return stations;
}

/** Closes stations in an orderly way, over a network that has become perfect. */
export async function closeStations(lab: Lab, ...stations: readonly Station[]): Promise<void> {
  lab.scriptLoss(undefined);
  lab.setConditions({ loss: 0, duplicate: 0, reorder: 0 });
  const closed = stations.map((station) => station.driver.close());
  await lab.complete(Promise.all(closed), 10_000);
}
