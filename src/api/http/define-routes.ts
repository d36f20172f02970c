import { z } from 'zod';
import type { Method, Route, RouteTable } from './route.ts';

type Defaulted = 'params' | 'body' | 'errors';

/** A route without what it does not have: no `params`, no `body`, no `errors` of its own. */
type RouteDefinition = Omit<Route, Defaulted> & Partial<Pick<Route, Defaulted>>;

/** The form of a table of routes, checked where the table is defined. */
export type RouteDefinitions = Readonly<Record<`${Method} /api${string}`, RouteDefinition>>;

const none = { params: z.strictObject({}), body: z.strictObject({}), errors: [] } as const;

type DefinedRoute<D> = D & Omit<typeof none, keyof D>;
type DefinedRoutes<T extends RouteDefinitions> = { readonly [K in keyof T]: DefinedRoute<T[K]> };

/** Completes the definitions of routes. */
export function defineRoutes<const T extends RouteDefinitions>(definitions: T): DefinedRoutes<T>;
export function defineRoutes(definitions: RouteDefinitions): RouteTable {
  return Object.fromEntries(Object.entries(definitions).map(([key, route]) => [key, { ...none, ...route }]));
}
