import { AppShell, Box, Burger, Group, ScrollArea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { AccountMenu } from './AccountMenu.tsx';
import { Brand } from './Brand.tsx';
import { Navigation } from './Navigation.tsx';
import { OutageAlert } from './OutageAlert.tsx';
import { RangePicker } from './RangePicker.tsx';
import { SchemeSwitch } from './SchemeSwitch.tsx';

/** The frame of all pages: header with the search, navigation and content. */
export function Shell({ search }: { readonly search: ReactNode }) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const hasRange = useMatches({ select: (matches) => matches.at(-1)?.staticData.hasRange ?? false });
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    close();
    // Screen reader and keyboard users start at the top of the new page.
    main.current?.focus();
  }, [pathname, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a className="skip" href="#main">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px={{ base: 'xs', sm: 'md' }} justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
            />
            <Link to="/" style={{ color: 'inherit', textDecoration: 'none' }} aria-label="Convey: overview">
              <Brand isShort />
            </Link>
          </Group>
          <Group gap={6} wrap="nowrap">
            {search}
            {hasRange && <RangePicker />}
            <SchemeSwitch />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label="Pages">
        <ScrollArea p="sm">
          <Navigation />
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main}>
        <Box maw={1400} mx="auto">
          <OutageAlert />
          <Outlet />
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
