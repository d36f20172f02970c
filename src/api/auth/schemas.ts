import { z } from 'zod';
import { roles } from '../http/account-schema.ts';
import { listSchema, namedSchema, time } from '../http/schema-parts.ts';

const account = namedSchema(
  'Account',
  z.object({ name: z.string(), role: z.enum(roles), createdAt: time }).describe('An account of the dashboard.'),
);
export const accountsResponse = listSchema(account).describe('Sorted by name.');
