import type { Site } from '../../event/site.ts';
import type { ExportFiles } from '../../privacy/export-files.ts';
import { type PersonKey, type PersonQuery, parsePersonKey, personKeys } from '../../privacy/person-query.ts';
import type { PersonErrorCode, PrivacyRequests } from '../../privacy/privacy-requests.ts';
import { listPermitted } from '../auth/permissions.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { withSite } from '../http/with-site.ts';
import type { ExportRequest } from './parameters.ts';
import type { peopleRoutes } from './routes.ts';

export interface PeopleDeps {
  readonly sites: () => readonly Site[];
  readonly people: PrivacyRequests;
  readonly exports: ExportFiles;
}

const errorCodes = {
  busy: 'erasure-running',
  stopping: 'erasure-stopped',
} as const satisfies Record<PersonErrorCode, string>;

export function createPeopleHandlers({ sites, people, exports }: PeopleDeps): RouteHandlers<typeof peopleRoutes> {
  const forSite = withSite(sites);
  return {
    'POST /api/sites/:site/erase': forSite(async (site, _, { dryRun = false, ...person }) => {
      const query = parsePersonQuery(site, person);
      if (query instanceof ApiErrorResult) return query;
      const report = await people.erase(site, query, dryRun);
      return typeof report === 'object' ? report : new ApiErrorResult(errorCodes[report]);
    }),

    'GET /api/sites/:site/erase': forSite(async (site) => ({
      looked: people.countScanned(site) ?? null,
      unfinished: await people.hasUnfinished(site.id),
    })),

    'POST /api/sites/:site/visitors/drop': forSite(async ({ id }, _, { anonymousId, largerThan, dryRun = false }) => {
      const selection = anonymousId === undefined ? { largerThan: largerThan ?? 0 } : { visitor: anonymousId };
      const dropped = await people.drop(id, selection, dryRun);
      return dropped === 'stopping' ? new ApiErrorResult(errorCodes.stopping) : { dryRun, ...dropped };
    }),

    'POST /api/sites/:site/export': forSite(async (site, _, person) => {
      const query = parsePersonQuery(site, person);
      if (query instanceof ApiErrorResult) return query;
      const file = await people.export(site, query, 'operator');
      return typeof file === 'object' ? file : new ApiErrorResult(errorCodes[file]);
    }),

    'GET /api/exports': async (_params, _body, { access }) => {
      const counts = await exports.askedByShops();
      return listPermitted(access, 'owner', sites(), ({ id }) => id).flatMap(({ id }) => {
        const files = counts.get(id);
        return files === undefined ? [] : [{ site: id, files }];
      });
    },

    'GET /api/sites/:site/exports': forSite(async ({ id }) => exports.list(id)),

    'GET /api/sites/:site/exports/:export': forSite(
      async ({ id }, asked) => (await exports.read(id, asked.export)) ?? new ApiErrorResult('no-such-export'),
    ),

    'DELETE /api/sites/:site/exports/:export': forSite(async ({ id }, asked) =>
      (await exports.remove(id, asked.export)) ? { ok: true } : new ApiErrorResult('no-such-export'),
    ),
  };
}

/** The rules of the keys. They complete "must be". */
const keyRules = {
  email: 'an e-mail address, or its SHA-256',
  phone:
    'a phone number that begins with `+` and the country code, or without it if the site has a `defaultCountry`, or its SHA-256',
  anonymousId: 'the id of a visitor',
  externalId: 'the id of a customer of the shop, or its SHA-256',
  eventId: 'the id of an event',
  orderId: 'the id of an order',
} as const satisfies Record<PersonKey, string>;

/** Returns the query for the person of a body, or an error unless the body has exactly one key, which is valid. Hashes the raw key immediately. */
function parsePersonQuery(site: Site, person: ExportRequest): PersonQuery | ApiErrorResult<'person-key'> {
  const keys = personKeys.flatMap((key) => (person[key] === undefined ? [] : [[key, person[key]] as const]));
  const [only, ...others] = keys;
  if (!only || others.length > 0) return new ApiErrorResult('person-key');
  const [key] = only;
  return (
    parsePersonKey(...only, site.defaultCountry) ??
    new ApiErrorResult('person-key', [createParameterIssue(key, keyRules[key], 'Correct it.')])
  );
}
