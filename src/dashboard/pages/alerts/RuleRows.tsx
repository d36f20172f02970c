import { Group, MultiSelect, Stack, Switch, Text, TextInput } from '@mantine/core';
import type { AlertChannelView, AlertsView } from '../../../api/client.ts';
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
  const siteOptions = sites.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
      {rules.map((rule, index) => {
        const condition = conditions.find(({ on }) => on === rule.on);
        const label = conditionLabels[rule.on];
        const set = (more: Partial<RuleRow>) => onChange(rules.map((one, at) => (at === index ? { ...one, ...more } : one)));
        const isShare = condition?.unit === 'share';
        const usual = condition === undefined ? '' : String(isShare ? condition.threshold * 100 : condition.threshold);
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
                <TextInput
                  aria-label={`${label}: threshold`}
                  description={describeZero(rule)}
                  inputWrapperOrder={['input', 'description', 'error']}
                  w={150}
                  inputMode="decimal"
                  placeholder={usual}
                  autoComplete="off"
                  rightSection={
                    <Text size="xs" c="dimmed" pr="xs" style={{ whiteSpace: 'nowrap' }}>
                      {isShare ? '%' : condition?.unit}
                    </Text>
                  }
                  rightSectionWidth={90}
                  value={rule.threshold}
                  error={errors[index]}
                  onChange={({ currentTarget }) => set({ threshold: currentTarget.value })}
                />
                {siteOptions.length > 1 && condition?.scope !== 'gateway' && (
                  <MultiSelect
                    aria-label={`${label}: sites`}
                    flex="1 1 9rem"
                    disabled={isDisabled}
                    placeholder={rule.sites.length === 0 ? 'All sites' : ''}
                    data={siteOptions}
                    value={[...rule.sites]}
                    onChange={(chosen) => set({ sites: chosen })}
                  />
                )}
                {channelIds.length > 1 && (
                  <MultiSelect
                    aria-label={`${label}: channels`}
                    flex="1 1 9rem"
                    disabled={isDisabled}
                    placeholder={rule.channels.length === 0 ? 'All channels' : ''}
                    data={channelIds}
                    value={rule.channels.filter((id) => channelIds.includes(id))}
                    onChange={(chosen) => set({ channels: chosen })}
                  />
                )}
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
