import type { ResponseOf } from '../../../../api/client.ts';
import { allNames, type Pair } from './setting-fields.ts';

type Observed = ResponseOf<'GET /api/sites/:site/checklist'>['events'][number];

/** An event, and what a goal at the platform has to equal for it to be counted. */
export interface Goal {
  readonly event: string;
  readonly action: string;
  /** Whether the settings let it be sent. */
  readonly isSent: boolean;
  /** How often it came in the last 7 days. */
  readonly seen?: Observed;
}

interface GoalParts {
  /** The platform's names of the standard events, by ours. */
  readonly usual: Readonly<Record<string, string>>;
  readonly renamed: readonly Pair[];
  readonly sent: typeof allNames | readonly string[];
  readonly observed: readonly Observed[];
}

const testEvent = 'convey_test';
const mostOwnEvents = 50;

/** The standard events, then those of the shop's own that were seen. A page view without a name of its own needs no goal. */
export function goalsOf({ usual, renamed, sent, observed }: GoalParts): readonly Goal[] {
  const nameOf = (event: string) => {
    const pair = renamed.find(([key, name]) => isSame(key.trim(), event) && name.trim() !== '');
    return pair?.[1].trim() ?? usual[event];
  };
  const goalOf = (event: string, action: string): Goal => {
    const seen = observed.find(({ name }) => name === event);
    return {
      event,
      action,
      isSent: sent === allNames || sent.some((name) => isSame(name, event)),
      ...(seen && { seen }),
    };
  };
  const standard = Object.keys(usual).map((event) => goalOf(event, nameOf(event) ?? event));
  const own = observed
    .map(({ name }) => name)
    .filter((name) => usual[name] === undefined && name !== testEvent && !name.startsWith('$'))
    .filter((name) => name !== 'PageView' || nameOf(name) !== undefined)
    .slice(0, mostOwnEvents)
    .map((event) => goalOf(event, nameOf(event) ?? event));
  return [...standard, ...own];
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
