import type { SiteSetup } from '../facts/facts.ts';
import type { SetupTexts } from './issue.ts';

/** Finds the secret keys that a page has used. Each is an issue until an owner trusts it again, or removes it. */
export function detectDistrustedKeys(site: string, { distrustedKeys = [] }: SiteSetup): readonly SetupTexts[] {
  return distrustedKeys.map(({ id, name, since }) => ({
    severity: 'urgent',
    title: 'A page uses a secret key',
    sentence: `A request from a browser had the ${name} (${id}). Its requests now count as a browser's: they refund no order, and their address and agent are not read.`,
    remedy: `Remove the key from the page and replace it. If it is only on your server, an owner trusts it again: \`convey keys trust ${site} ${id}\`.`,
    action: { label: 'Review the key', path: `/sites/${site}/settings` },
    since,
    part: id,
  }));
}
