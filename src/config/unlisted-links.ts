import { domainMatches, type Site } from '../event/site.ts';
import type { ConfigProblem } from './sites.ts';

/**
 * Finds domains of links that the site does not list: their pages are another site's, whose visitors are no visitors of this one. The paths
 * begin with `start`.
 */
export function findUnlistedLinks(
  { domains, capture }: Pick<Site, 'domains' | 'capture'>,
  start: string,
): readonly ConfigProblem[] {
  return (capture?.links ?? []).flatMap((link, index) =>
    domainMatches(domains, link)
      ? []
      : [
          {
            path: `${start}capture.links[${index}]`,
            message: "Must be among the site's `domains`, because visitors are known within one site. Add it there too.",
          },
        ],
  );
}
