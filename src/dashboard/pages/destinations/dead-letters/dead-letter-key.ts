import type { DeadLetterView } from '../../../../api/client.ts';

/** What the gateway names a dead letter by: where it stands, or where the last of many stands. */
export function getDeadLetterKey(letter: DeadLetterView): string {
  return 'range' in letter ? letter.range.through : letter.offset;
}
