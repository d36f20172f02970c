import { hkdfSync } from 'node:crypto';
import { ConveyError } from '../errors.ts';
import type { KeyRing } from './key-ring.ts';

const keyBytes = 32;

/**
 * Returns the keys of a site's link tokens, the current one first. They follow from the secrets key, which all gateways on a store share.
 * Empty if the file of the secrets key cannot be read or written: there are no tokens then.
 */
export function deriveLinkKeys(keys: KeyRing, site: string): readonly string[] {
  try {
    const present = keys.present();
    const all = [present, ...keys.earlier().filter(({ id }) => id !== present.id)];
    return all.map(({ key }) => Buffer.from(hkdfSync('sha256', key, '', `convey link ${site}`, keyBytes)).toString('base64url'));
  } catch (error) {
    if (error instanceof ConveyError) return [];
    throw error;
  }
}
