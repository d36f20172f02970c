import type { z } from 'zod';
import { isAdjustedOutcome, reducedByRefundCode } from '../../event/adjusted-outcomes.ts';
import type { ReportSource } from '../../event/event.ts';
import type { Issue, Json } from '../../event/issue.ts';
import { isSkipReason } from '../../event/skip-reasons.ts';
import type { UnixMs } from '../../event/units.ts';

/** `unseen`: Convey cannot check it. `wait`: not yet. `skip`: intentionally not sent. */
export type CheckAnswer = 'yes' | 'no' | 'wait' | 'unseen' | 'skip';

/** A condition for an event to count at the platform. */
export interface Check {
  readonly title: string;
  readonly answer: CheckAnswer;
  readonly message: string;
  /** A guide of the dashboard and its section. */
  readonly guide?: { readonly slug: string; readonly hash?: string };
}

/** The state of an event's upload to the connected account. `dead`: it is not sent. */
export type UploadResult = 'waiting' | 'uploaded' | 'refused' | 'dead';

/** One event at one connection. */
export interface DeliveryHistory {
  /** The sources of its reports, the primary one first. Empty if its record was removed. */
  readonly reporters: readonly ReportSource[];
  /** Who sent the primary report, in words: `Stripe`. Absent: its source. */
  readonly reportedBy?: string;
  /** An outcome, such as `delivered`, `dead` or a skip, with its sentence. */
  readonly outcome: string;
  readonly says: string;
  readonly issues: readonly Issue[];
  /** The oldest first. The payload is `null` if it is no longer stored. */
  readonly attempts: readonly { readonly startedAt: UnixMs; readonly result: string; readonly payload: Json }[];
  /** The match keys that the event lacks, with the reasons. */
  readonly missing: readonly { readonly key: string; readonly says: string; readonly remedy: string }[];
  /** The last check of the account's goals, if it still holds. */
  readonly goals?: { readonly checkedAt: UnixMs; readonly uncounted: readonly { readonly name: string }[] };
  /** Absent if the event is not uploaded to the connected account. */
  readonly upload?: UploadResult;
  /** The current state of the connection. */
  readonly connection: { readonly health: string; readonly says: string };
  readonly now: UnixMs;
}

/** The platform's texts and guides for the checks that are the same everywhere. */
export interface CheckTexts {
  /** The platform's short name, for a sentence. */
  readonly platform: string;
  /** The slug of the troubleshooting guide. */
  readonly troubleshooting: string;
  /** Sections of the troubleshooting guide, by outcome. */
  readonly skipSections: Readonly<Record<string, string>>;
  /**
   * Returns the section about an issue of a dead letter by its code: of the troubleshooting guide, or of another one as `guide#section`.
   * Absent or undefined: the section `rejected`.
   */
  readonly findIssueSection?: (code: string) => string | undefined;
  /** The sections about the connection, by a pattern in its sentence. The first that matches counts. */
  readonly connectionSections: readonly { readonly pattern: RegExp; readonly hash: string }[];
}

/** Returns whether the event has no final outcome yet. */
export function isPending({ outcome }: Pick<DeliveryHistory, 'outcome'>): boolean {
  return outcome === 'undelivered' || outcome === 'waiting' || outcome === 'awaiting-verdict';
}

/**
 * Checks one event, in the order in which it should be looked for: up to the platform's response, then its fields and the conditions of
 * `checkCounting` if the platform accepted it.
 */
export function checkEvent(history: DeliveryHistory, texts: CheckTexts, checkCounting: () => readonly Check[]): readonly Check[] {
  const checks = checkDelivery(history, texts);
  if (history.outcome !== 'delivered') return checks;
  return [...checks, checkFields(history, texts), ...checkCounting()];
}

function checkDelivery(history: DeliveryHistory, texts: CheckTexts): readonly Check[] {
  return [checkReceived(history), ...checkConnection(history, texts), checkSent(history, texts)];
}

/** Returns the check that Convey has the event, with its sources. */
export function checkReceived({
  reporters: [primary, ...duplicates],
  reportedBy = `the ${primary}`,
}: Pick<DeliveryHistory, 'reporters' | 'reportedBy'>): Check {
  const title = 'Convey received the event';
  if (primary === undefined)
    return { title, answer: 'yes', message: 'The record of the event was removed, so no details are available.' };
  const others =
    duplicates.length === 0
      ? ''
      : duplicates.length === 1
        ? ', and one duplicate report was merged'
        : `, and ${duplicates.length} duplicate reports were merged`;
  return { title, answer: 'yes', message: `Reported by ${reportedBy}${others}.` };
}

