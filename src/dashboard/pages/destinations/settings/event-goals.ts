import type { ResponseOf } from '../../../../api/client.ts';
import { allNames, type NamePair } from './setting-fields.ts';

type ObservedEvent = ResponseOf<'GET /api/sites/:site/checklist'>['events'][number];

/** An event, and what a goal at the platform has to equal for it to be counted. */
export interface EventGoal {
  readonly event: string;
  readonly action: string;
  /** Whether the settings let it be sentEvents. */
  readonly isSent: boolean;
  /** How often it came in the last 7 days. */
  readonly observed?: ObservedEvent;
}

interface EventGoalInput {
  /** The platform's names of the standard events, by ours. */
  readonly defaultNames: Readonly<Record<string, string>>;
  readonly customNames: readonly NamePair[];
  readonly sentEvents: typeof allNames | readonly string[];
  readonly observedEvents: readonly ObservedEvent[];
}

const testEvent = 'convey_test';
const mostOwnEvents = 50;

/** The standard events, then those of the shop's own that were seen. A page view without a name of its own needs no goal. */
export function listEventGoals({ defaultNames, customNames, sentEvents, observedEvents }: EventGoalInput): readonly EventGoal[] {
  const nameOf = (event: string) => {
    const pair = customNames.find(([key, name]) => isSame(key.trim(), event) && name.trim() !== '');
    return pair?.[1].trim() ?? defaultNames[event];
  };
  const goalOf = (event: string, action: string): EventGoal => {
    const observed = observedEvents.find(({ name }) => name === event);
    return {
      event,
      action,
      isSent: sentEvents === allNames || sentEvents.some((name) => isSame(name, event)),
      ...(observed && { observed }),
    };
  };
  const standard = Object.keys(defaultNames).map((event) => goalOf(event, nameOf(event) ?? event));
  const own = observedEvents
    .map(({ name }) => name)
    .filter((name) => defaultNames[name] === undefined && name !== testEvent && !name.startsWith('$'))
    .filter((name) => name !== 'PageView' || nameOf(name) !== undefined)
    .slice(0, mostOwnEvents)
    .map((event) => goalOf(event, nameOf(event) ?? event));
  return [...standard, ...own];
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
