import { type Fields, isFields } from '../../kit/fields.ts';

/** A conversion goal, with the members of the campaign management API. */
export interface ConversionGoal {
  readonly id: string;
  /** The customer and the account that made it; null for a goal of the simulator's own list, which everyone sees. */
  readonly customerId: string | null;
  readonly accountId: string | null;
  /** Null: a goal of the list that counts the events of every tag, or a goal without a tag. */
  readonly tagId: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Its members as the API returns them, in PascalCase. */
  readonly fields: Fields;
}

interface EventGoalInput {
  readonly id: string;
  readonly name: string;
  readonly action: string;
  readonly tagId: string | null;
}

/** Creates a goal of the simulator's list: the action equals a text. */
export function createEventGoal({ id, name, action, tagId }: EventGoalInput): ConversionGoal {
  const fields = {
    Name: name,
    Type: 'Event',
    Status: 'Active',
    Scope: 'Customer',
    CountType: 'All',
    ConversionWindowInMinutes: 43_200,
    GoalCategory: categories[action.toLowerCase()] ?? 'Other',
    Revenue: { Type: 'VariableValue', Value: 0, CurrencyCode: 'USD' },
    ExcludeFromBidding: false,
    ActionOperator: 'Equals',
    ActionExpression: action,
  };
  return { id, customerId: null, accountId: null, tagId, createdAt: 0, fields };
}

const categories: Readonly<Record<string, string>> = {
  purchase: 'Purchase',
  add_to_cart: 'AddToCart',
  begin_checkout: 'BeginCheckout',
  lead: 'SubmitLeadForm',
  sign_up: 'Signup',
};

/** The text pairs of an event goal, and the event's member that each compares. */
const textPairs = [
  ['ActionOperator', 'ActionExpression', (event: Fields) => event.eventName],
  ['CategoryOperator', 'CategoryExpression', (event: Fields) => getData(event).eventCategory],
  ['LabelOperator', 'LabelExpression', (event: Fields) => getData(event).eventLabel],
] as const;

/**
 * Returns whether an active event goal counts the event: every pair matches, ignoring case (an assumption).
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/eventgoal (2026-08-17)
 */
export function matchesEvent({ fields }: ConversionGoal, event: Fields): boolean {
  if (fields.Type !== 'Event' || fields.Status !== 'Active') return false;
  const pairs = textPairs.filter(([operator]) => isText(fields[operator]));
  const hasValue = isText(fields.ValueOperator);
  if (pairs.length === 0 && !hasValue) return false;
  return (
    pairs.every(([operator, expression, read]) => compareText(fields[operator], read(event), fields[expression])) &&
    (!hasValue || compareNumber(fields.ValueOperator, getData(event).eventValue, fields.Value))
  );
}

const getData = ({ customData }: Fields): Fields => (isFields(customData) ? customData : {});

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function compareText(operator: unknown, value: unknown, expression: unknown): boolean {
  if (!isText(value) || !isText(expression)) return false;
  const [text, wanted] = [value.toLowerCase(), expression.toLowerCase()];
  switch (operator) {
    case 'Equals':
      return text === wanted;
    case 'BeginsWith':
      return text.startsWith(wanted);
    case 'Contains':
      return text.includes(wanted);
    case 'RegularExpression':
      return compileExpression(expression)?.test(value) ?? false;
    default:
      return false;
  }
}

/** Returns undefined if the text is no regular expression. */
export function compileExpression(text: string): RegExp | undefined {
  try {
    return new RegExp(text, 'i');
  } catch {
    return undefined;
  }
}

function compareNumber(operator: unknown, value: unknown, limit: unknown): boolean {
  const [number, wanted] = [Number(value), Number(limit)];
  if (value === undefined || Number.isNaN(number) || Number.isNaN(wanted)) return false;
  if (operator === 'Equals') return number === wanted;
  return operator === 'GreaterThan' ? number > wanted : operator === 'LessThan' && number < wanted;
}
