import { formatDuration } from '../event/format-numbers.ts';
import type { UnixMs } from '../event/units.ts';
import type { Message } from './message.ts';

/** The titles of the messages that report the end of a condition. They complete the subject: a connection, a site or a channel. */
const titles: Readonly<Record<string, string>> = {
  paused: 'is no longer paused',
  retrying: 'is accepted by its platform again',
  'oldest-undelivered': 'has caught up',
  accuracy: 'accounts for enough orders again',
  'no-events': 'reports events again',
  'no-orders': 'reports orders again',
  'rejected-share': 'has few refused events again',
  'dead-letters': 'has fewer failed events',
  disk: 'has enough space again',
  'pixel-missing': 'has a pixel that reports again',
  'goal-missing': 'has a goal for orders',
  'goal-uncounted': 'has few accepted events without a goal',
  'consent-differs': 'has few contested denials again',
  'over-budget': 'has room in its daily budget again',
  'key-distrusted': 'has replaced the key, or trusts it again',
  'channel-failing': 'accepts messages again',
  'no-delivery': 'is delivered again',
};

/** Returns the texts of the message that reports the end of an alert. */
export function describeEnd(message: Message, now: UnixMs): Pick<Message, 'title' | 'sentence' | 'figures'> {
  const { on, title, since, isFound, isUrgent } = message;
  const ended =
    on === 'disk' && isUrgent ? 'Events are accepted again' : `${describeSubject(message)} ${titles[on] ?? 'is fine again'}`;
  const figures =
    since === undefined ? [] : [{ label: isFound ? 'Lasted at least' : 'Lasted', value: formatDuration(now - since) }];
  return { title: ended, sentence: `${ended}. Earlier message: ${title}.`, figures };
}

function describeSubject({ on, site, connection, title, subject }: Message): string {
  if (subject !== undefined) return subject;
  if (site !== undefined) return connection === undefined ? site : `${site}/${connection}`;
  if (on === 'no-delivery') return 'Every site';
  if (on === 'disk') return /^The disk(?: of .+?)?(?= is nearly full$)/.exec(title)?.[0] ?? 'The disk';
  return title.replace(/^Alerts (?:do|may) not reach the channel/, 'The alert channel');
}
