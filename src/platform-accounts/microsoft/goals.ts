import { z } from 'zod';
import { idSchema, lenient, lenientList, type MicrosoftCall } from './call.ts';

/**
 * Reads and adds conversion goals.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getconversiongoalsbytagids?view=bingads-13,
 * /conversiongoal, /eventgoal, /conversiongoalrevenue and /addconversiongoals (2026-08-17)
 */

/** The operators of the expressions of an event goal. */
const operator = lenient(z.enum(['Equals', 'BeginsWith', 'Contains', 'RegularExpression']));
const text = lenient(z.string());

const goalSchema = z.lazy(() =>
  z
    .object({
      Id: idSchema,
      Name: text,
      Type: text,
      TagId: lenient(idSchema),
      Scope: text,
      Status: text,
      TrackingStatus: text,
      CountType: text,
      GoalCategory: text,
      Revenue: lenient(z.object({ Type: text })),
      ExcludeFromBidding: lenient(z.boolean()),
      IsEnhancedConversionsEnabled: lenient(z.boolean()),
      IsAutoGoal: lenient(z.boolean()),
      ActionOperator: operator,
      ActionExpression: text,
      CategoryOperator: operator,
      CategoryExpression: text,
      LabelOperator: operator,
      LabelExpression: text,
      ValueOperator: lenient(z.enum(['Equals', 'GreaterThan', 'LessThan'])),
      Value: lenient(z.coerce.number()),
    })
    .transform((goal) => ({
      id: goal.Id,
      name: goal.Name ?? '',
      // The vendor's SDK reads `EventGoal` too.
      type: goal.Type === 'EventGoal' ? 'Event' : (goal.Type ?? ''),
      tagId: goal.TagId,
      scope: goal.Scope,
      status: goal.Status ?? '',
      trackingStatus: goal.TrackingStatus,
      countType: goal.CountType,
      category: goal.GoalCategory,
      revenue: goal.Revenue?.Type,
      isExcluded: goal.ExcludeFromBidding,
      isEnhanced: goal.IsEnhancedConversionsEnabled,
      isAuto: goal.IsAutoGoal ?? false,
      action: toExpression(goal.ActionOperator, goal.ActionExpression),
      eventCategory: toExpression(goal.CategoryOperator, goal.CategoryExpression),
      label: toExpression(goal.LabelOperator, goal.LabelExpression),
      value:
        goal.ValueOperator === undefined || goal.Value === undefined
          ? undefined
          : { operator: goal.ValueOperator, value: goal.Value },
    })),
);

/** A goal of a tag. A member that the answer leaves out is undefined. */
export type MicrosoftGoal = z.output<typeof goalSchema>;
export interface GoalExpression {
  /** Undefined if Convey does not know it. */
  readonly operator: 'Equals' | 'BeginsWith' | 'Contains' | 'RegularExpression' | undefined;
  readonly text: string;
}

function toExpression(one: GoalExpression['operator'], expression: string | undefined): GoalExpression | undefined {
  return expression === undefined || expression === '' ? undefined : { operator: one, text: expression };
}

/** The answer of a call that lists goals. */
export const goalsSchema = z.lazy(() =>
  z.object({ ConversionGoals: lenientList(goalSchema) }).transform(({ ConversionGoals }) => ConversionGoals),
);

/** Returns the call that lists the event goals and the URL goals of a tag. */
export const queryGoals = (tagId: string): MicrosoftCall<readonly MicrosoftGoal[]> => ({
  service: 'campaign',
  path: '/ConversionGoals/QueryByTagIds',
  body: {
    TagIds: [tagId],
    ConversionGoalTypes: 'Event, Url',
    ReturnAdditionalFields: 'GoalCategory, IsAutoGoal, IsEnhancedConversionsEnabled, InactiveDueToTagUnavailable',
  },
  answer: goalsSchema,
});

const autoTagging = 'MSCLKIDAutoTaggingEnabled';
const propertiesSchema = z.lazy(() =>
  z.object({ AccountProperties: lenientList(z.object({ Name: z.string(), Value: text })) }).transform(({ AccountProperties }) => {
    const value = AccountProperties.find(({ Name }) => Name === autoTagging)?.Value?.toLowerCase();
    return value === undefined ? undefined : value === 'true';
  }),
);

/**
 * Returns the call that reads whether ads of the account add the click id to URLs. Undefined if the answer does not say it.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getaccountproperties?view=bingads-13 (2026-08-17)
 */
export const queryAutoTagging = (): MicrosoftCall<boolean | undefined> => ({
  service: 'campaign',
  path: '/AccountProperties/Query',
  body: { AccountPropertyNames: [autoTagging] },
  answer: propertiesSchema,
});

const addedSchema = z.lazy(() =>
  z
    .object({ ConversionGoalIds: z.array(idSchema.nullable().catch(null)).nullish() })
    .transform(({ ConversionGoalIds }) => ConversionGoalIds ?? []),
);

/** Returns the call that adds goals, at most 100. Its answer has the ids in the order of the goals, null if one was refused. */
export const addGoals = (goals: readonly object[]): MicrosoftCall<readonly (string | null)[]> => ({
  service: 'campaign',
  path: '/ConversionGoals',
  body: { ConversionGoals: goals },
  answer: addedSchema,
});
