import { Badge, Select, Stack, Text } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { useLocation, useMatchRoute, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Icon, type IconName } from '../components/display/Icon.tsx';
import { countSeverity, getSeverityStyle } from '../components/display/severity-styles.ts';
import { RouterNavLink } from '../components/layout/router-links.tsx';
import { useHasRole, useOwnedSites, useSites } from '../data/queries.ts';
import { selectOpen, useIssues } from '../data/use-issues.ts';
import { useShownSite } from '../data/use-range.ts';

/** Shows how many open issues have the worst severity, in its colour and with its name. Shows nothing if none is open. */
function OpenIssueBadge() {
  const { data } = useIssues();
  const open = selectOpen(data ?? []);
  const [worst] = open;
  if (!worst) return null;
  const { severity } = worst;
  return (
    <Badge color={getSeverityStyle(severity).color} size="sm">
      {countSeverity(severity, open.filter((one) => one.severity === severity).length)}
    </Badge>
  );
}

/** The pages of a site, in the order of a first setup. */
const pages = [
  { to: '/sites/$site', label: 'Setup', icon: 'list', exact: true },
  { to: '/sites/$site/events', label: 'Events', icon: 'pulse', exact: false },
  { to: '/sites/$site/destinations', label: 'Connections', icon: 'send', exact: false },
  { to: '/sites/$site/rules', label: 'Rules', icon: 'filter', exact: false },
  { to: '/sites/$site/match-quality', label: 'Quality', icon: 'target', exact: false },
  { to: '/sites/$site/privacy', label: 'Privacy', icon: 'person', exact: false },
  { to: '/sites/$site/guides', label: 'Guides', icon: 'book', exact: false },
  { to: '/sites/$site/settings', label: 'Site settings', icon: 'gear', exact: false },
] as const satisfies readonly { readonly icon: IconName; readonly [more: string]: unknown }[];

/** Pages that are tabs of a page in the menu. */
const tabs = [
  { to: '/sites/$site/accuracy', of: '/sites/$site/match-quality' },
  { to: '/sites/$site/consent', of: '/sites/$site/match-quality' },
] as const;

/**
 * Returns the page of a site to open for another site: the same one, or the list if the page shows one event or connection. Undefined on a
 * page over several sites.
 */
function findPage(pathname: string) {
  const [, root, id, name] = pathname.split('/');
  if (root !== 'sites' || id === undefined || id === 'new') return undefined;
  return [...pages, ...tabs].find(({ to }) => to.split('/')[3] === name)?.to ?? '/sites/$site';
}

/** Returns the site whose pages the menu has: that of the page, else the last one that was shown, else the first. */
function useMenuSite() {
  const { data: sites = [] } = useSites();
  const shown = useShownSite();
  const [last, setLast] = useSessionStorage<string>({ key: 'convey-site', defaultValue: '', getInitialValueInEffect: false });
  const id = shown?.id;
  useEffect(() => {
    if (id !== undefined) setLast(id);
  }, [id, setLast]);
  return shown ?? sites.find((one) => one.id === last) ?? sites[0];
}

export function Navigation() {
  const { data: sites = [] } = useSites();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const matchRoute = useMatchRoute();
  const openTab = tabs.find(({ to }) => matchRoute({ to }) !== false);
  const site = useMenuSite();
  const openSite = (id: string) => {
    const page = findPage(pathname);
    if (page) return navigate({ to: page, params: { site: id } });
    return navigate({ to: pathname === '/issues' || pathname === '/activity' ? pathname : '/', search: { site: id } });
  };
  // Only owners can use the page.
  const isOwner = useHasRole('owner', site?.id);
  const { isOwner: isAnyOwner } = useOwnedSites();
  return (
    <Stack gap={2}>
      <RouterNavLink
        to="/"
        activeOptions={{ exact: true, includeSearch: false }}
        label="Overview"
        leftSection={<Icon name="home" />}
      />
      <RouterNavLink to="/sites" activeOptions={{ exact: true }} label="Sites" leftSection={<Icon name="shop" />} />
      <RouterNavLink
        to="/issues"
        activeOptions={{ includeSearch: false }}
        label="Issues"
        leftSection={<Icon name="warn" />}
        rightSection={<OpenIssueBadge />}
      />
      <RouterNavLink to="/alerts" activeOptions={{ exact: true }} label="Alert settings" leftSection={<Icon name="bell" />} />
      {isAnyOwner && (
        <RouterNavLink
          to="/activity"
          activeOptions={{ includeSearch: false }}
          label="Activity"
          leftSection={<Icon name="clock" />}
        />
      )}
      {site && (
        <Stack gap={2} mt="md">
          {sites.length > 1 ? (
            <Select
              aria-label="Site"
              data={sites.map(({ id, name }) => ({ value: id, label: name }))}
              value={site.id}
              onChange={(id) => id !== null && void openSite(id)}
              allowDeselect={false}
              searchable={sites.length > 8}
              mb={4}
            />
          ) : (
            <Text size="xs" fw={600} c="dimmed" px="sm" pb={4} truncate title={site.name}>
              {site.name}
            </Text>
          )}
          {pages
            .filter(({ to }) => isOwner || to !== '/sites/$site/privacy')
            .map(({ to, label, icon, exact }) => (
              <RouterNavLink
                key={to}
                to={to}
                params={{ site: site.id }}
                activeOptions={{ exact, includeSearch: false }}
                label={label}
                {...(to === openTab?.of && { active: true })}
                leftSection={<Icon name={icon} />}
              />
            ))}
        </Stack>
      )}
    </Stack>
  );
}
