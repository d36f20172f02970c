import { describe, expect, it } from 'vitest';
import { requiresOwner } from './permissions.ts';

describe('requiresOwner', () => {
  it.each([
    ['GET', '/api/sites/shop/exports'],
    ['HEAD', '/api/sites/shop/exports/5b0c9d1e7f2a4c38'],
    ['GET', '/api/exports'],
    ['GET', '/api/accounts'],
    ['GET', '/api/accounts/ada'],
    ['POST', '/api/sites/shop/export'],
    ['POST', '/api/sites/shop/webhook-secrets'],
  ])('%s %s requires an owner', (method, path) => expect(requiresOwner(method, path)).toBe(true));

  it.each(['/api/sites', '/api/sites/exports', '/api/sites/exports/events', '/api/sites/shop/exported', '/api/exported'])(
    'GET %s does not require an owner',
    (path) => expect(requiresOwner('GET', path)).toBe(false),
  );
});
