import { type Fields, isFields } from '../../kit/fields.ts';
import { adAccounts } from '../customer-management/customers.ts';
import type { ConversionGoal } from '../journal/conversion-goal.ts';
import { type ErrorCode, type ItemError, toPartialErrors } from './api-error.ts';
import { type AccountCall, type AccountOperation, type ApiState, getCustomerId } from './call.ts';
import { checkGoal, goalPairs } from './goal-rules.ts';
import { readFlags, readId, readIds, readItems, toFields } from './read-request.ts';
import { listActivity } from './tracking-status.ts';

const maxGoals = 100;
const maxGoalsOfAccount = 1_000;
const maxGoalsOfCustomer = 5_000;

/** The members that are returned only if they are asked for. */
const additionalFields = [
  'GoalCategory',
  'IsAutoGoal',
  'IsEnhancedConversionsEnabled',
  'AttributionModelType',
  'ViewThroughConversionWindowInMinutes',
  'IsExternallyAttributed',
];

/**
 * The operations on conversion goals.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getconversiongoalsbytagids (2026-08-17)
 */
export const goalOperations: readonly AccountOperation[] = [
  {
    method: 'POST',
    path: '/ConversionGoals/QueryByTagIds',
    run(call, state) {
      const ids = readItems(call.body, 'TagIds', maxGoals).map((value) => readId(value) ?? '');
      const isVisible = (id: string) => state.tags.find(getCustomerId(call), id) !== undefined;
      const errors = ids.flatMap((id, index): ItemError[] => (isVisible(id) ? [] : [{ index, code: 5300 }]));
      const tagIds = ids.filter(isVisible);
      const found = listVisible(call, state).flatMap((goal) => {
        if (!readsType(call, goal) || goal.fields.Type === 'OfflineConversion') return [];
        const tagId = goal.tagId === null ? tagIds[0] : tagIds.find((id) => id === goal.tagId);
        return tagId === undefined ? [] : [{ goal, tagId }];
      });
      const activity = listActivity(state.journal);
      return {
        ConversionGoals: found.map(({ goal, tagId }) =>
          toGoal(goal, { call, tagId, status: activity.getGoalStatus(goal, tagId, call.now) }),
        ),
        PartialErrors: toPartialErrors(errors),
      };
    },
  },
  {
    method: 'POST',
    path: '/ConversionGoals/QueryByIds',
    run(call, state) {
      const all = listVisible(call, state).filter((goal) => readsType(call, goal));
      const ids = readIds(call.body, 'ConversionGoalIds') ?? all.map(({ id }) => id);
      const activity = listActivity(state.journal);
      const found = ids.map((id) => all.find((goal) => goal.id === id));
      const shown = found.map(
        (goal) => goal && toGoal(goal, { call, tagId: goal.tagId, status: activity.getGoalStatus(goal, goal.tagId, call.now) }),
      );
      return { ConversionGoals: shown.map((goal) => goal ?? null), PartialErrors: [] };
    },
  },
  {
    method: 'POST',
    path: '/ConversionGoals',
    isWrite: true,
    run(call, state) {
      const errors: ItemError[] = [];
      const ids = readItems(call.body, 'ConversionGoals', maxGoals).map((item, index) => {
        const refusal = isFields(item) ? checkNewGoal(item, call, state) : ({ code: 206 } as const);
        if (refusal !== undefined) {
          errors.push({ index, ...refusal });
          return null;
        }
        return addGoal(toFields(item), call, state);
      });
      return { ConversionGoalIds: ids, PartialErrors: toPartialErrors(errors) };
    },
  },
  {
    method: 'PUT',
    path: '/ConversionGoals',
    isWrite: true,
    run(call, state) {
      const errors = readItems(call.body, 'ConversionGoals', maxGoals).flatMap((item, index): ItemError[] => {
        const refusal = updateGoal(toFields(item), call, state);
        return refusal === undefined ? [] : [{ index, ...refusal }];
      });
      return { PartialErrors: toPartialErrors(errors) };
    },
  },
  {
    method: 'POST',
    path: '/AccountProperties/Query',
    run({ body, access }, { autoTagged }) {
      const names = readItems(body, 'AccountPropertyNames', 100);
      return {
        AccountProperties: names
          .filter((name) => name === 'MSCLKIDAutoTaggingEnabled')
          .map((name) => ({ Name: name, Value: String(autoTagged.has(access.account.id)) })),
      };
    },
  },
];

function listVisible(call: AccountCall, { goals }: ApiState): readonly ConversionGoal[] {
  const { id } = call.access.account;
  return goals.all().filter((goal) => {
    if (goal.customerId === null) return true;
    return goal.customerId === getCustomerId(call) && (goal.fields.Scope === 'Customer' || goal.accountId === id);
  });
}

function readsType({ body }: AccountCall, { fields }: ConversionGoal): boolean {
  return readFlags(body.ConversionGoalTypes).has(String(fields.Type));
}

interface ShownGoal {
  readonly call: AccountCall;
  readonly tagId: string | null;
  readonly status: string;
}

