import type { ConnectionView, TimelineView } from '../../../../api/client.ts';
import { isPendingOutcome } from '../event-labels.ts';

type Delivery = TimelineView['connections'][number];

/** `unseen`: only the platform, or whoever set it up, can tell. `wait`: not yet. */
export type ChecklistAnswer = 'yes' | 'no' | 'wait' | 'unseen';

/** One thing that has to be so for an event to count there. */
export interface ChecklistItem {
  readonly title: string;
  readonly answer: ChecklistAnswer;
  readonly message: string;
  /** A page of the guides, and the place in it. */
  readonly guide?: { readonly slug: string; readonly hash?: string };
}

export interface ChecklistInput {
  readonly timeline: TimelineView;
  readonly delivery: Delivery;
  /** How the connection is doing, where that is known by now. */
  readonly connection?: Pick<ConnectionView, 'health' | 'says'> | undefined;
  /** The UET tag that the connection sends to. */
  readonly tagId?: string | undefined;
  readonly now: number;
}

const dayMs = 86_400_000;

/** Why the event is not in Microsoft: the list of the guide, in its order, held against this event as far as Convey can see. */
export function checkMicrosoftConversion(asked: ChecklistInput): readonly ChecklistItem[] {
  const before = [checkReceived(asked), checkConnection(asked), checkSent(asked)].filter((check) => check !== undefined);
  if (asked.delivery.outcome !== 'delivered') return before;
  const payload = findDeliveredPayload(asked.delivery);
  return [
    ...before,
    checkFields(asked.delivery),
    checkDayPassed(asked),
    {
      title: 'The goal belongs to the tag',
      answer: 'unseen',
      message: `The event went to the UET tag${asked.tagId === undefined ? ' that is the setting `tagId`' : ` ${asked.tagId}`}. Check in Microsoft Advertising that the goal is of this tag.`,
      guide: { slug: 'create-event-goals' },
    },
    checkAction(payload),
    {
      title: 'The goal is on, and in the account with the ads',
      answer: 'unseen',
      message:
        'Check that its status is Enabled and its scope is the account with the ads. Without “Include in Conversions” it stands in the column All conv. alone.',
      guide: noConversion,
    },
    checkClick(asked.timeline, payload),
    {
      title: "It came within the goal's conversion window",
      answer: 'unseen',
      message: 'A conversion counts only so long after its click as the goal says.',
      guide: noConversion,
    },
    {
      title: 'You look at the day of the click',
      answer: 'unseen',
      message:
        'Microsoft reports a conversion on the day of its click, not of the purchase: one of today may stand under last week.',
      guide: noConversion,
    },
    checkConsent(payload),
  ];
}

const linkTroubleshooting = (hash: string) => ({ slug: 'troubleshooting', hash });
const noConversion = linkTroubleshooting('delivered-but-no-conversion');

function checkReceived({ timeline: { event, copies } }: ChecklistInput): ChecklistItem {
  const title = 'Convey took the event';
  const [report = event] = event ? [event] : copies;
  if (!report) return { title, answer: 'no', message: "The event's data was erased, so it cannot be looked into any more." };
  const others =
    copies.length === 0 ? '' : copies.length === 1 ? ', and one copy was added' : `, and ${copies.length} copies were added`;
  return { title, answer: 'yes', message: `The ${report.reporter} told of it${others}.` };
}

/** What was delivered needs the connection no more; what was skipped never did. */
function checkConnection({ connection, delivery }: ChecklistInput): ChecklistItem | undefined {
  if (!isPendingOutcome(delivery.outcome)) return undefined;
  const title = 'The connection delivers';
  if (!connection) return { title, answer: 'unseen', message: 'How the connection is doing is not known here.' };
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
  const title = 'Convey sent it, and Microsoft accepted it';
  if (outcome === 'delivered') return { title, answer: 'yes', message: 'Microsoft answered that it took the event.' };
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
  const title = 'Every field was taken';
  if (issues.length === 0) return { title, answer: 'yes', message: 'Nothing was left out, changed or complained of.' };
  const fields = [...new Set(issues.map(({ field }) => field))].filter((field) => field !== '').join(', ');
  return {
    title,
    answer: 'no',
    message: `The event counts, but something was said of ${fields === '' ? 'it' : fields}. What is missing may be what Microsoft matches by.`,
    guide: linkTroubleshooting('delivered-with-a-warning'),
  };
}

function checkDayPassed({ delivery, now }: ChecklistInput): ChecklistItem {
  const title = 'A day has passed';
  const at = delivery.attempts.findLast(({ result }) => result === 'delivered')?.startedAt;
  const isOld = at !== undefined && now - at >= dayMs;
  if (isOld)
    return {
      title,
      answer: 'yes',
      message: 'It was sent more than 24 hours ago. The goal and the tag must be that old, too.',
      guide: noConversion,
    };
  return {
    title,
    answer: at === undefined ? 'unseen' : 'wait',
    message: 'Microsoft takes up to 24 hours to show a conversion, and as long after a goal or a tag was made.',
    guide: noConversion,
  };
}

function checkAction(payload: Payload): ChecklistItem {
  const title = "The goal's Action is the event's name";
  const guide = { slug: 'create-event-goals' };
  if (payload.eventType === 'pageLoad' && payload.eventName === undefined)
    return { title, answer: 'unseen', message: 'A page view has no name: goals by address count it, event goals do not.', guide };
  const name = typeof payload.eventName === 'string' ? payload.eventName : undefined;
  if (name === undefined) return { title, answer: 'unseen', message: 'What was sent is not kept any more.', guide };
  return {
    title,
    answer: 'unseen',
    message: `Its Action must be exactly “${name}”, with no category, label or value that the event lacks.`,
    guide,
  };
}

function checkClick({ missing }: TimelineView, { userData }: Payload): ChecklistItem {
  const title = 'An ad click led to it';
  const guide = { slug: 'enable-click-id-tracking' };
  if (userData === undefined) return { title, answer: 'unseen', message: 'What was sent is not kept any more.', guide };
  if ('msclkid' in userData) return { title, answer: 'yes', message: "It was sent with Microsoft's click id." };
  const reason = missing.find(({ key }) => key === 'msclkid');
  const why = reason ? ` ${reason.says} ${reason.remedy}` : '';
  return { title, answer: 'no', message: `It was sent without a click id.${why}`, guide };
}

function checkConsent({ adStorageConsent }: Payload): ChecklistItem {
  const title = 'The shopper consented';
  if (adStorageConsent === 'G') return { title, answer: 'yes', message: 'It was sent as granted.' };
  if (adStorageConsent === 'D')
    return {
      title,
      answer: 'no',
      message: 'It was sent as denied: Microsoft uses it for no advertising purpose.',
      guide: noConversion,
    };
  return { title, answer: 'unseen', message: 'What was sent is not kept any more.' };
}

interface Payload {
  readonly eventType?: unknown;
  readonly eventName?: unknown;
  readonly adStorageConsent?: unknown;
  readonly userData?: object;
}

/** As it was delivered last; empty where it is not kept. */
function findDeliveredPayload({ attempts }: Delivery): Payload {
  const payload = attempts.findLast(({ result }) => result === 'delivered')?.payload;
  if (typeof payload !== 'object' || payload === null) return {};
  const { userData, ...rest }: Readonly<Record<string, unknown>> = { ...payload };
  return { ...rest, ...(typeof userData === 'object' && userData !== null && { userData }) };
}
