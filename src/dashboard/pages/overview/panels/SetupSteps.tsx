import { Box, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterButton } from '../../../components/layout/router-links.tsx';
import { useHasRole } from '../../../data/queries.ts';

interface SetupStepsProps {
  /** The site that is set up. Undefined if there is none yet. */
  readonly site?: { readonly id: string; readonly hasConnection: boolean };
}

/** Leads from an empty gateway to the first conversion. */
export function SetupSteps({ site }: SetupStepsProps) {
  const isOwner = useHasRole('owner');
  const isEditor = useHasRole('editor');
  return (
    <Panel title="Set up your first conversion">
      <Stack component="ol" gap="lg" m={0} p={0} style={{ listStyle: 'none' }}>
        <Step
          number={1}
          title="Add a site"
          isDone={site !== undefined}
          isCurrent={site === undefined}
          text="Enter the name and the domains of your shop. Convey makes its ID from the name, and you can change it until you add the site."
        >
          {!site && (
            <RouterButton to="/sites/new" disabled={!isOwner}>
              Add site
            </RouterButton>
          )}
        </Step>
        <Step
          number={2}
          title="Send the first event"
          isCurrent={site !== undefined}
          text="Choose how your shop sends events: Shopify, WooCommerce, Google Tag Manager, a tag in the page, or your server. The setup page waits for the first event."
        >
          {site && (
            <RouterButton to="/sites/$site" params={{ site: site.id }}>
              Open setup
            </RouterButton>
          )}
        </Step>
        <Step
          number={3}
          title="Connect an ad platform"
          isDone={site?.hasConnection ?? false}
          text="Enter the credential of the platform. Convey tests it before it sends anything."
        >
          {site && !site.hasConnection && (
            <RouterButton to="/sites/$site/destinations/new" params={{ site: site.id }} variant="default" disabled={!isEditor}>
              Add connection
            </RouterButton>
          )}
        </Step>
        <Step
          number={4}
          title="Check the first purchase"
          text="Place a test order. Its event page shows what was sent to each platform, and the response."
        />
      </Stack>
      {!isEditor && (
        <Text size="sm" c="dimmed" mt="md">
          Your account can only read. Ask an owner to set up the site.
        </Text>
      )}
    </Panel>
  );
}

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly isDone?: boolean;
  readonly isCurrent?: boolean;
  readonly children?: React.ReactNode;
}

function Step({ number, title, text, isDone = false, isCurrent = false, children }: StepProps) {
  return (
    <Group component="li" gap="md" wrap="nowrap" align="flex-start">
      <ThemeIcon color={isDone || isCurrent ? 'jade' : 'gray'} variant={isCurrent ? 'filled' : 'light'} size={32} radius="xl">
        {isDone ? <Icon name="check" size={16} /> : <span aria-hidden>{number}</span>}
      </ThemeIcon>
      <Box miw={0} maw="65ch">
        <Text fw={600}>
          {title}
          {isDone && (
            <Text span c="dimmed" fw={400}>
              {' '}
              (done)
            </Text>
          )}
        </Text>
        {!isDone && (
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        )}
        {children !== undefined && children !== false && <Box mt="sm">{children}</Box>}
      </Box>
    </Group>
  );
}
