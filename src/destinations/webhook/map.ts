import type { EnrichedEvent } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { SkipReason } from '../../event/skip-reasons.ts';
import type { MapResult } from '../kit/destination.ts';
import { isSelected } from '../kit/mapping/event-names.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { compactFields } from './compact-json.ts';
import { type Payload, typeForm } from './payload.ts';
import type { Settings } from './settings.ts';

/** Maps an event to a message with the canonical event. The shopper's address and agent are left out unless the settings ask for them. */
export function map(event: EnrichedEvent, settings: Settings): MapResult<Payload> {
  const skip = getSkipReason(event, settings);
  if (skip !== undefined) return { skip, issues: [] };
  const type = `event.${event.name}`;
  if (!typeForm.test(type)) return { reject: [nameInvalid] };
  return { payload: { type, timestamp: new Date(event.time).toISOString(), data: toData(event, settings) }, issues: [] };
}

/** A denied event is never sent. A receiver that gets it could not forget it again. */
function getSkipReason({ name, reporter, consent }: EnrichedEvent, settings: Settings): SkipReason | undefined {
  if (consent.effective !== 'granted' || consent.stated === 'denied') return 'consent-denied';
  return isSelected(name, reporter, settings.events) ? undefined : 'filtered';
}

function toData(event: EnrichedEvent, settings: Settings): Payload['data'] {
  const { name, id, time, receivedAt, site, reporter, reporters, page, commerce, goal, properties } = event;
  return {
    name,
    id,
    time,
    receivedAt,
    site,
    source: reporter,
    sources: [...reporters],
    consent: toConsent(event),
    ...omitEmpty({
      identity: toIdentity(event),
      client: toClient(event, settings),
      page: compactFields(page),
      commerce: compactFields(commerce),
      goal: compactFields(goal),
      properties: compactFields(properties),
    }),
  };
}

function toConsent({ consent }: EnrichedEvent): Payload['data']['consent'] {
  const { stated, source, adUserData, adPersonalization } = consent;
  return {
    stated: stated === 'granted' ? stated : 'unknown',
    effective: 'granted',
    ...omitEmpty({ source, adUserData, adPersonalization }),
  };
}

/** Returns hashes, Convey's visitor id, and the platforms' own ids. The advertising ids of devices stay in Convey, also as hashes. */
function toIdentity({ identity }: EnrichedEvent): NonNullable<Payload['data']['identity']> {
  const { externalId, anonymousId, browserIds, clickIds } = identity;
  const { idfa: _idfa, gaid: _gaid, ...forms } = identity.forms;
  const clicks = Object.entries(clickIds).filter(([, { value }]) => value.trim() !== '');
  const browsers = Object.entries(browserIds ?? {}).filter(([, id]) => id.trim() !== '');
  return omitEmpty({
    forms,
    externalId,
    anonymousId,
    browserIds: Object.fromEntries(browsers),
    clickIds: Object.fromEntries(clicks),
  });
}

function toClient({ client }: EnrichedEvent, { include }: Settings): NonNullable<Payload['data']['client']> {
  const { country, ip, userAgent } = client;
  return omitEmpty({ country, ...(include.includes('client') && { ip, userAgent }) });
}

const nameInvalid: Issue = {
  field: 'name',
  code: 'name-invalid',
  message: 'The name is no event name: a letter, then up to 99 letters, digits or `_`. Correct it at its source.',
};
