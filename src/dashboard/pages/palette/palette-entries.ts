import type { SiteSettingsView } from '../../../api/client.ts';
import type { IconName } from '../../components/display/Icon.tsx';
import { splitWords } from './guide-search.ts';

/** An action on a connection that opens a dialog. */
export type PaletteAction = 'pause' | 'resume' | 'probe' | 'replay';

/** A page of the dashboard. */
export interface PageTarget {
  readonly to:
    | '/'
    | '/sites'
    | '/sites/new'
    | '/issues'
    | '/alerts'
    | '/activity'
    | '/account'
    | '/accounts'
    | '/sites/$site'
    | '/sites/$site/events'
    | '/sites/$site/events/$event'
    | '/sites/$site/rejections'
    | '/sites/$site/destinations'
    | '/sites/$site/destinations/new'
    | '/sites/$site/destinations/$connection'
    | '/sites/$site/rules'
    | '/sites/$site/match-quality'
    | '/sites/$site/accuracy'
    | '/sites/$site/consent'
    | '/sites/$site/privacy'
    | '/sites/$site/guides'
    | '/sites/$site/guides/$guide'
    | '/sites/$site/settings';
  readonly params?: Readonly<Record<string, string>>;
  readonly search?: Readonly<Record<string, unknown>>;
  readonly hash?: string;
}

/** The dialog of an action on one connection. */
export interface PaletteActionTarget {
  readonly action: PaletteAction;
  readonly site: string;
  readonly connection: string;
  /** The name of the connection. */
  readonly name: string;
}

/** An entry of the palette: it leads to a page, or opens the dialog of an action. */
export interface PaletteEntry {
  readonly id: string;
  readonly group: (typeof paletteGroups)[number];
  readonly label: string;
  readonly description?: string;
  readonly icon: IconName;
  readonly page?: PageTarget;
  readonly action?: PaletteActionTarget;
}

export const paletteGroups = ['Orders and events', 'Pages', 'Connections', 'Actions', 'Sites', 'Guides', 'Search'] as const;

/** The pages of a site. Another word for a page is in its description. */
const sitePages = [
  { to: '/sites/$site/events', label: 'Events', icon: 'pulse' },
  { to: '/sites/$site/rejections', label: 'Rejected events', icon: 'cross' },
  { to: '/sites/$site/destinations', label: 'Connections', icon: 'send' },
  { to: '/sites/$site/destinations/new', label: 'Add a connection', icon: 'plus', needs: 'owner' },
  { to: '/sites/$site/rules', label: 'Rules', icon: 'filter' },
  { to: '/sites/$site/match-quality', label: 'Match quality', icon: 'target' },
  { to: '/sites/$site/accuracy', label: 'Accuracy', icon: 'scale' },
  { to: '/sites/$site/consent', label: 'Consent', icon: 'shield' },
  { to: '/sites/$site/privacy', label: 'Privacy', icon: 'person', needs: 'owner' },
  { to: '/sites/$site/guides', label: 'Guides', icon: 'book' },
  { to: '/sites/$site', label: 'Setup', icon: 'list' },
  { to: '/sites/$site/settings', label: 'Site settings', icon: 'gear' },
] as const satisfies readonly {
  readonly to: PageTarget['to'];
  readonly label: string;
  readonly icon: IconName;
  readonly needs?: 'owner';
}[];

/** The pages over all sites. */
const gatewayPages = [
  { to: '/', label: 'Overview', icon: 'home' },
  { to: '/sites', label: 'Sites', icon: 'shop' },
  { to: '/issues', label: 'Issues', icon: 'warn' },
  { to: '/alerts', label: 'Alert settings', icon: 'bell' },
  { to: '/activity', label: 'Activity', icon: 'clock', needs: 'owner' },
  { to: '/account', label: 'Your account', icon: 'person' },
  { to: '/accounts', label: 'Accounts', icon: 'people', needs: 'owner' },
] as const satisfies readonly {
  readonly to: PageTarget['to'];
  readonly label: string;
  readonly icon: IconName;
  readonly needs?: 'owner';
}[];

