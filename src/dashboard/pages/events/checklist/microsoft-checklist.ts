import type { ConnectionView, TimelineView } from '../../../../api/client.ts';
import { isPendingOutcome } from '../event-labels.ts';

type Delivery = TimelineView['connections'][number];

/** `unseen`: Convey cannot check it. `wait`: not yet. */
export type CheckResult = 'yes' | 'no' | 'wait' | 'unseen';

/** A condition for an event to count as a conversion. */
export interface ChecklistItem {
  readonly title: string;
  readonly answer: CheckResult;
  readonly message: string;
  /** A guide and its section. */
  readonly guide?: { readonly slug: string; readonly hash?: string };
}

export interface ChecklistInput {
  readonly timeline: TimelineView;
  readonly delivery: Delivery;
  /** Current status of the connection. Undefined until it is loaded. */
  readonly connection?: Pick<ConnectionView, 'health' | 'says'> | undefined;
  /** The UET tag to which the connection sends. */
  readonly tagId?: string | undefined;
  readonly now: number;
}

const dayMs = 86_400_000;

/** Checks why an event is not in Microsoft: the conditions of the troubleshooting guide, in order, as far as Convey can check them. */
export function checkMicrosoftConversion(input: ChecklistInput): readonly ChecklistItem[] {
  const before = [checkReceived(input), checkConnection(input), checkSent(input)].filter((check) => check !== undefined);
  if (input.delivery.outcome !== 'delivered') return before;
  const payload = findDeliveredPayload(input.delivery);
  return [
    ...before,
    checkFields(input.delivery),
    checkDayPassed(input),
    {
      title: 'The goal belongs to the tag',
      answer: 'unseen',
      message: `The event was sent to the UET tag${input.tagId === undefined ? ' in the setting `tagId`' : ` ${input.tagId}`}. Check in Microsoft Advertising that the goal uses this tag.`,
      guide: { slug: 'create-event-goals' },
    },
    checkAction(payload),
    {
      title: 'The goal is enabled in the account with the ads',
      answer: 'unseen',
      message:
        'Check that its status is Enabled and its scope includes the account with the ads. Goals without “Include in Conversions” appear only in the column All conv.',
      guide: noConversion,
    },
    checkClick(input.timeline, payload),
    {
      title: "The event is within the goal's conversion window",
      answer: 'unseen',
      message: 'A conversion counts only within the conversion window after the click.',
      guide: noConversion,
    },
    {
      title: 'The report includes the day of the click',
      answer: 'unseen',
      message:
        'Microsoft reports a conversion on the day of its click, not of the purchase. Extend the date range of the report.',
      guide: noConversion,
    },
    checkConsent(payload),
  ];
}

const linkTroubleshooting = (hash: string) => ({ slug: 'troubleshooting', hash });
const noConversion = linkTroubleshooting('delivered-but-no-conversion');

function checkReceived({ timeline: { event, copies } }: ChecklistInput): ChecklistItem {
  const title = 'Convey received the event';
  const [report = event] = event ? [event] : copies;
  if (!report) return { title, answer: 'no', message: 'The event was erased, so no details are available.' };
  const others =
    copies.length === 0
      ? ''
      : copies.length === 1
        ? ', and one duplicate report was merged'
        : `, and ${copies.length} duplicate reports were merged`;
  return { title, answer: 'yes', message: `Reported by the ${report.reporter}${others}.` };
}

/** Checks the connection while the event waits for it. */
function checkConnection({ connection, delivery }: ChecklistInput): ChecklistItem | undefined {
  if (!isPendingOutcome(delivery.outcome)) return undefined;
  const title = 'The destination is delivering';
  if (!connection) return { title, answer: 'unseen', message: 'The status of the destination is not available.' };
  if (connection.health === 'healthy') return { title, answer: 'yes', message: connection.says };
  const hash = /\b401\b/.test(connection.says)
    ? '401-token-refused'
    : /\b403\b/.test(connection.says)
      ? '403-access-refused'
      : 'the-connection-is-paused';
  return { title, answer: 'no', message: connection.says, guide: linkTroubleshooting(hash) };
}

const skipSections: Readonly<Record<string, string>> = {
  'consent-denied': 'skipped-consent-denied',
  'no-identifier': 'skipped-no-identifier',
  bot: 'skipped-bot',
  duplicate: 'skipped-duplicate',
  filtered: 'skipped-filtered',
  'browser-tag-sent-it': 'page-views-are-missing',
  'no-address': 'page-views-are-missing',
};

