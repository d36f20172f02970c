import { Group, Stack, Switch, Text } from '@mantine/core';
import type { AlertChannelView, AlertsView } from '../../../api/client.ts';
import { Fields, type FieldTable } from '../../components/forms/Fields.tsx';
import { createMultiSelect, createText } from '../../components/forms/inputs.tsx';
import { useSites } from '../../data/queries.ts';
import { conditionLabels, describeZero, type RuleRow } from './alert-form.ts';

interface RuleRowsProps {
  readonly rules: readonly RuleRow[];
  readonly conditions: AlertsView['conditions'];
  readonly channels: readonly AlertChannelView[];
  readonly isDisabled: boolean;
  /** The error of each row. */
  readonly errors: readonly (string | undefined)[];
  /** The error of all rules together. */
  readonly error: string | undefined;
  readonly onChange: (rules: readonly RuleRow[]) => void;
}

/** The rules: one row for each condition. */
export function RuleRows({ rules, conditions, channels, isDisabled, errors, error, onChange }: RuleRowsProps) {
  const { data: sites = [] } = useSites();
  const channelIds = channels.map(({ id }) => id);
  const siteOptions = sites.map(({ id, name }) => [id, name] as const);
  const channelOptions = channelIds.map((id) => [id, id] as const);
  return (
    <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
      {rules.map((rule, index) => {
        const condition = conditions.find(({ on }) => on === rule.on);
        const label = conditionLabels[rule.on];
        const set = (more: Partial<RuleRow>) => onChange(rules.map((one, at) => (at === index ? { ...one, ...more } : one)));
        const isShare = condition?.unit === 'share';
        const usual = condition === undefined ? '' : String(isShare ? condition.threshold * 100 : condition.threshold);
        const name = (field: string) => ({ label: undefined, 'aria-label': `${label}: ${field}` });
        const list = (field: string) => ({ ...name(field), flex: '1 1 9rem', disabled: isDisabled });
        const table: FieldTable<RuleRow> = {
          threshold: {
            label,
            description: describeZero,
            placeholder: usual,
            input: createText({
              ...name('threshold'),
              inputWrapperOrder: ['input', 'description', 'error'],
              w: 150,
              inputMode: 'decimal',
              rightSection: (
                <Text size="xs" c="dimmed" pr="xs" style={{ whiteSpace: 'nowrap' }}>
                  {isShare ? '%' : condition?.unit}
                </Text>
              ),
              rightSectionWidth: 90,
            }),
          },
          sites: {
            label,
            placeholder: 'All sites',
            isShown: () => siteOptions.length > 1 && condition?.scope !== 'gateway',
            input: createMultiSelect(siteOptions, list('sites')),
          },
          channels: {
            label,
            placeholder: 'All channels',
            isShown: () => channelIds.length > 1,
            input: createMultiSelect(channelOptions, list('channels')),
          },
        };
        const shown = { ...rule, channels: rule.channels.filter((id) => channelIds.includes(id)) };
        const message = errors[index];
        const issues = message === undefined ? [] : [{ field: 'threshold', code: 'parameter-invalid', message }];
        return (
          <Group component="li" key={`${rule.on} ${index}`} py="sm" gap="sm" align="flex-start" className="row">
            <Stack flex="1 1 18rem" miw={0} gap={2}>
              <Switch
                label={label}
                checked={rule.isEnabled}
                disabled={isDisabled}
                onChange={({ currentTarget }) => set({ isEnabled: currentTarget.checked })}
              />
              <Text size="xs" c="dimmed" pl={50}>
                Alert {condition?.description ?? ''}.
              </Text>
            </Stack>
            {rule.isEnabled && (
              <Group flex="1 1 24rem" gap="xs" align="flex-start">
                <Fields table={table} form={{ value: shown, set: (name, input) => set({ [name]: input }) }} issues={issues} />
              </Group>
            )}
          </Group>
        );
      })}
      {error !== undefined && (
        <Text size="sm" c="red" role="alert">
          {error}
        </Text>
      )}
    </Stack>
  );
}
