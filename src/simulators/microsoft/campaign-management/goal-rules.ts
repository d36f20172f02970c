import { type Fields, isFields } from '../../kit/fields.ts';
import { compileExpression } from '../journal/conversion-goal.ts';
import type { ErrorCode } from './api-error.ts';
import { isCurrency } from './read-request.ts';

const goalTypes = [
  'Event',
  'Url',
  'OfflineConversion',
  'AppDownload',
  'AppInstall',
  'Duration',
  'InStoreTransaction',
  'PagesViewedPerVisit',
];
const categorizedTypes = ['Event', 'Url', 'OfflineConversion'];
const categories = [
  'AddToCart',
  'BeginCheckout',
  'BookAppointment',
  'Contact',
  'GetDirections',
  'Other',
  'OutboundClick',
  'PageView',
  'Purchase',
  'RequestQuote',
  'Signup',
  'SubmitLeadForm',
  'Subscribe',
];
const textOperators = ['Equals', 'BeginsWith', 'Contains', 'RegularExpression'];

/** The pairs of an event goal, and the code that refuses each. */
export const goalPairs = [
  ['ActionOperator', 'ActionExpression', 5343],
  ['CategoryOperator', 'CategoryExpression', 5342],
  ['LabelOperator', 'LabelExpression', 5344],
  ['ValueOperator', 'Value', 5345],
] as const;

/**
 * Returns the first code that refuses a goal by its own members; undefined if it is valid.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/conversiongoal (2026-08-17)
 */
export function checkGoal(goal: Fields): { readonly code: ErrorCode; readonly field: string } | undefined {
  const { Type: type, Name: name, GoalCategory: category, ConversionWindowInMinutes: window = 129_600 } = goal;
  const { ViewThroughConversionWindowInMinutes: viewWindow = 1_440 } = goal;
  if (typeof name !== 'string' || name.trim() === '' || name.length > 100) return { code: 5316, field: 'Name' };
  if (!isOneOf(goalTypes, type)) return { code: 5347, field: 'Type' };
  if (!isMinutes(window, 129_600)) return { code: 5337, field: 'ConversionWindowInMinutes' };
  if (!isMinutes(viewWindow, 43_200)) return { code: 5337, field: 'ViewThroughConversionWindowInMinutes' };
  if (isOneOf(categorizedTypes, type) && !isOneOf(categories, category)) return { code: 5358, field: 'GoalCategory' };
  return (type === 'Event' ? checkPairs(goal) : undefined) ?? checkRevenue(goal);
}

function checkPairs(goal: Fields) {
  let pairs = 0;
  for (const [operator, expression, code] of goalPairs) {
    const [chosen, value] = [goal[operator] ?? null, goal[expression] ?? null];
    if (chosen === null && value === null) continue;
    const isValid =
      operator === 'ValueOperator'
        ? isOneOf(['Equals', 'GreaterThan', 'LessThan'], chosen) && Number.isFinite(Number(value ?? Number.NaN))
        : isOneOf(textOperators, chosen) && isExpression(value, chosen);
    if (!isValid) return { code, field: expression };
    pairs += 1;
  }
  return pairs === 0 ? ({ code: 5336, field: 'ActionExpression' } as const) : undefined;
}

function isExpression(value: unknown, operator: unknown): boolean {
  if (typeof value !== 'string' || value === '' || value.length > 100) return false;
  return operator !== 'RegularExpression' || compileExpression(value) !== undefined;
}

/** @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/conversiongoalrevenue (2026-08-17) */
function checkRevenue({ Revenue: revenue, Scope: scope, Type: type }: Fields) {
  if (!isFields(revenue)) return undefined;
  const { Type: kind = 'NoValue', Value: value = null, CurrencyCode: currency = null } = revenue;
  if (!isOneOf(['NoValue', 'FixedValue', 'VariableValue'], kind)) return { code: 5332, field: 'Revenue.Type' } as const;
  const isMissing = kind === 'FixedValue' && value === null;
  const isWrong = value !== null && (kind === 'NoValue' || typeof value !== 'number' || value < 0 || value > 9_999_999);
  if (isMissing || isWrong) return { code: 5333, field: 'Revenue.Value' } as const;
  const isCustomerWide = scope === 'Customer' || ((scope ?? null) === null && type !== 'OfflineConversion');
  if (currency === null)
    return kind !== 'NoValue' && isCustomerWide ? ({ code: 5351, field: 'Revenue.CurrencyCode' } as const) : undefined;
  return isCurrency(currency) ? undefined : ({ code: 5355, field: 'Revenue.CurrencyCode' } as const);
}

const isOneOf = (names: readonly string[], value: unknown): boolean => typeof value === 'string' && names.includes(value);

const isMinutes = (value: unknown, most: number): boolean =>
  value === null || (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most);
