import type { ApiClient } from '../api/client.ts';
import { ConveyError } from '../errors.ts';

export const siteOption = ['-s, --site <id>', 'the site; optional if there is only one'] as const;

/** Returns the selected site, or else the only one. @throws ConveyError if there are several, or none. */
export async function selectSite(ask: ApiClient, { site }: { readonly site?: string }): Promise<string> {
  if (site !== undefined) return site;
  const [only, ...others] = (await ask('GET /api/status')).sites;
  if (!only || others.length > 0) throw new ConveyError('No site is selected', 'Use --site ID');
  return only.id;
}
