import { Box, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { Children, type ReactNode } from 'react';
import { GuideAnchor } from '../../../../components/layout/GuideAnchor.tsx';
import { Panel } from '../../../../components/layout/Panel.tsx';

/** The numbered steps of a setup method, with its guide. */
export function MethodSteps({
  site,
  title,
  guide,
  children,
}: {
  readonly site: string;
  readonly title: string;
  readonly guide: { readonly slug: string; readonly title: string };
  readonly children: ReactNode;
}) {
  return (
    <Panel
      title={title}
      description={
        <>
          Each step is ready to copy. Details are in the{' '}
          <GuideAnchor site={site} guide={guide.slug}>
            guide: {guide.title}
          </GuideAnchor>
          .
        </>
      }
    >
      <Stack component="ol" gap="xl" m={0} p={0} style={{ listStyle: 'none' }}>
        {Children.toArray(children).map((step, at) => (
          // Steps have no identity of their own, and their order does not change.
          <Group component="li" key={`${at + 1}`} gap="md" wrap="nowrap" align="flex-start">
            <ThemeIcon size={26} radius="xl" variant="light" aria-hidden>
              {at + 1}
            </ThemeIcon>
            <Box miw={0} flex="1 1 0">
              {step}
            </Box>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}

export function SetupStep({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Stack gap="xs">
      <Title order={3} size="md">
        {title}
      </Title>
      {children}
    </Stack>
  );
}

/** The last step of a shop that reports orders by webhook. */
export function TestOrderStep() {
  return (
    <SetupStep title="Test it">
      <Text size="sm">
        Open the shop in a private window, accept the banner, and place a test order. The events appear at the top of this page. A
        test order proves the webhook, but is not sent to platforms. For a delivered purchase, pay a real order and cancel it.
      </Text>
    </SetupStep>
  );
}

/** Names of buttons and menus, in the order in which a person opens them. */
export function MenuPath({ path }: { readonly path: readonly string[] }) {
  return (
    <Text span inherit fw={600}>
      {path.join(' › ')}
    </Text>
  );
}