/** Checks the connection while the event waits for it. */
function checkConnection(history: DeliveryHistory, { troubleshooting: slug, connectionSections }: CheckTexts): readonly Check[] {
  if (!isPending(history) || history.outcome === 'awaiting-verdict') return [];
  const title = 'The connection is delivering';
  const { health, says } = history.connection;
  if (health === 'healthy') return [{ title, answer: 'yes', message: says }];
  if (health === 'unconfirmed') return [{ title, answer: 'unseen', message: says }];
  const hash = connectionSections.find(({ pattern }) => pattern.test(says))?.hash;
  return [{ title, answer: 'no', message: says, guide: { slug, ...(hash !== undefined && { hash }) } }];
}

function checkSent(history: DeliveryHistory, texts: CheckTexts): Check {
  const { platform, troubleshooting: slug, skipSections, findIssueSection } = texts;
  const { outcome, says, issues, upload } = history;
  const title = `${platform} accepted the event`;
  if (upload === 'uploaded') return { title: `${platform} has the upload of the purchase`, answer: 'yes', message: says };
  if (upload !== undefined) return { title, answer: upload === 'waiting' ? 'wait' : 'no', message: says };
  if (outcome === 'delivered') return { title, answer: 'yes', message: `${platform} confirmed the event.` };
  if (outcome === 'awaiting-verdict') return { title, answer: 'wait', message: says };
  if (outcome === 'unverified') return { title, answer: 'unseen', message: says };
  if (outcome === 'retracted') return { title: `${platform} does not count the order`, answer: 'yes', message: says };
  if (isAdjustedOutcome(outcome)) return { title: `${platform} has the refund`, answer: 'yes', message: says };
  if (isPending(history)) return { title, answer: 'wait', message: says, guide: { slug, hash: 'not-delivered-yet' } };
  if (outcome === 'awaiting-purchase' || outcome === 'awaiting-upload')
    return { title: `${platform} has the refund`, answer: 'wait', message: says };
  if (outcome === 'dead') {
    const isLate = issues.some(({ code }) => code === 'too-old' || code === 'expired');
    const reasons = issues.map(({ message }) => message).join(' ');
    const section = issues.map(({ code }) => findIssueSection?.(code)).find((found) => found !== undefined);
    return {
      title,
      answer: 'no',
      message: reasons === '' ? says : reasons,
      guide: toGuide(slug, isLate ? 'expired' : (section ?? 'rejected')),
    };
  }
  const hash = Object.hasOwn(skipSections, outcome) ? skipSections[outcome] : undefined;
  const guide = hash === undefined ? {} : { guide: { slug, hash } };
  if (isSkipReason(outcome)) return { title: `Not sent to ${platform}, on purpose`, answer: 'skip', message: says, ...guide };
  return { title, answer: 'no', message: says, ...guide };
}

function toGuide(slug: string, section: string): NonNullable<Check['guide']> {
  const mark = section.indexOf('#');
  return mark < 0 ? { slug, hash: section } : { slug: section.slice(0, mark), hash: section.slice(mark + 1) };
}

/** Checks whether the platform accepted a delivered event without remarks. */
function checkFields({ issues: all }: DeliveryHistory, { platform, troubleshooting: slug }: CheckTexts): Check {
  const title = `${platform} accepted all fields`;
  const issues = all.filter(({ code }) => code !== reducedByRefundCode);
  if (issues.length === 0)
    return { title, answer: 'yes', message: `${platform} reported no problem with the fields that were sent.` };
  const fields = [...new Set(issues.map(({ field }) => field))].filter((field) => field !== '').join(', ');
  return {
    title,
    answer: 'no',
    message: `The event counts, but there were issues with ${fields === '' ? 'it' : fields}. ${platform} may need these fields to match the event.`,
    guide: { slug, hash: 'delivered-with-a-warning' },
  };
}

/** Returns the payload that the platform accepted; undefined if it is no longer stored, or does not fit the schema. */
export function readAccepted<P extends z.ZodType>(history: DeliveryHistory, schema: P): z.output<P> | undefined {
  return schema.safeParse(findDelivery(history)?.payload).data;
}

/** Returns the attempt that delivered the event. */
export function findDelivery({ attempts }: DeliveryHistory): DeliveryHistory['attempts'][number] | undefined {
  return attempts.findLast(({ result }) => result === 'delivered');
}
