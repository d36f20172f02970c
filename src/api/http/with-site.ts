import type { Site } from '../../event/site.ts';
import type { ApiCaller } from '../router.ts';
import { ApiErrorResult } from './api-errors.ts';

/** Makes handlers of routes that are about one site: they are given the site, or are not asked at all. */
export function withSite(sites: () => readonly Site[]) {
  return <Asked extends { readonly site: string }, Body, Answer>(
    handle: (site: Site, asked: Asked, body: Body, caller: ApiCaller) => Promise<Answer>,
  ) =>
    async (asked: Asked, body: Body, caller: ApiCaller): Promise<Answer | ApiErrorResult<'no-such-site'>> => {
      const site = sites().find(({ id }) => id === asked.site);
      return site ? handle(site, asked, body, caller) : new ApiErrorResult('no-such-site');
    };
}
