import type { DeadLetterView } from '../../../../api/client.ts';

/** Returns the offset that identifies a dead letter in the API. For a range it is the offset of its last event. */
export function getDeadLetterKey(letter: DeadLetterView): string {
  return 'range' in letter ? letter.range.through : letter.offset;
}
