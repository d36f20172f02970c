import type { UnixMs } from '../../event/units.ts';
import type { Money } from '../facts/money.ts';

/**
 * How soon a person is needed. `urgent`: events are lost, or will be within two days. `warning`: something does not work until a person
 * acts. `note`: something should be checked, or may end by itself.
 */
export const severities = ['urgent', 'warning', 'note'] as const;
export type Severity = (typeof severities)[number];

/** A condition that holds, in the words of every page, message and command. They contain names and counts, and never values of events. */
export interface Finding {
  /** Names the problem. With the subject, it names the issue. */
  readonly kind: string;
  readonly severity: Severity;
  /** One clause without the site's name: `The platform refuses the token`. */
  readonly title: string;
  /** The title with the time and its cost. */
  readonly sentence: string;
  /** The explanation, as the connection's card shows it. */
  readonly detail?: string;
  readonly figures: readonly { readonly label: string; readonly value: string }[];
  readonly remedy?: string;
  /** The button that helps, and the path of the dashboard's page that it opens. */
  readonly action: { readonly label: string; readonly path: string };
  /** The names of the site and of the connection. */
  readonly names: { readonly site?: string; readonly connection?: string };
  /** When it began, or the present time if that is not known. */
  readonly since: UnixMs;
  /** The events that wait or are lost by it. */
  readonly events: number;
  /** Set if it costs events that nobody counts. `events` is then 0. */
  readonly isUncounted?: true;
  /** The stated amounts of the purchases among them. */
  readonly money: readonly Money[];
  /** When the first of them are lost. */
  readonly losesAt?: UnixMs;
}

/** `fine`: the condition does not hold. `unknown`: the facts are not enough, so an open alert stays open. */
export type Verdict = Finding | 'fine' | 'unknown';

export interface ConditionContext {
  readonly threshold: number;
  readonly now: UnixMs;
}

/** The cost of a condition that refuses or holds back events whose number nobody knows. */
export const uncountedCost = { events: 0, money: [], isUncounted: true } as const;

/** The figures of a condition that costs no event. */
export const noCost = { events: 0, money: [] } as const;

export function getConnectionPath(site: string, connection: string): string {
  return `/sites/${site}/destinations/${connection}`;
}
