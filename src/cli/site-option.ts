import type { ApiClient } from '../api/client.ts';
import { ConveyError, errors } from '../errors.ts';
import { sanitizeForTerminal } from './terminal-output.ts';

export const siteOption = ['-s, --site <id>', 'the site; optional if there is only one'] as const;

/** Returns the selected site, or else the only one. @throws ConveyError if there are several, or none. */
export async function selectSite(ask: ApiClient, { site }: { readonly site?: string }): Promise<string> {
  if (site !== undefined) return site;
  const [only, ...others] = (await ask('GET /api/status')).sites;
  if (!only || others.length > 0) throw new ConveyError('No site is selected', 'Use --site ID');
  return only.id;
}

/** Returns the ids of the sites that the options select: all without one. @throws ConveyError if there is none. */
export async function selectSites(
  ask: ApiClient,
  { site, connection }: { readonly site?: string | undefined; readonly connection?: string | undefined },
): Promise<readonly string[]> {
  const { sites } = await ask('GET /api/status');
  const named = sites.filter(({ id }) => site === undefined || id === site);
  if (site !== undefined && named.length === 0) throw new ConveyError(errors['no-such-site'].what, errors['no-such-site'].remedy);
  if (named.length === 0)
    throw new ConveyError('There is no site yet', 'Create one in the dashboard, or add one to the config file');
  const having = named.filter(({ connections }) => connection === undefined || connections.includes(connection));
  if (having.length > 0) return having.map(({ id }) => id);
  const known = [...new Set(named.flatMap(({ connections }) => connections))].map((id) => sanitizeForTerminal(id)).join(', ');
  throw new ConveyError(
    'No site has the connection of --connection',
    known === '' ? 'Add a connection first' : `Use one of these: ${known}`,
  );
}
