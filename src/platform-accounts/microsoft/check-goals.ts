import { distance } from 'fastest-levenshtein';
import { RE2JS } from 're2js';
import type { CheckedEvent, GoalCheck, GoalFinding, GoalFindingCode, SentEvent } from '../goal-check.ts';
import type { GoalExpression, MicrosoftGoal } from './goals.ts';

/**
 * Checks whether the goals of a UET tag count the events that a connection sends. Microsoft accepts an event that no goal counts, and reports
 * nothing of it.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/conversiongoal?view=bingads-13 and /eventgoal (2026-08-17).
 * All pairs of a goal must match, in any case: an assumption of Convey.
 */

export interface GoalCheckInput {
  readonly tagId: string;
  readonly goals: readonly MicrosoftGoal[];
  readonly events: readonly SentEvent[];
  /** Whether the connection sends hashed e-mail addresses or phone numbers. */
  readonly sendsHashes: boolean;
  /** Undefined if Microsoft did not report it. */
  readonly isAutoTagging: boolean | undefined;
}

/** The largest difference of an action that is likely a typing error. */
const nearDistance = 2;

export function checkGoals(input: GoalCheckInput): GoalCheck {
  const ours = input.goals
    .filter(({ type, tagId }) => type === 'Event' && tagId === input.tagId)
    .map((goal) => ({ ...goal, name: goal.name.slice(0, longestName), match: createMatcher(goal) }));
  return {
    tagId: input.tagId,
    events: input.events.map((sent) => checkEvent(sent, ours, input)),
    findings:
      input.isAutoTagging === false && ours.length > 0
        ? [
            {
              code: 'auto-tagging-off',
              message:
                'Microsoft adds no click id to the addresses of your ads, so few events lead back to a click. Turn on auto-tagging of the click id in the settings of the account.',
            },
          ]
        : [],
  };
}

/** A goal with the comparison of its action, which is made once. */
interface ReadGoal extends MicrosoftGoal {
  /** Undefined if Convey cannot compare as Microsoft does. */
  readonly match: (name: string) => boolean | undefined;
}

/** A result is stored, so it names only so many goals, and their names only so far. */
const mostNamed = 5;
const longestName = 100;

function checkEvent(sent: SentEvent, ours: readonly ReadGoal[], { sendsHashes }: GoalCheckInput): CheckedEvent {
  const matching = ours.filter((goal) => goal.match(sent.name));
  const countedBy = matching.filter(({ status }) => status === 'Active');
  const unread = ours.filter((goal) => goal.status === 'Active' && goal.match(sent.name) === undefined);
  if (countedBy.length === 0 && unread.length > 0) return { ...sent, countedBy: [], findings: [explainUnread(sent, unread)] };
  if (countedBy.length === 0)
    return {
      ...sent,
      countedBy: [],
      findings: [
        explainUncounted(
          sent,
          matching[0],
          ours.find((goal) => isNear(goal, sent.name)),
        ),
      ],
    };
  const certain = countedBy.filter((goal) => !isConditional(goal));
  const included = certain.filter(({ isExcluded }) => isExcluded !== true);
  const findings = [
    ...(certain.length === 0 ? [explainConditional(sent, countedBy)] : []),
    ...countedBy.slice(0, mostNamed).flatMap((goal) => explainGoal(goal, sent, sendsHashes)),
    ...(included.length > 1 ? [explainTwice(sent, included)] : []),
  ];
  return { ...sent, countedBy: countedBy.slice(0, mostNamed).map((goal) => goal.name), findings };
}

function explainUncounted(
  { name, delivered }: SentEvent,
  paused: MicrosoftGoal | undefined,
  near: MicrosoftGoal | undefined,
): GoalFinding {
  if (paused)
    return {
      code: 'paused',
      message: `The goal "${paused.name}" would count \`${name}\`, but it is paused. Activate it in Microsoft Advertising.`,
    };
  if (near)
    return {
      code: 'near',
      message: near.isAuto
        ? `Microsoft's automatic goal "${near.name}" compares with \`AutoEvent_${name}\`, and Convey sends \`${name}\`. Make an event goal with the action \`${name}\`.`
        : `No goal counts \`${name}\`, but the action of "${near.name}" is nearly the same. Change the action to \`${name}\`, or set the event's name in Convey to the action.`,
    };
  return {
    code: 'none',
    message: `${delivered > 0 ? `Microsoft accepts \`${name}\`, and no goal counts it` : `No goal counts \`${name}\``}. Make an event goal of this UET tag with the action \`${name}\`.`,
  };
}

