import { Button, Divider, Group, Popover, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { formatInZone } from '../components/display/format.ts';
import { Icon } from '../components/display/Icon.tsx';
import { formatDays, formatRange, nameRange } from '../components/display/range-labels.ts';
import { Form } from '../components/forms/Form.tsx';
import { gatewayClock } from '../data/gateway-clock.ts';
import { findRangeFault, type RangeChoice, type RangeKind, rangeKinds } from '../data/range.ts';
import { type ChosenRange, useRange } from '../data/use-range.ts';

/** The names on a phone, whose header has little room. Each is part of the button's label, by which people call it who speak to the browser. */
const shortNames: Readonly<Record<RangeKind, string>> = {
  today: 'Today',
  '7d': '7 days',
  '28d': '28 days',
  '90d': '90 days',
  custom: 'Custom',
};

const presets = rangeKinds.filter((kind) => kind !== 'custom');

/** Chooses the range of all pages, and whether it is compared with the period before. */
export function RangePicker() {
  const chosen = useRange();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const year = new Date(gatewayClock.now()).toISOString().slice(0, 4);
  const { kind } = chosen.range;
  const choose = (range: RangeChoice) => {
    chosen.setRange(range);
    close();
  };
  return (
    <Popover opened={isOpen} onDismiss={close} position="bottom-end" width={300} trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          variant="default"
          px="sm"
          onClick={toggle}
          aria-label={`Range: ${formatRange(chosen, year)}`}
          rightSection={<Icon name="down" size={14} />}
        >
          <Text span size="sm" fw={600} visibleFrom="sm">
            {kind === 'custom' ? formatDays(chosen, year) : nameRange(chosen.range)}
          </Text>
          {kind !== 'custom' && (
            <Text span size="sm" c="dimmed" visibleFrom="lg" className="figures">
              , {formatDays(chosen, year)}
            </Text>
          )}
          <Text span size="sm" fw={600} hiddenFrom="sm">
            {shortNames[kind]}
          </Text>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Range" p="sm">
        <Stack gap={2} role="group" aria-label="Days">
          {presets.map((one) => (
            <Button
              key={one}
              variant={one === kind ? 'light' : 'subtle'}
              color={one === kind ? 'jade' : 'gray'}
              {...(one !== kind && { c: 'inherit' })}
              justify="space-between"
              fullWidth
              aria-pressed={one === kind}
              rightSection={one === kind && <Icon name="check" size={16} />}
              onClick={() => choose({ kind: one })}
              {...(one === kind && { 'data-autofocus': true })}
            >
              {nameRange({ kind: one })}
            </Button>
          ))}
        </Stack>
        <Divider my="sm" />
        <CustomDays chosen={chosen} onChoose={choose} />
        <Divider my="sm" />
        <Switch
          size="sm"
          label="Compare with the period before"
          description={describeComparison(chosen, year)}
          checked={chosen.isCompared}
          onChange={({ currentTarget }) => chosen.setCompared(currentTarget.checked)}
        />
        <Text size="xs" c="dimmed" mt="sm">
          Days in {chosen.timeZone}. {chosen.isRunning && 'Today is not over, so its figures still grow.'}
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}

function describeComparison({ before, isRunning, timeZone }: ChosenRange, year: string): string {
  if (!before) return 'Off. Figures are shown without their change.';
  const days = formatDays(before, year);
  if (!isRunning) return days;
  return `${days}, up to ${formatInZone(before.until, timeZone, 'clock')}, as today.`;
}

interface CustomDaysProps {
  readonly chosen: ChosenRange;
  readonly onChoose: (range: RangeChoice) => void;
}

function CustomDays({ chosen, onChoose }: CustomDaysProps) {
  const [from, setFrom] = useState(chosen.firstDay);
  const [to, setTo] = useState(chosen.lastDay);
  /** The last attempt whose days are no range. */
  const [refused, setRefused] = useState<object>();
  const fault = findRangeFault(from, to);
  const submit = () => (fault ? setRefused({}) : onChoose({ kind: 'custom', from, to }));
  const getError = (day: 'from' | 'to') => refused && fault?.day === day && fault.message;
  return (
    <Form error={refused} onSubmit={submit}>
      <Group gap="xs" wrap="nowrap" align="flex-start" grow>
        <TextInput
          type="date"
          size="xs"
          label="From"
          value={from}
          error={getError('from')}
          onChange={({ currentTarget }) => setFrom(currentTarget.value)}
        />
        <TextInput
          type="date"
          size="xs"
          label="To"
          value={to}
          error={getError('to')}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
        />
      </Group>
      <Button type="submit" variant="default" size="xs" fullWidth mt="xs">
        Show these days
      </Button>
    </Form>
  );
}
