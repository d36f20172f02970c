import { accountLinkRoutes } from './account-links/routes.ts';
import { accuracyRoutes } from './accuracy/routes.ts';
import { activityRoutes } from './activity/routes.ts';
import { alertRoutes } from './alerts/routes.ts';
import { accountRoutes } from './auth/routes.ts';
import { connectionRoutes } from './connections/routes.ts';
import { consentRoutes } from './consent/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { gatewayRoutes } from './gateway/routes.ts';
import { hookRoutes } from './hooks/routes.ts';
import { listRoutes, type RouteBody, type RouteInput, type RouteResponse, type RouteTable } from './http/route.ts';
import { importRoutes } from './imports/routes.ts';
import { issueRoutes } from './issues/routes.ts';
import { peopleRoutes } from './people/routes.ts';
import { platformAccountRoutes } from './platform-accounts/routes.ts';
import { ruleRoutes } from './rules/routes.ts';
import { siteRoutes } from './sites/routes.ts';

/** Every route by its method and path. The router, the OpenAPI document, the reference page and the client derive from this table. */
export const routes = {
  ...siteRoutes,
  ...hookRoutes,
  ...ruleRoutes,
  ...accountLinkRoutes,
  ...platformAccountRoutes,
  ...connectionRoutes,
  ...accuracyRoutes,
  ...consentRoutes,
  ...issueRoutes,
  ...alertRoutes,
  ...activityRoutes,
  ...eventRoutes,
  ...importRoutes,
  ...peopleRoutes,
  ...accountRoutes,
  ...gatewayRoutes,
} as const satisfies RouteTable;

export type Routes = typeof routes;
export type RouteKey = keyof Routes;

export type ApiInput<K extends RouteKey> = RouteInput<Routes[K]>;
export type ApiBody<K extends RouteKey> = RouteBody<Routes[K]>;
export type ApiResponse<K extends RouteKey> = RouteResponse<Routes[K]>;

export const routeKeys: readonly RouteKey[] = listRoutes(routes).map(([key]) => key);
