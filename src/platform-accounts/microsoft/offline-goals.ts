import type { PlatformFailure, PlatformResult } from '../account-platform.ts';
import type { UploadGoal } from '../late/late-goal.ts';
import type { CallResult, MicrosoftCall } from './call.ts';
import type { MicrosoftClient } from './client.ts';
import { toItemFailure } from './faults.ts';
import { addGoals, goalsSchema, type MicrosoftGoal } from './goals.ts';
import { findFreeName, mostTries, nameTaken, notAdded } from './make-goals.ts';

/**
 * Takes or makes the goal that counts uploaded purchases. Offline goals have no tag.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/offlineconversiongoal?view=bingads-13 (2026-08-17)
 */

const goalName = 'Purchase, late (Convey)';
/** The name, with the number that a taken name gets. */
const ownName = /^purchase, late \(convey\)(?: \d{1,3})?$/i;

/** Returns the call that lists the goals of the account, with those of offline conversions. */
const queryOfflineGoals = (): MicrosoftCall<readonly MicrosoftGoal[]> => ({
  service: 'campaign',
  path: '/ConversionGoals/QueryByIds',
  body: {
    ConversionGoalIds: null,
    ConversionGoalTypes: 'Event, Url, OfflineConversion',
    ReturnAdditionalFields: 'GoalCategory, IsEnhancedConversionsEnabled, IsExternallyAttributed',
  },
  answer: goalsSchema,
});

/** 90 days: the age up to which purchases are uploaded. */
const windowMinutes = 129_600;

/** Returns the goal in the form of the API. Its currency is the account's. */
function toOfflineGoal(name: string, isEnhanced: boolean): object {
  return {
    Type: 'OfflineConversion',
    Name: name,
    Scope: 'Account',
    Status: 'Active',
    GoalCategory: 'Purchase',
    CountType: 'All',
    ConversionWindowInMinutes: windowMinutes,
    Revenue: { Type: 'VariableValue', Value: 0 },
    ...(isEnhanced && { IsEnhancedConversionsEnabled: true }),
  };
}

/** Returns the active goal with Convey's name. */
export async function findOfflineGoal(client: Pick<MicrosoftClient, 'call'>): Promise<PlatformResult<UploadGoal | undefined>> {
  const listed = await client.call(queryOfflineGoals());
  if ('failure' in listed) return listed;
  const active = listed.answer.filter(isOwn).find(({ status }) => status === 'Active');
  return { value: active && toUploadGoal(active) };
}

const isOwn = ({ type, name }: MicrosoftGoal) => type === 'OfflineConversion' && ownName.test(name);

/**
 * Takes the active goal with Convey's name, or makes it. It is enhanced only if another goal is: the owner of the account accepted the terms
 * then, which only the pages of Microsoft show.
 */
export async function chooseOfflineGoal(client: Pick<MicrosoftClient, 'call'>): Promise<PlatformResult<UploadGoal>> {
  const listed = await client.call(queryOfflineGoals());
  if ('failure' in listed) return listed;
  const own = listed.answer.filter(isOwn);
  const active = own.find(({ status }) => status === 'Active');
  if (active) return { value: toUploadGoal(active) };
  if (own.length > 0) return { failure: goalPaused };
  const isEnhanced = listed.answer.some((goal) => goal.isEnhanced === true);
  const taken = new Set(listed.answer.map(({ name }) => name.toLowerCase()));
  for (let tries = 0; tries < mostTries; tries += 1) {
    const name = findFreeName(goalName, taken);
    const added = await addOne(client, name, isEnhanced);
    if ('failure' in added) return added;
    const [fault] = added.faults;
    const [id] = added.answer;
    if (id != null) return { value: { id, name, isEnhanced: added.isEnhanced, isMade: true } };
    if (fault?.code !== nameTaken) return { failure: fault ? toItemFailure(fault) : notAdded };
  }
  return { failure: notAdded };
}

type Added = Exclude<CallResult<readonly (string | null)[]>, { readonly failure: unknown }> & { readonly isEnhanced: boolean };

/** Adds a goal. If Microsoft refuses an enhanced one, a usual one is added. */
async function addOne(
  client: Pick<MicrosoftClient, 'call'>,
  name: string,
  isEnhanced: boolean,
): Promise<Added | { readonly failure: PlatformFailure }> {
  const added = await client.call(addGoals([toOfflineGoal(name, isEnhanced)]));
  const isRefused = 'failure' in added ? added.failure.action === 'bug' : added.answer[0] == null;
  const isTaken = !('failure' in added) && added.faults[0]?.code === nameTaken;
  if (isEnhanced && isRefused && !isTaken) return addOne(client, name, false);
  return 'failure' in added ? added : { ...added, isEnhanced };
}

function toUploadGoal({ id, name, isEnhanced }: MicrosoftGoal): UploadGoal {
  return { id, name, isEnhanced: isEnhanced === true, isMade: false };
}

const goalPaused: PlatformFailure = {
  code: 'goal-paused',
  message: `The goal "${goalName}" is paused. Activate it in Microsoft Advertising, then try again.`,
};
