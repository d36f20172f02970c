/** How often the two tables of the package differ, as shares of random public IPv4 addresses. */
export interface Disagreement {
  readonly measuredOn: string;
  readonly addresses: number;
  /** Of the addresses that both tables place: those in different countries. */
  readonly differing: number;
  /** Of the addresses that at least one table places: those whose country counts as not known. */
  readonly unknown: number;
  /** Of the addresses that one table puts in the EEA, the UK or Switzerland: those that the other puts elsewhere. The larger of both shares. */
  readonly outsideEea: number;
}

/** Printed by `npm run measure:country-tables`. */
export const disagreement: Disagreement = {
  measuredOn: '2026-12-03',
  addresses: 300_000,
  differing: 0.069,
  unknown: 0.215,
  outsideEea: 0.146,
};