function checkSent({ delivery: { outcome, says, issues } }: ChecklistInput): ChecklistItem {
  const title = 'Microsoft accepted the event';
  if (outcome === 'delivered') return { title, answer: 'yes', message: 'Microsoft confirmed the event.' };
  if (isPendingOutcome(outcome)) return { title, answer: 'wait', message: says, guide: linkTroubleshooting('not-sent-yet') };
  if (outcome === 'dead') {
    const isLate = issues.some(({ code }) => code === 'too-old' || code === 'expired');
    const reasons = issues.map(({ message }) => message).join(' ');
    return {
      title,
      answer: 'no',
      message: reasons === '' ? says : reasons,
      guide: linkTroubleshooting(isLate ? 'expired' : 'rejected'),
    };
  }
  const place = Object.hasOwn(skipSections, outcome) ? skipSections[outcome] : undefined;
  return { title, answer: 'no', message: says, ...(place !== undefined && { guide: linkTroubleshooting(place) }) };
}

function checkFields({ issues }: Delivery): ChecklistItem {
  const title = 'Microsoft accepted all fields';
  if (issues.length === 0) return { title, answer: 'yes', message: 'No field was removed, changed or rejected.' };
  const fields = [...new Set(issues.map(({ field }) => field))].filter((field) => field !== '').join(', ');
  return {
    title,
    answer: 'no',
    message: `The event counts, but there were issues with ${fields === '' ? 'it' : fields}. Microsoft may need these fields to match the event.`,
    guide: linkTroubleshooting('delivered-with-a-warning'),
  };
}

function checkDayPassed({ delivery, now }: ChecklistInput): ChecklistItem {
  const title = '24 hours have passed';
  const at = delivery.attempts.findLast(({ result }) => result === 'delivered')?.startedAt;
  const isOld = at !== undefined && now - at >= dayMs;
  if (isOld)
    return {
      title,
      answer: 'yes',
      message: 'The event was sent more than 24 hours ago. The goal and the tag must be that old, too.',
      guide: noConversion,
    };
  return {
    title,
    answer: at === undefined ? 'unseen' : 'wait',
    message: 'Microsoft takes up to 24 hours to show a conversion, also after a goal or tag is created.',
    guide: noConversion,
  };
}

function checkAction(payload: Payload): ChecklistItem {
  const title = "The goal's Action equals the event name";
  const guide = { slug: 'create-event-goals' };
  if (payload.eventType === 'pageLoad' && payload.eventName === undefined)
    return {
      title,
      answer: 'unseen',
      message: 'A page view has no name. Destination URL goals count it, event goals do not.',
      guide,
    };
  const name = typeof payload.eventName === 'string' ? payload.eventName : undefined;
  if (name === undefined) return { title, answer: 'unseen', message: 'The payload is no longer stored.', guide };
  return {
    title,
    answer: 'unseen',
    message: `The Action must be exactly “${name}”, without a category, label or value that the event lacks.`,
    guide,
  };
}

function checkClick({ missing }: TimelineView, { userData }: Payload): ChecklistItem {
  const title = 'The event has a click ID';
  const guide = { slug: 'enable-click-id-tracking' };
  if (userData === undefined) return { title, answer: 'unseen', message: 'The payload is no longer stored.', guide };
  if ('msclkid' in userData) return { title, answer: 'yes', message: "The event was sent with Microsoft's click ID." };
  const reason = missing.find(({ key }) => key === 'msclkid');
  const why = reason ? ` ${reason.says} ${reason.remedy}` : '';
  return { title, answer: 'no', message: `The event was sent without a click ID.${why}`, guide };
}

function checkConsent({ adStorageConsent }: Payload): ChecklistItem {
  const title = 'The shopper consented';
  if (adStorageConsent === 'G') return { title, answer: 'yes', message: 'The event was sent with consent granted.' };
  if (adStorageConsent === 'D')
    return {
      title,
      answer: 'no',
      message: 'The event was sent with consent denied, so Microsoft does not use it for advertising.',
      guide: noConversion,
    };
  return { title, answer: 'unseen', message: 'The payload is no longer stored.' };
}

interface Payload {
  readonly eventType?: unknown;
  readonly eventName?: unknown;
  readonly adStorageConsent?: unknown;
  readonly userData?: object;
}

/** Returns the payload of the last successful delivery. Empty if it is no longer stored. */
function findDeliveredPayload({ attempts }: Delivery): Payload {
  const payload = attempts.findLast(({ result }) => result === 'delivered')?.payload;
  if (typeof payload !== 'object' || payload === null) return {};
  const { userData, ...rest }: Readonly<Record<string, unknown>> = { ...payload };
  return { ...rest, ...(typeof userData === 'object' && userData !== null && { userData }) };
}
