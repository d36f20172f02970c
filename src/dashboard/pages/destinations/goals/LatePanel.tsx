import { Alert, Button, Checkbox, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { LatePurchasesView } from '../../../../api/client.ts';
import { formatInteger, pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { PlatformFailure } from '../../../components/feedback/PlatformFailure.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';

interface LatePanelProps {
  readonly site: string;
  readonly connection: string;
  /** Whether the config file has the setting. */
  readonly isOfFile: boolean;
}

const refreshes = ['GET /api/sites/:site/connections/:connection/late-purchases', 'GET /api/sites', 'GET /api/activity'] as const;

/** The purchases that are too old for the platform's interface for events, and their goal. */
export function LatePanel({ site, connection, isOfFile }: LatePanelProps) {
  const late = useApiQuery(
    'GET /api/sites/:site/connections/:connection/late-purchases',
    { site, connection },
    { everyMs: 30_000 },
  );
  return (
    <Panel
      title="Late purchases"
      description="Uploads purchases that are older than the platform accepts as events, up to 90 days. The platform counts them in a goal of their own."
    >
      <QueryState query={late}>
        {(view) => <LatePurchases site={site} connection={connection} isOfFile={isOfFile} view={view} />}
      </QueryState>
    </Panel>
  );
}

function LatePurchases({ site, connection, isOfFile, view }: LatePanelProps & { readonly view: LatePurchasesView }) {
  const { state, message, goal } = view;
  const isOn = state !== 'off';
  const [asked, setAsked] = useState<'on' | 'off'>();
  const change = useApiMutation(
    (next: boolean) =>
      callApi('PUT /api/sites/:site/connections/:connection/late-purchases', { site, connection }, { isOn: next }),
    { refreshes, onDone: () => setAsked(undefined) },
  );
  return (
    <Stack gap="md">
      {isOfFile ? (
        !isOn && (
          <Text size="sm">
            <InlineCode text="To turn them on, set `latePurchases` to `on` in the config file." />
          </Text>
        )
      ) : (
        <RoleOnly needs="owner">
          {(isPermitted) => (
            <Checkbox
              label="Upload late purchases"
              checked={isOn}
              disabled={!isPermitted}
              onChange={({ currentTarget }) => setAsked(currentTarget.checked ? 'on' : 'off')}
            />
          )}
        </RoleOnly>
      )}
      {state === 'no-goal' ? (
        <Alert color="orange" icon={<Icon name="warn" />}>
          {message}
        </Alert>
      ) : (
        <Text size="sm">{message}</Text>
      )}
      {state === 'no-goal' && (
        <div>
          <RoleOnly needs="owner">
            {(isPermitted) => (
              <Button disabled={!isPermitted} onClick={() => setAsked('on')}>
                Make the goal
              </Button>
            )}
          </RoleOnly>
        </div>
      )}
      {state === 'resting' && goal && (
        <Text size="sm" c="dimmed">
          First upload <Timestamp at={goal.readyAt} as="until" />.
        </Text>
      )}
      {isOn && goal && !goal.isEnhanced && (
        <Text size="sm" c="dimmed">
          The goal compares click ids alone, so purchases without one are not uploaded. For hashed e-mail addresses and phone
          numbers, turn on enhanced conversions for the goal at the platform.
        </Text>
      )}
      <LateReport view={view} />
      <ConfirmDialog
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={asked === 'off' ? 'Turn off late purchases?' : 'Turn on late purchases?'}
        label={asked === 'off' ? 'Turn off' : goal ? 'Turn on' : 'Make the goal'}
        mutation={change}
        onConfirm={() => change.mutate(asked === 'on')}
      >
        {asked === 'off'
          ? 'Events older than seven days are rejected again when they are received. The goal stays at the platform.'
          : goal
            ? `Purchases are uploaded to the goal “${goal.name}”.`
            : 'Convey uses the goal “Purchase, late (Convey)” of the account, or makes it. A goal cannot be deleted at the platform, only paused. Making one also turns on automatic tagging with the click id for the account. Uploads begin two hours later.'}
      </ConfirmDialog>
    </Stack>
  );
}

/** What became of the uploads: the platform's sums by reason. */
function LateReport({ view: { report, readAt, failure } }: { readonly view: LatePurchasesView }) {
  return (
    <>
      {failure && <PlatformFailure title="The last report had no result" {...failure} />}
      {report && (
        <>
          <Text size="sm">
            In four weeks the platform attributed {pluralize(report.attributed, 'upload')} to a click, and{' '}
            {formatInteger(report.unattributed)} to none. It gives sums, and no result of a single purchase.
            {readAt !== undefined && (
              <>
                {' '}
                Read <Timestamp at={readAt} as="ago" />.
              </>
            )}
          </Text>
          {report.reasons.length > 0 && (
            <Table.ScrollContainer
              minWidth={480}
              type="native"
              tabIndex={0}
              role="region"
              aria-label="Uploads without a click, table"
            >
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Reason</Table.Th>
                    <Table.Th>Uploads</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {report.reasons.map(({ reason, purchases, message }) => (
                    <Table.Tr key={reason}>
                      <Table.Td>
                        <Text size="sm" fw={600}>
                          {reason}
                        </Text>
                        <Text size="xs" c="dimmed">
                          {message}
                        </Text>
                      </Table.Td>
                      <Table.Td className="figures">{formatInteger(purchases)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
        </>
      )}
    </>
  );
}
