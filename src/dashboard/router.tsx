import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { redirectPath } from '../api/client.ts';
import { NotFound, PageError } from './components/feedback/ErrorStates.tsx';
import { parseRangeSearch, type RangeSearch, rangeSearchKeys } from './data/range.ts';
import { eventIdSegment, formatSearch, parseSearch } from './data/search-params.ts';
import { parseActivitySearch } from './pages/activity/activity-search.ts';
import { parseConnectionSearch } from './pages/destinations/connection/connection-tab.ts';
import { parseEventSearch } from './pages/events/filters/event-search.ts';
import { parseIssueSearch } from './pages/issues/issue-search.ts';
import { parsePortfolioSearch } from './pages/overview/all-sites/portfolio-search.ts';
import { PaletteButton } from './pages/palette/PaletteButton.tsx';
import { parseSetupSearch } from './pages/sites/setup/setup-methods.ts';
import { Shell } from './shell/Shell.tsx';
import { SignedIn } from './shell/SignedIn.tsx';
import { SiteScope } from './shell/SiteScope.tsx';

/** The answer of a platform in the address to which it redirected. */
interface RedirectAnswer {
  readonly state?: string;
  readonly code?: string;
  readonly error?: string;
  readonly error_description?: string;
}

/** Reads the account link with which a form goes on. */
function parseLinkSearch({ link }: Readonly<Record<string, unknown>>): { readonly link?: string } {
  return typeof link === 'string' ? { link } : {};
}

/** The routes of all pages. A page's script is loaded when the page is first opened. */

function RootNotFound() {
  return (
    <main>
      <NotFound />
    </main>
  );
}

function Frame() {
  return <Shell search={<PaletteButton />} />;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: RootNotFound, errorComponent: PageError });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./pages/sign-in/SignIn.tsx'), 'SignIn'),
  validateSearch: ({ to }: Readonly<Record<string, unknown>>): { readonly to?: string } =>
    typeof to === 'string' && /^\/(?![/\\])/.test(to) ? { to } : {},
});
const setUp = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/sign-in/NewAccount.tsx'), 'FirstAccount'),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./pages/sign-in/NewAccount.tsx'), 'InvitedAccount'),
});

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: SignedIn });
/** Every page keeps the range of the page before, also one that does not show it. */
const shell = createRoute({
  getParentRoute: () => signedIn,
  id: 'shell',
  component: Frame,
  validateSearch: parseRangeSearch,
  search: { middlewares: [retainSearchParams<RangeSearch>([...rangeSearchKeys])] },
});
/** Shows the range in the header: for pages whose figures depend on it. */
const ranged = { hasRange: true } as const;

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  staticData: ranged,
  component: lazyRouteComponent(() => import('./pages/overview/Overview.tsx'), 'Overview'),
  validateSearch: parsePortfolioSearch,
});
const sites = createRoute({
  getParentRoute: () => shell,
  path: '/sites',
  component: lazyRouteComponent(() => import('./pages/sites/Sites.tsx'), 'Sites'),
});
const newSite = createRoute({
  getParentRoute: () => shell,
  path: '/sites/new',
  component: lazyRouteComponent(() => import('./pages/sites/NewSite.tsx'), 'NewSite'),
});
const issues = createRoute({
  getParentRoute: () => shell,
  path: '/issues',
  validateSearch: parseIssueSearch,
  component: lazyRouteComponent(() => import('./pages/issues/IssuesPage.tsx'), 'IssuesPage'),
});
const alerts = createRoute({
  getParentRoute: () => shell,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./pages/alerts/AlertsPage.tsx'), 'AlertsPage'),
});
const activity = createRoute({
  getParentRoute: () => shell,
  path: '/activity',
  staticData: ranged,
  validateSearch: parseActivitySearch,
  component: lazyRouteComponent(() => import('./pages/activity/ActivityPage.tsx'), 'ActivityPage'),
});
const runbooks = createRoute({
  getParentRoute: () => shell,
  path: '/runbooks',
  component: lazyRouteComponent(() => import('./pages/guides/RunbooksPage.tsx'), 'RunbooksPage'),
});
const accounts = createRoute({
  getParentRoute: () => shell,
  path: '/accounts',
  component: lazyRouteComponent(() => import('./pages/accounts/Accounts.tsx'), 'Accounts'),
});
const ownAccount = createRoute({
  getParentRoute: () => shell,
  path: '/account',
  component: lazyRouteComponent(() => import('./pages/accounts/OwnAccount.tsx'), 'OwnAccount'),
});

const connectAccount = createRoute({
  getParentRoute: () => shell,
  path: redirectPath,
  validateSearch: ({ state, code, error, error_description }: Readonly<Record<string, unknown>>): RedirectAnswer => ({
    ...(typeof state === 'string' && { state }),
    ...(typeof code === 'string' && { code }),
    ...(typeof error === 'string' && { error }),
    ...(typeof error_description === 'string' && { error_description }),
  }),
  component: lazyRouteComponent(() => import('./pages/connect-account/ConnectAccount.tsx'), 'ConnectAccount'),
});