function toGoal({ id, fields }: ConversionGoal, { call, tagId, status }: ShownGoal): object {
  const asked = readFlags(call.body.ReturnAdditionalFields);
  const additional: Fields = {
    IsAutoGoal: false,
    IsEnhancedConversionsEnabled: false,
    AttributionModelType: 'LastClick',
    ...fields,
  };
  const shown = Object.entries(fields).filter(([name]) => !additionalFields.includes(name));
  const more = additionalFields.filter((name) => asked.has(name)).map((name) => [name, additional[name] ?? null]);
  return { Id: id, ...Object.fromEntries([...shown, ...more]), TagId: tagId, TrackingStatus: status };
}

interface Refusal {
  readonly code: ErrorCode;
  readonly field?: string;
}

function checkNewGoal(goal: Fields, call: AccountCall, state: ApiState): Refusal | undefined {
  const refusal = checkGoal(goal) ?? checkPlace(goal, call, state) ?? checkName(goal, undefined, call, state);
  if (refusal !== undefined) return refusal;
  const own = state.goals.all().filter(({ customerId }) => customerId === getCustomerId(call));
  if (own.filter(({ accountId }) => accountId === call.access.account.id).length >= maxGoalsOfAccount) return { code: 5326 };
  return own.length >= maxGoalsOfCustomer ? { code: 5327 } : undefined;
}

function checkPlace(goal: Fields, call: AccountCall, { tags }: ApiState): Refusal | undefined {
  const hasTag = goal.Type !== 'OfflineConversion';
  if (hasTag && tags.find(getCustomerId(call), readId(goal.TagId) ?? '') === undefined) return { code: 5300, field: 'TagId' };
  const isPilotOff = call.fault?.mode === 'bidding-pilot-off';
  return goal.ExcludeFromBidding === true && isPilotOff ? { code: 6610, field: 'ExcludeFromBidding' } : undefined;
}

/** Names of goals are unique in the customer. */
function checkName({ Name: name }: Fields, id: string | undefined, call: AccountCall, { goals }: ApiState): Refusal | undefined {
  const isTaken = goals
    .all()
    .some(
      (one) =>
        one.id !== id &&
        (one.customerId === null || one.customerId === getCustomerId(call)) &&
        String(one.fields.Name).toLowerCase() === String(name).toLowerCase(),
    );
  return isTaken ? { code: 5317, field: 'Name' } : undefined;
}

function addGoal(goal: Fields, call: AccountCall, state: ApiState): string {
  const { Id: _, TagId: tagId, ...sent } = goal;
  const isOffline = goal.Type === 'OfflineConversion';
  const id = state.goals.createId();
  state.goals.put({
    id,
    customerId: getCustomerId(call),
    accountId: call.access.account.id,
    tagId: isOffline ? null : (readId(tagId) ?? null),
    createdAt: call.now,
    fields: {
      Status: 'Active',
      CountType: 'All',
      ConversionWindowInMinutes: 129_600,
      Revenue: { Type: 'NoValue', Value: null, CurrencyCode: null },
      ExcludeFromBidding: false,
      ...sent,
      Scope: sent.Scope ?? (isOffline ? 'Account' : 'Customer'),
    },
  });
  turnAutoTaggingOn(sent.Scope, call, state);
  return id;
}

/** Updates a goal. Members left out stay, but a pair left out is deleted. */
function updateGoal(sent: Fields, call: AccountCall, state: ApiState): Refusal | undefined {
  const goal = listVisible(call, state).find(({ id }) => id === readId(sent.Id));
  if (goal === undefined) return { code: 5347, field: 'Id' };
  if (sent.Type !== undefined && sent.Type !== goal.fields.Type) return { code: 5356, field: 'Type' };
  const isPair = (name: string) => goalPairs.some(([operator, expression]) => name === operator || name === expression);
  const kept = Object.entries(goal.fields).filter(([name]) => !isPair(name));
  const { Id: _, TagId: tagId, ...changes } = sent;
  const fields = { ...Object.fromEntries(kept), ...changes, Scope: goal.fields.Scope };
  const place = { ...fields, TagId: tagId ?? goal.tagId };
  const isEverywhere = goal.customerId === null && goal.tagId === null;
  const refusal =
    checkGoal(fields) ?? (isEverywhere ? undefined : checkPlace(place, call, state)) ?? checkName(fields, goal.id, call, state);
  if (refusal !== undefined) return refusal;
  const isOffline = goal.fields.Type === 'OfflineConversion';
  state.goals.put({ ...goal, tagId: isOffline || isEverywhere ? null : (readId(place.TagId) ?? goal.tagId), fields });
  turnAutoTaggingOn(fields.Scope, call, state);
  return undefined;
}

/** Any new or changed goal turns automatic tagging on, with the scope Customer for all accounts. */
function turnAutoTaggingOn(scope: unknown, call: AccountCall, { autoTagged }: ApiState): void {
  autoTagged.add(call.access.account.id);
  if (scope !== 'Customer') return;
  for (const { id, parentCustomerId } of adAccounts) if (parentCustomerId === getCustomerId(call)) autoTagged.add(id);
}