function explainGoal(goal: MicrosoftGoal, sent: SentEvent, sendsHashes: boolean): readonly GoalFinding[] {
  const isPurchase = sent.event === 'Purchase';
  const status = explainTracking(goal, sent);
  return [
    ...(status ? [status] : []),
    ...(isPurchase && goal.revenue === 'NoValue'
      ? [found('no-revenue', `The goal "${goal.name}" ignores the value of purchases. Let its revenue vary.`)]
      : []),
    ...(isPurchase && goal.revenue === 'FixedValue'
      ? [found('fixed-revenue', `The goal "${goal.name}" counts each purchase with the same value. Let its revenue vary.`)]
      : []),
    ...(isPurchase && goal.countType === 'Unique'
      ? [found('unique-purchase', `The goal "${goal.name}" counts one purchase per click. Set its count to all.`)]
      : []),
    ...(sendsHashes && goal.isEnhanced === false
      ? [
          found(
            'not-enhanced',
            `The goal "${goal.name}" ignores the hashed e-mail addresses and phone numbers that Convey sends. Turn on enhanced conversions in Microsoft Advertising.`,
          ),
        ]
      : []),
  ];
}

function explainTracking({ trackingStatus, name }: MicrosoftGoal, sent: SentEvent): GoalFinding | undefined {
  switch (trackingStatus) {
    case 'TagInactive':
      return found(
        'tag-inactive',
        `Microsoft has received nothing from the UET tag of "${name}" for a day. Check the tag on your pages.`,
      );
    case 'TagUnverified':
      return found(
        'tag-unverified',
        `Microsoft has never received anything from the UET tag of "${name}". Check that the tag is on your pages.`,
      );
    case 'InactiveDueToTagUnavailable':
      return found('tag-unavailable', `The UET tag of "${name}" is not available to the account any more. Choose another tag.`);
    case 'NoRecentConversions':
      if (sent.delivered === 0) return undefined;
      return found(
        'quiet',
        `Microsoft accepted \`${sent.name}\` within the last 7 days, and "${name}" counted none. A conversion needs a click on an ad within the goal's window: compare with the clicks of your campaigns.`,
      );
    default:
      return undefined;
  }
}

function explainConditional({ name }: SentEvent, goals: readonly MicrosoftGoal[]): GoalFinding {
  return found(
    'conditional',
    `\`${name}\` is counted only if its category, label or value meets the conditions of ${listNames(goals)}. Remove these conditions to count all.`,
  );
}

function explainTwice({ name }: SentEvent, goals: readonly MicrosoftGoal[]): GoalFinding {
  return found(
    'twice',
    `${listNames(goals)} count \`${name}\`, so "all conversions" counts it more than once. Pause all but one of them.`,
  );
}

function explainUnread({ name }: SentEvent, goals: readonly MicrosoftGoal[]): GoalFinding {
  return found(
    'unknown',
    `Convey cannot read the condition of ${listNames(goals)}, so it is not known whether \`${name}\` is counted. Look in Microsoft Advertising.`,
  );
}

function listNames(goals: readonly MicrosoftGoal[]): string {
  const names = goals.slice(0, mostNamed).map((goal) => `"${goal.name}"`);
  const others = goals.length - names.length;
  return [...names, ...(others > 0 ? [`${others} more`] : [])].join(' and ');
}

const found = (code: GoalFindingCode, message: string): GoalFinding => ({ code, message });

/**
 * Returns whether the action of a goal matches a name. A goal without an action depends on its other conditions. An automatic goal has
 * Microsoft's own.
 */
function createMatcher({ action, isAuto }: MicrosoftGoal): ReadGoal['match'] {
  if (isAuto) return () => false;
  return action === undefined ? () => true : createComparison(action);
}

/** Returns whether a goal has conditions that depend on the single event. */
function isConditional({ action, eventCategory, label, value }: MicrosoftGoal): boolean {
  return action === undefined || eventCategory !== undefined || label !== undefined || value !== undefined;
}

function createComparison({ operator, text }: GoalExpression): ReadGoal['match'] {
  const expression = text.toLowerCase();
  switch (operator) {
    case 'Equals':
      return (name) => name.toLowerCase() === expression;
    case 'BeginsWith':
      return (name) => name.toLowerCase().startsWith(expression);
    case 'Contains':
      return (name) => name.toLowerCase().includes(expression);
    case 'RegularExpression':
      return comparePattern(text);
    case undefined:
      return () => undefined;
  }
}

/** Microsoft's patterns may have functions that RE2 lacks. */
function comparePattern(text: string): ReadGoal['match'] {
  try {
    const pattern = RE2JS.compile(text, RE2JS.CASE_INSENSITIVE);
    return (name) => pattern.matcher(name).find();
  } catch {
    return () => undefined;
  }
}

function isNear({ action, isAuto }: MicrosoftGoal, name: string): boolean {
  const [wanted, text] = [name.toLowerCase(), action?.text.toLowerCase()];
  if (text === undefined) return false;
  return isAuto ? text === `autoevent_${wanted}` : action?.operator === 'Equals' && distance(text, wanted) <= nearDistance;
}
