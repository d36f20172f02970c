import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Offset } from '../../log/event-log.ts';
import type { OpenAttempt } from '../../ports/attempts.ts';

export function pack(text: string): Buffer {
  return deflateRawSync(text, { level: 1 });
}

export function unpack(packed: Uint8Array): string {
  return inflateRawSync(packed).toString();
}

/** Returns the lowest and the highest of packed offsets, by which their row is found. */
export function findEnds(offsets: readonly Offset[]): readonly [first: Offset, last: Offset] {
  let [first = '', last = ''] = [offsets[0], offsets[0]];
  for (const offset of offsets) {
    if (offset < first) first = offset;
    if (offset > last) last = offset;
  }
  return [first, last];
}

/** Packs what rules and refunds changed in each event; null if nothing was. */
export function packChanges({ offsets, rules, left }: Pick<OpenAttempt, 'offsets' | 'rules' | 'left'>): Buffer | null {
  if (!rules && !left) return null;
  const changes = offsets.map((_, index) => {
    const [applied, value] = [rules?.[index] ?? null, left?.[index] ?? null];
    return value === null ? applied : { ...(applied ?? { digest: '', effects: [] }), left: value };
  });
  return pack(JSON.stringify(changes));
}
