import type { ApiResponse } from '../../../../api/client.ts';
import type { AdjustmentName } from '../../../../event/event-names.ts';
import { allNames, type NamePair } from './setting-fields.ts';

type ObservedEvent = ApiResponse<'GET /api/sites/:site/checklist'>['events'][number];

/** An event, and the action that a goal at the platform must have to count it. */
export interface EventGoal {
  readonly event: string;
  readonly action: string;
  /** Whether the settings include the event. */
  readonly isSent: boolean;
  /** How often the event was received in the last 7 days. */
  readonly observed?: ObservedEvent;
}

interface EventGoalInput {
  /** The platform's names of the standard events. */
  readonly defaultNames: Readonly<Record<string, string>>;
  readonly customNames: readonly NamePair[];
  readonly sentEvents: typeof allNames | readonly string[];
  readonly observedEvents: readonly ObservedEvent[];
}

const testEvent = 'convey_test';
/** Refunds and cancellations, which need no goal. `OrderRefunded` is the name from before `Refund`. */
const recordOnlyEvents: ReadonlySet<string> = new Set(['Refund', 'OrderCancelled', 'OrderRefunded'] satisfies (
  | AdjustmentName
  | 'OrderRefunded'
)[]);
const mostOwnEvents = 50;

/** Returns the goals of the standard events, then of the observed custom events. A page view without a custom name needs no goal. */
export function listEventGoals({ defaultNames, customNames, sentEvents, observedEvents }: EventGoalInput): readonly EventGoal[] {
  const findName = (event: string) => {
    const pair = customNames.find(([key, name]) => isSame(key.trim(), event) && name.trim() !== '');
    return pair?.[1].trim() ?? defaultNames[event];
  };
  const createGoal = (event: string, action: string): EventGoal => {
    const observed = observedEvents.find(({ name }) => name === event);
    return {
      event,
      action,
      isSent: sentEvents === allNames || sentEvents.some((name) => isSame(name, event)),
      ...(observed && { observed }),
    };
  };
  const standard = Object.keys(defaultNames).map((event) => createGoal(event, findName(event) ?? event));
  const own = observedEvents
    .map(({ name }) => name)
    .filter(
      (name) => defaultNames[name] === undefined && name !== testEvent && !recordOnlyEvents.has(name) && !name.startsWith('$'),
    )
    .filter((name) => name !== 'PageView' || findName(name) !== undefined)
    .slice(0, mostOwnEvents)
    .map((event) => createGoal(event, findName(event) ?? event));
  return [...standard, ...own];
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
