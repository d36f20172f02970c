import { type Fields, isFields } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import { hashedKeys } from './event-schema.ts';
import { isListedName } from './listed-names.ts';
import { isHash } from './match-keys.ts';

/** A part of a processed event that was not used. */
export interface EventWarning {
  readonly field: string;
  readonly message: string;
}

export interface AcceptedEvent {
  /** Position in `data`. */
  readonly index: number;
  readonly event: Fields;
  readonly warnings: readonly EventWarning[];
}

/** The result of one event: it was processed, or the reason why it failed. */
export type Verdict = { readonly accepted: AcceptedEvent } | { readonly failed: string };

interface ValidateOptions {
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Returns whether the current fault rejects the event. */
  readonly rejects: (eventId: unknown) => boolean;
}

/** Judges one event that has the form of the schema. Assumption: all texts but that of a name, and of a hash. */
export function validate(event: Fields, index: number, { settings, now, rejects }: ValidateOptions): Verdict {
  const { event_name: name, event_time: time, event_id: id } = event;
  const ageSeconds = Math.floor(now / 1_000) - Number(time);
  if (rejects(id))
    return { failed: "The simulator's fault `reject` refuses the event on purpose. Retry the event after the fault ends." };
  if (settings.strict && !isListedName(name)) return { failed: `Invalid event_name: ${String(name)}.` };
  if (ageSeconds > settings.maxAgeSeconds)
    return { failed: `Invalid event_time: it is more than ${Math.round(settings.maxAgeSeconds / 86_400)} days ago.` };
  if (-ageSeconds > settings.maxFutureSeconds) return { failed: 'Invalid event_time: it is in the future.' };
  const person = isFields(event.user_data) ? event.user_data : {};
  const malformed = hashedKeys.filter((key) => person[key] !== undefined && ![person[key]].flat().every(isHash));
  const isUsable = (key: string) => person[key] !== undefined && !malformed.some((other) => other === key);
  const isEnough = isUsable('em') || isUsable('hashed_maids') || (isUsable('client_ip_address') && isUsable('client_user_agent'));
  const warnings = malformed.map((field) => ({ field, message: `'${field}' is not in sha256 hashed format` }));
  const [first] = warnings;
  if (!isEnough) return { failed: first?.message ?? 'The event has too little identity.' };
  return { accepted: { index, event, warnings } };
}
