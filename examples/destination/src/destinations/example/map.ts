import type { EnrichedEvent } from '../../event/event.ts';
import { secondMs } from '../../event/units.ts';
import type { MapResult } from '../kit/destination.ts';
import { omitEmpty } from '../kit/mapping/omit-empty.ts';
import { type Payload, payload } from './payload.ts';

/** @source https://ads.example/docs/events (2026-11-24). Example Ads documents no mode for denied events. */
export function map({ id, name, time, consent, identity }: EnrichedEvent): MapResult<Payload> {
  if (consent.effective !== 'granted' || consent.adUserData === 'denied') return { skip: 'consent-denied', issues: [] };
  const person = omitEmpty({
    email: identity.forms.emailPlain ?? identity.forms.emailGiven,
    visitor: payload.shape.visitor.safeParse(identity.anonymousId).data,
    click: identity.clickIds.exclid?.value,
  });
  if (Object.keys(person).length === 0) return { skip: 'no-identifier', issues: [] };
  return { payload: { event_id: id, event: name, at: Math.floor(time / secondMs), ...person }, issues: [] };
}
