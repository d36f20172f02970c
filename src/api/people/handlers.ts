import type { Site } from '../../event/site.ts';
import type { ExportFiles } from '../../privacy/export-files.ts';
import { type PersonQuery, parsePersonKey, personKeys } from '../../privacy/person-query.ts';
import type { PersonErrorCode, PrivacyRequests } from '../../privacy/privacy-requests.ts';
import { listPermitted } from '../auth/permissions.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
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
      if (!query) return new ApiErrorResult('person-key');
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
      if (!query) return new ApiErrorResult('person-key');
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

/** Returns the query for the person of a body, or `undefined` unless the body has exactly one key. The raw key is hashed immediately. */
function parsePersonQuery(site: Site, person: ExportRequest): PersonQuery | undefined {
  const keys = personKeys.flatMap((key) => (person[key] === undefined ? [] : [[key, person[key]] as const]));
  const [only, ...others] = keys;
  return only && others.length === 0 ? parsePersonKey(...only, site.defaultCountry) : undefined;
}
