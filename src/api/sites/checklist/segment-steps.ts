import { dayMs, type UnixMs } from '../../../event/units.ts';
import type { SiteNotices } from '../../../storage/ports/collector-notices.ts';
import type { StepView } from './schemas.ts';

/** A server that got a secret key is believed to use it after this time. */
const forgottenAfterMs = dayMs;

/** Returns the step against a public key on a server. Absent unless a server used one lately. */
export function segmentSteps(used: SiteNotices['publicKeyOnServer'], now: UnixMs): readonly StepView[] {
  if (!used || now - used.lastAt >= forgottenAfterMs) return [];
  return [
    {
      id: 'segment-secret-key',
      group: 'server',
      title: 'A secret key on the server',
      guide: 'guides/segment',
      state: 'problem',
      says: `A server sends messages of a Segment SDK with a public key. They count as a browser's: they have no address, share the limits of one network, and refund no order. Use a secret key as the write key there.`,
      at: used.lastAt,
    },
  ];
}
