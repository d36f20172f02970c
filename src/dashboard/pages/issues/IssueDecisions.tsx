import { Button, Group, Menu, Select } from '@mantine/core';
import type { ReportedIssue } from '../../../api/client.ts';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { RoleOnly } from '../../components/feedback/RoleOnly.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { useAccountNames } from '../../data/use-account-names.ts';

const lengths = [
  { label: 'For 1 hour', minutes: 60 },
  { label: 'For 4 hours', minutes: 240 },
  { label: 'For 1 day', minutes: 1_440 },
  { label: 'For 7 days', minutes: 10_080 },
] as const;

/** The buttons by which a person decides about an issue. */
export function IssueDecisions({ issue }: { readonly issue: ReportedIssue }) {
  const target = { issue: issue.id };
  const refresh = { refreshes: ['GET /api/present', 'GET /api/issues', 'GET /api/issues/:issue'] } as const;
  const acknowledge = useApiMutation(() => callApi('POST /api/issues/:issue/acknowledge', target), refresh);
  const open = useApiMutation(() => callApi('POST /api/issues/:issue/open', target), refresh);
  const snooze = useApiMutation((minutes: number) => callApi('POST /api/issues/:issue/snooze', target, { minutes }), refresh);
  const assign = useApiMutation(
    (account: string | null) => callApi('POST /api/issues/:issue/assign', target, account === null ? {} : { account }),
    refresh,
  );
  const names = new Set([...useAccountNames(), ...(issue.assignee === undefined ? [] : [issue.assignee])]);
  const error = acknowledge.error ?? open.error ?? snooze.error ?? assign.error;
  return (
    <>
      <RoleOnly needs="editor" {...(issue.site !== undefined && { site: issue.site })}>
        {(isPermitted) => (
          <Group gap="xs">
            {issue.state === 'open' ? (
              <Button
                size="xs"
                variant="default"
                disabled={!isPermitted}
                loading={acknowledge.isPending}
                onClick={() => acknowledge.mutate(undefined)}
              >
                Acknowledge
              </Button>
            ) : (
              <Button
                size="xs"
                variant="default"
                disabled={!isPermitted}
                loading={open.isPending}
                onClick={() => open.mutate(undefined)}
              >
                Open again
              </Button>
            )}
            <Menu position="bottom-start">
              <Menu.Target>
                <Button size="xs" variant="default" disabled={!isPermitted} loading={snooze.isPending}>
                  Snooze
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {lengths.map(({ label, minutes }) => (
                  <Menu.Item key={label} onClick={() => snooze.mutate(minutes)}>
                    {label}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            <Select
              aria-label="Assignee"
              placeholder="Assign to"
              size="xs"
              clearable
              disabled={!isPermitted}
              data={[...names]}
              value={issue.assignee ?? null}
              onChange={(account) => assign.mutate(account)}
            />
          </Group>
        )}
      </RoleOnly>
      {error && <ErrorAlert error={error} />}
    </>
  );
}
