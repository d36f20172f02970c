import { type Fields, getText } from '../../kit/fields.ts';
import { type Click, type Clicks, normalizeClickId } from '../journal/clicks.ts';
import type { ConversionGoal } from '../journal/conversion-goal.ts';
import { dayMs, isValue } from './adjustment-rules.ts';
import type { ItemError } from './api-error.ts';
import { isCurrency, readTime } from './read-request.ts';

/** How long a new offline goal refuses uploads. */
const goalRestMs = 7_200_000;

export type RowError = Omit<ItemError, 'index'>;

/** The identity of an offline conversion. */
export interface RowIdentity {
  readonly clickId: string | null;
  readonly hashes: readonly string[];
}

/** Returns the click id and the hashes of a row, or the error that refuses them. */
export function readIdentity(row: Fields): RowIdentity | RowError {
  const [click, email, phone] = ['MicrosoftClickId', 'HashedEmailAddress', 'HashedPhoneNumber'].map((name) => getText(row, name));
  const clickId = click == null ? null : normalizeClickId(click);
  if (clickId === undefined) return { code: 5604, field: 'MicrosoftClickId' };
  if (email != null && !isHash(email)) return { code: 'ConversionEmailAddressIsNotHashed', field: 'HashedEmailAddress' };
  if (phone != null && !isHash(phone)) return { code: 'ConversionPhoneNumberIsNotHashed', field: 'HashedPhoneNumber' };
  const hashes = [email, phone].filter((hash) => hash != null).map((hash) => hash.toLowerCase());
  if (clickId === null && hashes.length === 0) return { code: 5604, field: 'MicrosoftClickId' };
  return { clickId, hashes };
}

const isHash = (text: string): boolean => /^[0-9a-f]{64}$/i.test(text);

interface RowContext {
  readonly now: number;
  /** The active offline goal of the row's name. */
  readonly goal: ConversionGoal | undefined;
  readonly clicks: Clicks;
}

/**
 * Returns the error that refuses a row, or its click; undefined without a click.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/offlineconversion (2026-08-17)
 */
export function checkRow(row: Fields, identity: RowIdentity, { now, goal, clicks }: RowContext): RowError | { click?: Click } {
  if (goal !== undefined && now - goal.createdAt < goalRestMs) return { code: 5615, field: 'ConversionName' };
  const { ConversionTime: sent, ConversionValue: value, ConversionCurrencyCode: currency = null } = row;
  const field = 'ConversionTime';
  if (sent === null || sent === undefined || sent === '') return { code: 5608, field };
  const time = readTime(sent);
  if (time === undefined) return { code: 5607, field };
  if (time > now) return { code: 5610, field };
  if (now - time > 90 * dayMs) return { code: 5609, field };
  const isEnhanced = goal?.fields.IsEnhancedConversionsEnabled === true;
  if (identity.clickId === null && goal !== undefined && !isEnhanced) return { code: 'NotEligibleForEnhancedConversions' };
  if (!isValue(value)) return { code: 5616, field: 'ConversionValue' };
  if (currency !== null && !isCurrency(currency)) return { code: 5617, field: 'ConversionCurrencyCode' };
  const click = clicks.find(identity.clickId ?? undefined, isEnhanced ? identity.hashes : []);
  if (click === undefined || now - click.lastSeenAt > 90 * dayMs) return {};
  if (time < click.firstSeenAt) return { code: 5611, field };
  const windowMs = Number(goal?.fields.ConversionWindowInMinutes ?? 129_600) * 60_000;
  return time - click.firstSeenAt > windowMs ? { code: 5614, field } : { click };
}
