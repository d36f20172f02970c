import type { Context } from 'hono';
import { z } from 'zod';
import { type ErrorCode, errorBody } from '../errors.ts';
import type { Site } from '../event/site.ts';
import type { Eraser, ErasureRefused, ErasureReport } from '../retention/erase.ts';
import { type PersonKey, personKeys, readWanted } from '../retention/person.ts';

/** One key of a person, and whether only to tell what would go. */
export type ErasureRequest = Readonly<Partial<Record<PersonKey, string>>> & { readonly dryRun?: boolean };

export interface ErasureProgress {
  /** Records and requests that the running erasure has looked at; null where none runs. */
  readonly looked: number | null;
}

const longestBody = 16_384;
const text = z.string().optional();
const requestSchema = z.strictObject({
  email: text,
  phone: text,
  anonymousId: text,
  externalId: text,
  eventId: text,
  orderId: text,
  dryRun: z.boolean().optional(),
});

const refusals = {
  busy: { code: 'erasure-running', status: 409 },
  'no-room': { code: 'erasure-no-room', status: 507 },
  stopping: { code: 'erasure-stopped', status: 503 },
} as const satisfies Record<ErasureRefused, { code: ErrorCode; status: number }>;

/** `POST /api/sites/:site/erase`: the raw key is hashed at once, and nothing repeats it. */
export async function answerErase(site: Site, eraser: Eraser, c: Context): Promise<Response> {
  const { data } = requestSchema.safeParse(readJson(await c.req.text()));
  const given = personKeys.flatMap((key) => (data?.[key] === undefined ? [] : [[key, data[key]] as const]));
  const [only, ...others] = given;
  const wanted = only && others.length === 0 ? readWanted(...only, site.defaultCountry) : undefined;
  if (!wanted) return c.json(errorBody('person-key'), 400);
  const report = await eraser.erase(site, wanted, data?.dryRun ?? false);
  if (typeof report === 'object') return c.json(report satisfies ErasureReport);
  const { code, status } = refusals[report];
  return c.json(errorBody(code), status);
}

function readJson(body: string): unknown {
  try {
    return body.length > longestBody ? undefined : JSON.parse(body);
  } catch {
    return undefined;
  }
}
