import type { Site } from '../event/site.ts';
import { Refusal } from './refusals.ts';

/** Makes handlers of routes that are about one site: they are given the site, or are not asked at all. */
export function ofSites(sites: () => readonly Site[]) {
  return <Asked extends { readonly site: string }, Body, Answer>(
    handle: (site: Site, asked: Asked, body: Body) => Promise<Answer>,
  ) =>
    async (asked: Asked, body: Body): Promise<Answer | Refusal<'no-such-site'>> => {
      const site = sites().find(({ id }) => id === asked.site);
      return site ? handle(site, asked, body) : new Refusal('no-such-site');
    };
}
