import { isSafeMethod } from './csrf.ts';

/** Returns whether a request to the dashboard's port requires an owner. A viewer may read everything except accounts and exports. */
export function requiresOwner(method: string, path: string): boolean {
  return !isSafeMethod(method) || ownerPath.test(path);
}

const ownerPath = /^\/api\/(?:accounts|exports|sites\/[^/]+\/exports)(?:\/|$)/;
