/**
 * A consumer of the event log: `identity:<site>` or `<site>/<connection>`. `site:<site>` names all consumers of a site,
 * `privacy:<site>` the requests about its people, `goals:` the making of goals at platforms, and `customer:<platform> <customer>` the calls for a
 * customer of a platform.
 */
export type ConsumerId = string;

export const identityPrefix = 'identity:';
const sitePrefix = 'site:';
const privacyPrefix = 'privacy:';
const goalsPrefix = 'goals:';
const customerPrefix = 'customer:';

/** Returns the id of a connection's consumer. */
export function formatConsumerId(site: string, connection: string): ConsumerId {
  return `${site}/${connection}`;
}

/** Returns the id of a site's identity consumer. */
export function identityConsumerId(site: string): ConsumerId {
  return `${identityPrefix}${site}`;
}

/** Returns the id of the lease under which one process runs all consumers of a site. */
export function siteLeaseId(site: string): ConsumerId {
  return `${sitePrefix}${site}`;
}

/** Returns whether a lease is that of a whole site. */
export function isSiteLease(id: ConsumerId): boolean {
  return id.startsWith(sitePrefix);
}

/** Returns the id of the lease under which one process runs requests about a site's people. */
export function privacyLeaseId(site: string): ConsumerId {
  return `${privacyPrefix}${site}`;
}

/** The id of the lease under which one process makes goals at platforms. It belongs to no site. */
export const goalsLeaseId: ConsumerId = goalsPrefix;

/** Returns the id of the lease under which one process calls a platform for one of its customers. It belongs to no site. */
export function customerLeaseId(platform: string, customer: string): ConsumerId {
  return `${customerPrefix}${platform} ${customer}`;
}

/** Returns whether a lease is held beside those of a site's consumers, in any process. */
export function isHeldBeside(id: ConsumerId): boolean {
  return [privacyPrefix, goalsPrefix, customerPrefix].some((prefix) => id.startsWith(prefix));
}

/** Returns the bounds of the ids of a site's connection consumers: from the first, inclusive, to the second, exclusive. */
export function connectionConsumerRange(site: string): readonly [from: ConsumerId, before: ConsumerId] {
  return [`${site}/`, `${site}0`];
}

/** Returns the site and, unless `id` is that of a whole site, the connection. */
export function parseConsumerId(id: ConsumerId): { readonly site: string; readonly connection?: string } {
  if (id.startsWith(customerPrefix)) return { site: '' };
  for (const prefix of [identityPrefix, sitePrefix, privacyPrefix, goalsPrefix])
    if (id.startsWith(prefix)) return { site: id.slice(prefix.length) };
  const [site = '', connection = ''] = id.split('/');
  return { site, connection };
}