/** Parent of all pages of one site. They read the site with `useSite()`. */
const site = createRoute({ getParentRoute: () => shell, path: '/sites/$site', component: SiteScope });
const setUpSite = createRoute({
  getParentRoute: () => site,
  path: '/',
  validateSearch: parseSetupSearch,
  component: lazyRouteComponent(() => import('./pages/sites/setup/SiteSetup.tsx'), 'SiteSetup'),
});
const settings = createRoute({
  getParentRoute: () => site,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/sites/settings/SiteSettings.tsx'), 'SiteSettings'),
});
const hook = createRoute({
  getParentRoute: () => site,
  path: '/hooks/$hook',
  component: lazyRouteComponent(() => import('./pages/sites/hooks/HookPage.tsx'), 'HookPage'),
});
const events = createRoute({
  getParentRoute: () => site,
  path: '/events',
  staticData: ranged,
  validateSearch: parseEventSearch,
  component: lazyRouteComponent(() => import('./pages/events/list/Events.tsx'), 'Events'),
});
const event = createRoute({
  getParentRoute: () => site,
  path: '/events/$event',
  params: {
    parse: ({ event }) => ({ event: eventIdSegment.read(event) }),
    stringify: ({ event }) => ({ event: eventIdSegment.write(event) }),
  },
  // The filters of the list, for the neighbours.
  validateSearch: parseEventSearch,
  component: lazyRouteComponent(() => import('./pages/events/timeline/EventPage.tsx'), 'EventPage'),
});
/** The address of the rejected events before they were a view of the events. */
const rejections = createRoute({
  getParentRoute: () => site,
  path: '/rejections',
  beforeLoad: ({ params: { site: id } }) => {
    throw redirect({ to: '/sites/$site/events', params: { site: id }, search: { rejected: 'any' }, replace: true });
  },
});
const destinations = createRoute({
  getParentRoute: () => site,
  path: '/destinations',
  component: lazyRouteComponent(() => import('./pages/destinations/Destinations.tsx'), 'Destinations'),
});
const newConnection = createRoute({
  getParentRoute: () => site,
  path: '/destinations/new',
  validateSearch: parseLinkSearch,
  component: lazyRouteComponent(() => import('./pages/destinations/NewConnection.tsx'), 'NewConnection'),
});
const connection = createRoute({
  getParentRoute: () => site,
  path: '/destinations/$connection',
  staticData: ranged,
  validateSearch: parseConnectionSearch,
  component: lazyRouteComponent(() => import('./pages/destinations/connection/ConnectionPage.tsx'), 'ConnectionPage'),
});
/** The address of connections as the pages name them. */
const connectionsAlias = createRoute({
  getParentRoute: () => site,
  path: '/connections/$',
  beforeLoad: ({ params: { site: id, _splat: rest = '' } }) => {
    throw redirect({ href: `/sites/${encodeURIComponent(id)}/destinations${rest === '' ? '' : `/${rest}`}`, replace: true });
  },
});
const quality = createRoute({
  getParentRoute: () => site,
  path: '/match-quality',
  staticData: ranged,
  component: lazyRouteComponent(() => import('./pages/match-quality/MatchQuality.tsx'), 'MatchQuality'),
});
const accuracy = createRoute({
  getParentRoute: () => site,
  path: '/accuracy',
  staticData: ranged,
  component: lazyRouteComponent(() => import('./pages/accuracy/AccuracyPage.tsx'), 'AccuracyPage'),
});
const rules = createRoute({
  getParentRoute: () => site,
  path: '/rules',
  staticData: ranged,
  component: lazyRouteComponent(() => import('./pages/rules/RulesPage.tsx'), 'RulesPage'),
});
const consent = createRoute({
  getParentRoute: () => site,
  path: '/consent',
  staticData: ranged,
  component: lazyRouteComponent(() => import('./pages/consent/ConsentPage.tsx'), 'ConsentPage'),
});
const privacy = createRoute({
  getParentRoute: () => site,
  path: '/privacy',
  component: lazyRouteComponent(() => import('./pages/privacy/PrivacyPage.tsx'), 'PrivacyPage'),
});
const guides = createRoute({
  getParentRoute: () => site,
  path: '/guides',
  component: lazyRouteComponent(() => import('./pages/guides/Guides.tsx'), 'Guides'),
});
const guide = createRoute({
  getParentRoute: () => site,
  path: '/guides/$guide',
  component: lazyRouteComponent(() => import('./pages/guides/GuidePage.tsx'), 'GuidePage'),
});

const siteRoutes = [
  setUpSite,
  settings,
  hook,
  events,
  event,
  rejections,
  destinations,
  newConnection,
  connection,
  connectionsAlias,
  quality,
  rules,
  accuracy,
  consent,
  privacy,
  guides,
  guide,
];
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setUp,
    invitation,
    signedIn.addChildren([
      shell.addChildren([
        overview,
        sites,
        newSite,
        issues,
        alerts,
        activity,
        runbooks,
        accounts,
        ownAccount,
        connectAccount,
        site.addChildren(siteRoutes),
      ]),
    ]),
  ]),
  parseSearch,
  stringifySearch: formatSearch,
  // A page that fails does not take the shell down.
  defaultErrorComponent: PageError,
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** Whether the header shows the range. */
    readonly hasRange?: boolean;
  }
}
