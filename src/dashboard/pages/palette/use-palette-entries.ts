import { useQuery } from '@tanstack/react-query';
import { useApiQuery, useHasRole, useOwnedSites, useSites } from '../../data/queries.ts';
import { nameConnections } from '../../data/use-destination.ts';
import { useShownSite } from '../../data/use-range.ts';
import { guides } from '../guides/guide-list.ts';
import { loadGuide } from '../guides/load-guide.ts';
import { indexGuide, searchGuides } from './guide-search.ts';
import { filterEntries, listEntries, type PaletteEntry } from './palette-entries.ts';

const mostEvents = 5;
const mostGuides = 8;

/** The entries that a query finds, and whether some of them are not loaded yet. */
export interface FoundEntries {
  readonly entries: readonly PaletteEntry[];
  readonly isSearching: boolean;
  /** Parts of the search that failed, as sentences. */
  readonly failures: readonly string[];
}

/** Finds orders, pages, connections, actions, sites and guides. */
export function usePaletteEntries(query: string): FoundEntries {
  const { data: sites = [] } = useSites();
  const site = useShownSite();
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  const names = nameConnections(site?.connections ?? [], destinations);
  const states = useApiQuery('GET /api/connections', {});
  const { isOwner: isOwnerOfAny } = useOwnedSites();
  const isOwner = useHasRole('owner', site?.id);
  const isEditor = useHasRole('editor', site?.id);
  const text = query.trim();
  const events = useApiQuery(
    'GET /api/sites/:site/events',
    { site: site?.id ?? '', text, limit: mostEvents },
    { enabled: site !== undefined && isOrderQuery(text) },
  );
  const index = useQuery({
    queryKey: ['guides'],
    queryFn: () => Promise.all(guides.map(async (guide) => indexGuide(guide, await loadGuide(guide.path)))),
    enabled: text.length >= 2,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const known = listEntries({ sites, site, names, states: states.data ?? [], isOwner, isOwnerOfAny, isEditor });
  // An event whose data was removed has no name to show.
  const found = (events.data?.events ?? []).flatMap((row) => ('gone' in row ? [] : [row]));
  return {
    entries: [
      ...(site && isOrderQuery(text)
        ? [
            ...found.map((row) => toEventEntry(site.id, row)),
            {
              id: 'search events',
              // An id has a digit. Other words are rather those of a page.
              group: /\d/.test(text) ? 'Orders and events' : 'Search',
              label: `Search events for “${text}”`,
              description: site.name,
              icon: 'search',
              page: { to: '/sites/$site/events', params: { site: site.id }, search: { text } },
            } as const,
          ]
        : []),
      ...(text === '' ? known.filter(({ group }) => group !== 'Actions' && group !== 'Sites') : filterEntries(known, text)),
      ...searchGuides(index.data ?? [], text, mostGuides).map(
        ({ slug, title, heading, hash }): PaletteEntry => ({
          id: `guide ${slug}`,
          group: 'Guides',
          label: title,
          ...(heading !== undefined && { description: heading }),
          icon: 'book',
          page: {
            to: '/sites/$site/guides/$guide',
            params: { site: site?.id ?? sites[0]?.id ?? '', guide: slug },
            ...(hash !== undefined && { hash }),
          },
        }),
      ),
    ],
    isSearching: events.isFetching || index.isFetching,
    failures: [
      ...(events.error ? ['Orders could not be searched. The gateway gave no answer.'] : []),
      ...(index.error ? ['Guides could not be loaded. Reload the page.'] : []),
    ],
  };
}

/** Ids of orders and events have at least two characters and no blank. */
function isOrderQuery(text: string): boolean {
  return /^\S{2,128}$/.test(text);
}

function toEventEntry(
  site: string,
  { id, name, commerce }: { readonly id: string; readonly name: string; readonly commerce?: { readonly orderId?: string } },
): PaletteEntry {
  return {
    id: `event ${id}`,
    group: 'Orders and events',
    label: commerce?.orderId === undefined ? `${name}, ${id}` : `${name}, order ${commerce.orderId}`,
    description: id,
    icon: 'pulse',
    page: { to: '/sites/$site/events/$event', params: { site, event: id } },
  };
}
