import { trialName } from '../../event/event-names.ts';
import type { HookReading } from '../hook-event.ts';
import type { Json } from '../json-fields.ts';

/** Session, invoice and subscription report the start of one trial, each under the same id. */
interface TrialStart {
  readonly subscription: string | undefined;
  readonly time: string | undefined;
  readonly user: Json;
  readonly rest: Json;
}

export function createTrialStart({ subscription, time, user, rest }: TrialStart): HookReading {
  if (subscription === undefined) return { ignored: 'Nothing was paid, and no subscription is named.' };
  const submission = { id: `trial-${subscription}`, name: trialName, time, user, ...rest };
  return { reports: [{ submission, payment: { subscription } }] };
}
