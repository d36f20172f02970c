import type { DeadLetterView } from '../../../api/client.ts';

/** What the gateway names a dead letter by: where it stands, or where the last of many stands. */
export function placeOf(letter: DeadLetterView): string {
  if ('range' in letter) return letter.range.through;
  return 'offset' in letter && typeof letter.offset === 'string' ? letter.offset : letter.eventId;
}
