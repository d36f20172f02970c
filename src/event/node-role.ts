/** The tasks of a gateway that shares its store with others. A gateway that is alone has all of them. */
export const nodeRoles = ['collect', 'deliver', 'admin'] as const;

/** `collect`: accepts events. `deliver`: runs sites. `admin`: serves the dashboard and the admin API. */
export type NodeRole = (typeof nodeRoles)[number];

/** Returns whether a gateway has no role but `collect`. It needs no secrets of destinations, and its database role may not read them. */
export function onlyCollects(roles: readonly NodeRole[]): boolean {
  return roles.every((role) => role === 'collect');
}
