import { isSafeMethod } from './csrf.ts';

/**
 * Whether a request to the dashboard's port is an owner's alone: a viewer may look at everything but the accounts and what waits to be
 * handed to a person, and change nothing.
 */
export function requiresOwner(method: string, path: string): boolean {
  return !isSafeMethod(method) || ownersPath.test(path);
}

const ownersPath = /^\/api\/(?:accounts|exports|sites\/[^/]+\/exports)(?:\/|$)/;