/** The parts of a connection's state that decide its actions. */
interface ActionState {
  readonly site: string;
  readonly id: string;
  readonly health: string;
  readonly pausedSince?: number;
}

type PaletteSite = Pick<SiteSettingsView, 'id' | 'name' | 'connections'>;

/** The facts from which the entries are made. */
export interface PaletteFacts {
  readonly sites: readonly PaletteSite[];
  /** The site of the page. Undefined on a page over several sites. */
  readonly site: PaletteSite | undefined;
  /** The names of the site's connections, by id. */
  readonly names: Readonly<Record<string, string>>;
  /** The states of the connections; empty until loaded. */
  readonly states: readonly ActionState[];
  readonly isOwner: boolean;
  readonly isOwnerOfAny: boolean;
  readonly isEditor: boolean;
}

/** Returns the pages, connections, actions and sites that the account may open. */
export function listEntries({
  sites,
  site,
  names,
  states,
  isOwner,
  isOwnerOfAny,
  isEditor,
}: PaletteFacts): readonly PaletteEntry[] {
  const entries: PaletteEntry[] = [];
  if (site) {
    const description = sites.length > 1 ? site.name : undefined;
    for (const { to, label, icon, ...rest } of sitePages)
      if (!('needs' in rest) || isOwner)
        entries.push({
          id: to,
          group: 'Pages',
          label,
          icon,
          page: { to, params: { site: site.id } },
          ...(description !== undefined && { description }),
        });
    for (const { id } of site.connections) entries.push(toConnectionEntry(site.id, id, names[id] ?? id));
  }
  for (const { to, label, icon, ...rest } of gatewayPages)
    if (!('needs' in rest) || isOwnerOfAny) entries.push({ id: to, group: 'Pages', label, icon, page: { to } });
  if (site && isEditor)
    for (const state of states) if (state.site === site.id) entries.push(...listActions(state, names[state.id] ?? state.id));
  if (sites.length > 1)
    for (const one of sites)
      entries.push({
        id: `site ${one.id}`,
        group: 'Sites',
        label: one.name,
        description: one.id,
        icon: 'shop',
        page: { to: '/', search: { site: one.id } },
      });
  return entries;
}

function toConnectionEntry(site: string, connection: string, name: string): PaletteEntry {
  return {
    id: `connection ${connection}`,
    group: 'Connections',
    label: name,
    description: connection,
    icon: 'send',
    page: { to: '/sites/$site/destinations/$connection', params: { site, connection } },
  };
}

/** Returns the actions that a connection allows now. A disabled one allows none. */
function listActions({ site, id: connection, health, pausedSince }: ActionState, name: string): readonly PaletteEntry[] {
  if (health === 'disabled') return [];
  const texts = [
    pausedSince === undefined
      ? ({ action: 'pause', label: `Pause ${name}`, icon: 'pause' } as const)
      : ({ action: 'resume', label: `Resume ${name}`, icon: 'play' } as const),
    { action: 'probe', label: `Test ${name}`, icon: 'check' } as const,
    { action: 'replay', label: `Replay events to ${name}`, icon: 'again' } as const,
  ];
  return texts.map(({ action, label, icon }) => ({
    id: `${action} ${connection}`,
    group: 'Actions',
    label: `${label}…`,
    description: connection,
    icon,
    action: { action, site, connection, name },
  }));
}

/** Returns the entries that have all words of the query in their texts, those with its first word at the start of the label first. */
export function filterEntries(entries: readonly PaletteEntry[], query: string): readonly PaletteEntry[] {
  const words = splitWords(query);
  const [first = ''] = words;
  const rank = ({ label }: PaletteEntry) => (label.toLowerCase().startsWith(first) ? 0 : 1);
  return entries
    .filter(({ label, description = '' }) => {
      const text = `${label} ${description}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .toSorted((a, b) => rank(a) - rank(b));
}
