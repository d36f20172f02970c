import { formatCount, formatDuration } from '../../event/format-numbers.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import { getConnectionPath } from '../conditions/verdict.ts';
import type { ConnectionConditionInput, LatePurchaseFacts, SiteFacts } from '../facts/facts.ts';
import { formatWorth } from '../facts/money.ts';
import type { SetupTexts } from './issue.ts';

type Named = readonly (readonly [kind: string, texts: SetupTexts])[];

/** A loss this soon is urgent, as that of events. */
const urgentMs = 2 * dayMs;

/** Finds the problems of connected accounts. Their connections go on sending events. */
export function detectAccountIssues({ site, connections, lostWhileDisabled }: SiteFacts, now: UnixMs): Named {
  return [
    ...connections.flatMap((one) => detectOfConnection(site, one, now)),
    ...lostWhileDisabled.map((one) => describeLoss(site, one)),
  ];
}

function detectOfConnection(site: string, { connection, name, account }: ConnectionConditionInput, now: UnixMs): Named {
  if (!account) return [];
  const { ended, unchecked, unsent, waiting, lost } = account;
  const path = getSettingsPath(site, connection);
  const settings = { label: 'See settings', path };
  const wait = waiting && describeWait(waiting, now);
  const found: [string, SetupTexts][] = [];
  if (ended) {
    const title = `${name} ended the access to the account`;
    const sentence = `${title}. ${ended.message} The connection keeps its token, but goals are not checked and refunds are not sent.`;
    const action = { label: 'Connect again', path };
    found.push([
      'account-ended',
      addWait({ severity: 'warning', title, sentence, action, connection, since: ended.since }, wait),
    ]);
  }
  if (unchecked && !ended) {
    const title = `The goals of ${name} cannot be checked`;
    const sentence = `${title}. ${unchecked.message}`;
    const action = { label: 'See goals', path };
    found.push(['goals-unchecked', { severity: 'warning', title, sentence, action, connection, since: unchecked.since }]);
  }
  if (unsent && !ended) {
    const { since, message } = unsent;
    const title = `Refunds and late purchases are not sent to ${name}`;
    const texts = { severity: 'warning', title, sentence: `${title}. ${message}`, action: settings, connection } as const;
    found.push(['refunds-unsent', addWait({ ...texts, ...(since !== undefined && { since }) }, wait)]);
  }
  return [...found, ...(lost ? [describeLoss(site, { connection, name, lost })] : [])];
}

const getSettingsPath = (site: string, connection: string) => `${getConnectionPath(site, connection)}?tab=settings`;

/** Describes the late purchases that a connection lost, enabled or not. */
function describeLoss(site: string, { connection, name, lost }: SiteFacts['lostWhileDisabled'][number]): Named[number] {
  const { purchases, money } = lost;
  const worth = formatWorthOf(lost);
  const title = `${formatCount(purchases, 'late purchase')} could not be uploaded to ${name} in time`;
  const sentence = `${title}${worth && `, worth ${worth}`}. Convey cannot upload ${purchases === 1 ? 'it' : 'them'} any more. Check why the connection or the access to its account stopped.`;
  const action = { label: 'See settings', path: getSettingsPath(site, connection) };
  return ['uploads-lost', { severity: 'warning', title, sentence, action, connection, events: purchases, money }];
}

interface Wait extends Pick<LatePurchaseFacts, 'purchases' | 'money' | 'losesAt'> {
  readonly sentence: string;
  readonly isUrgent: boolean;
}

function describeWait(waiting: LatePurchaseFacts, now: UnixMs): Wait {
  const { purchases, money, losesAt } = waiting;
  const worth = formatWorthOf(waiting);
  const left = losesAt - now;
  const end =
    left > 0 ? `The platform takes the oldest for ${formatDuration(left)} more` : 'The platform takes the oldest no more';
  const waits = purchases === 1 ? 'waits' : 'wait';
  return {
    ...{ purchases, money, losesAt, isUrgent: left < urgentMs },
    sentence: `${formatCount(purchases, 'late purchase')} ${waits} to be uploaded${worth && `, worth ${worth}`}. ${end}.`,
  };
}

/** Adds the late purchases that wait until a person acts. */
function addWait({ sentence = '', ...texts }: SetupTexts, wait: Wait | undefined): SetupTexts {
  if (!wait) return { ...texts, sentence };
  const { purchases: events, money, losesAt, isUrgent } = wait;
  return {
    ...texts,
    ...{ sentence: `${sentence} ${wait.sentence}`, events, money, losesAt },
    ...(isUrgent && { severity: 'urgent' }),
  };
}

function formatWorthOf({ money, isPartial }: Pick<LatePurchaseFacts, 'money' | 'isPartial'>): string {
  return formatWorth({ waiting: money, dead: [], ...(isPartial && { lacking: ['waiting'] }) }, 'waiting');
}
