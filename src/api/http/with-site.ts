import type { Site } from '../../event/site.ts';
import { ApiErrorResult } from './api-errors.ts';
import type { ApiCaller } from './handler.ts';

/** Creates a wrapper for handlers of one site's routes: it looks up the site, and returns `no-such-site` if there is none. */
export function withSite(sites: () => readonly Site[]) {
  return <Params extends { readonly site: string }, Body, Result>(
    handle: (site: Site, params: Params, body: Body, caller: ApiCaller) => Promise<Result>,
  ) =>
    async (params: Params, body: Body, caller: ApiCaller): Promise<Result | ApiErrorResult<'no-such-site'>> => {
      const site = sites().find(({ id }) => id === params.site);
      return site ? handle(site, params, body, caller) : new ApiErrorResult('no-such-site');
    };
}
