import { ActionIcon, Autocomplete, Group, Input, NativeSelect, Stack, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../../../components/display/Icon.tsx';
import { AddButton } from '../../../components/forms/AddButton.tsx';
import { getOptionLabel, joinOption, type NamePair, type PairTexts, splitOption } from './setting-fields.ts';

interface EventNameMapFieldProps {
  readonly label: string;
  readonly description: ReactNode;
  readonly error: ReactNode;
  /** Suggested events. Others can be typed. */
  readonly suggestions: readonly string[];
  /** The platform's default names by event. */
  readonly defaultNames: Readonly<Record<string, string>>;
  readonly texts?: PairTexts | undefined;
  readonly value: readonly NamePair[];
  readonly onChange: (value: readonly NamePair[]) => void;
}

const nameTexts: PairTexts = { add: 'Rename an event', value: 'Platform name', placeholder: 'Platform name' };

/** An input for values by event, such as custom names: Convey's event on the left, the platform's value on the right. */
export function EventNameMapField({
  label,
  description,
  error,
  suggestions,
  defaultNames,
  texts = nameTexts,
  value,
  onChange,
}: EventNameMapFieldProps) {
  const { title: choiceTitle = '', options = [] } = texts.choice ?? {};
  const split = (name: string) => (texts.choice ? splitOption(name, options) : ([name, ''] as const));
  const join = (typed: string, option: string) => (texts.choice ? joinOption(typed, option, options) : typed);
  const minWidth = texts.choice ? 112 : 0;
  const change = (at: number, pair: NamePair) => onChange(value.map((one, index) => (index === at ? pair : one)));
  return (
    <Input.Wrapper label={label} labelElement="div" description={description} error={error}>
      <Stack gap="xs" mt={8} mb={error === undefined ? 0 : 4}>
        {value.map(([key, name], at) => (
          <Group key={at} gap="xs" wrap={texts.choice ? 'wrap' : 'nowrap'}>
            <Autocomplete
              aria-label={`Event ${at + 1}`}
              placeholder="Event"
              data={[...suggestions]}
              flex={1}
              miw={minWidth}
              value={key}
              onChange={(typed) => change(at, [typed, name])}
            />
            <Icon name="right" size={16} />
            <TextInput
              aria-label={`${texts.value} of ${key || `event ${at + 1}`}`}
              placeholder={defaultNames[key] ?? texts.placeholder}
              autoComplete="off"
              spellCheck={false}
              flex={1}
              miw={minWidth}
              value={split(name)[0]}
              onChange={({ currentTarget }) => change(at, [key, join(currentTarget.value, split(name)[1])])}
            />
            {texts.choice && (
              <NativeSelect
                aria-label={`${choiceTitle} of ${key || `event ${at + 1}`}`}
                data={options.map((option) => ({ value: option, label: getOptionLabel(option) }))}
                value={split(name)[1]}
                onChange={({ currentTarget }) => change(at, [key, joinOption(split(name)[0], currentTarget.value, options)])}
              />
            )}
            <ActionIcon
              aria-label={`Remove ${key || `event ${at + 1}`}`}
              onClick={() => onChange(value.filter((_, index) => index !== at))}
            >
              <Icon name="cross" size={16} />
            </ActionIcon>
          </Group>
        ))}
        <div>
          <AddButton label={value.length === 0 ? texts.add : 'Add another'} onClick={() => onChange([...value, ['', '']])} />
        </div>
      </Stack>
    </Input.Wrapper>
  );
}
