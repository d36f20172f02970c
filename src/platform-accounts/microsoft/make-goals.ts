import type { PlatformFailure, PlatformResult } from '../account-platform.ts';
import type { GoalProposal, SentEvent } from '../goal-check.ts';
import type { MicrosoftClient } from './client.ts';
import { toItemFailure } from './faults.ts';
import { addGoals } from './goals.ts';

/**
 * Makes the goals that an operator ticked. A goal cannot be deleted at Microsoft.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/addconversiongoals?view=bingads-13 (2026-08-17)
 */

/** The proposals by Convey's names of events. Others get the category `Other`. */
const proposals: ReadonlyMap<string, GoalProposal> = new Map([
  ['Purchase', { category: 'Purchase', countType: 'All', hasValue: true, isSuggested: true }],
  ['AddToCart', { category: 'AddToCart', countType: 'Unique', hasValue: false, isSuggested: false }],
  ['InitiateCheckout', { category: 'BeginCheckout', countType: 'Unique', hasValue: false, isSuggested: false }],
  ['Lead', { category: 'SubmitLeadForm', countType: 'Unique', hasValue: false, isSuggested: false }],
  ['SignUp', { category: 'Signup', countType: 'Unique', hasValue: false, isSuggested: false }],
]);

const other: GoalProposal = { category: 'Other', countType: 'Unique', hasValue: false, isSuggested: false };

export function proposeGoal(event: string): GoalProposal {
  return proposals.get(event) ?? other;
}

/** 30 days: the window of a goal unless the operator changes it. */
const windowMinutes = 43_200;

/** Returns a goal that counts a name, in the form of the API. Its currency is the account's. */
function toEventGoal({ event, name }: SentEvent, tagId: string, goalName: string): object {
  const { category, countType, hasValue } = proposeGoal(event);
  return {
    Type: 'Event',
    Name: goalName,
    TagId: tagId,
    Scope: 'Account',
    Status: 'Active',
    GoalCategory: category,
    CountType: countType,
    ConversionWindowInMinutes: windowMinutes,
    ActionOperator: 'Equals',
    ActionExpression: name,
    Revenue: hasValue ? { Type: 'VariableValue', Value: 0 } : { Type: 'NoValue' },
  };
}

/** The code of a name that another goal of the customer has, also of another tag. */
export const nameTaken = 5_317;
export const mostTries = 5;

interface NewGoals {
  readonly tagId: string;
  readonly events: readonly SentEvent[];
  /** The names of the tag's goals. */
  readonly takenNames: readonly string[];
}

/** Makes one goal for each event. A name that another goal has gets a number. */
export async function makeGoals(
  client: Pick<MicrosoftClient, 'call'>,
  { tagId, events, takenNames }: NewGoals,
): Promise<PlatformResult<readonly { readonly event: string; readonly failure?: PlatformFailure }[]>> {
  const results = new Map<string, PlatformFailure | undefined>();
  const taken = new Set(takenNames.map((name) => name.toLowerCase()));
  let waiting = events;
  for (let tries = 0; waiting.length > 0 && tries < mostTries; tries += 1) {
    const names = waiting.map(({ event }) => findFreeName(`${event} (Convey)`, taken));
    const goals = waiting.map((event, index) => toEventGoal(event, tagId, names[index] ?? event.event));
    const added = await client.call(addGoals(goals));
    if ('failure' in added) {
      for (const { event } of waiting) results.set(event, added.failure);
      break;
    }
    const faults = new Map(added.faults.map((fault) => [fault.index, fault]));
    const again = waiting.filter((_, index) => faults.get(index)?.code === nameTaken);
    waiting.forEach(({ event }, index) => {
      const fault = faults.get(index);
      results.set(event, fault ? toItemFailure(fault) : added.answer[index] == null ? notAdded : undefined);
    });
    waiting = again;
  }
  return { value: [...results].map(([event, failure]) => ({ event, ...(failure && { failure }) })) };
}

export const notAdded: PlatformFailure = {
  code: 'goal-not-made',
  message: 'Microsoft made no goal, and gave no reason. Make it in Microsoft Advertising.',
};

/** Returns a name that no goal has, in any case, and takes it. */
export function findFreeName(name: string, taken: Set<string>): string {
  for (let nth = 1; ; nth += 1) {
    const candidate = nth === 1 ? name : `${name} ${nth}`;
    if (taken.has(candidate.toLowerCase())) continue;
    taken.add(candidate.toLowerCase());
    return candidate;
  }
}
