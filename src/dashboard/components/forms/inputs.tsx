import {
  Autocomplete,
  Checkbox,
  MultiSelect,
  type MultiSelectProps,
  NativeSelect,
  PasswordInput,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
  type TextInputProps,
} from '@mantine/core';
import type { ReactNode } from 'react';
import { ChoiceField } from './ChoiceField.tsx';
import type { InputProps } from './Fields.tsx';

/** The inputs of a form's table, for `input` of a row. */

type Input<V> = (props: InputProps<V>) => ReactNode;

interface TextOptions extends Omit<TextInputProps, 'value' | 'onChange' | 'ref'> {
  readonly 'data-autofocus'?: boolean;
  /** Corrects a typed text. */
  readonly correct?: (text: string) => string;
}

export function createText({ correct = (text) => text, ...options }: TextOptions = {}): Input<string> {
  return ({ onChange, ...props }) => (
    <TextInput
      autoComplete="off"
      spellCheck={false}
      {...props}
      {...options}
      onChange={({ currentTarget }) => onChange(correct(currentTarget.value))}
    />
  );
}

/** A text with suggestions. */
export function createSuggestedText(listSuggestions: () => readonly string[]): Input<string> {
  return (props) => <Autocomplete autoComplete="off" data={[...listSuggestions()]} limit={50} {...props} />;
}

/** A text of several lines. */
export function createLines(): Input<string> {
  return ({ onChange, ...props }) => (
    <Textarea
      {...props}
      spellCheck={false}
      autosize
      minRows={2}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** A text with a name on each line, some of which are offered. Others can be typed. A name may have commas and spaces. */
export function createNamedLines(offered: readonly string[]): Input<string> {
  return ({ value, onChange, ...props }) => (
    <TagsInput
      {...props}
      data={[...offered]}
      splitChars={[]}
      acceptValueOnBlur
      value={value.split('\n').filter((line) => line.trim() !== '')}
      onChange={(names) => onChange(names.join('\n'))}
    />
  );
}

/** A secret of one line. With autocomplete off, browsers would fill in the account of the dashboard. */
export function createSecret(): Input<string> {
  return ({ onChange, ...props }) => (
    <PasswordInput
      {...props}
      spellCheck={false}
      autoComplete="new-password"
      visibilityToggleButtonProps={{ 'aria-label': `Show ${props.label}` }}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

type Option<V> = readonly [value: V, label: string];
const toItems = <V extends string>(options: readonly Option<V>[]) => options.map(([value, label]) => ({ value, label }));

/** A choice of a few options, all visible. */
export function createChoice<V extends string>(...options: readonly Option<V>[]): Input<V> {
  return (props) => <ChoiceField {...props} options={toItems(options)} />;
}

/** A choice from a list. A keyboard chooses an option by its first letters. */
export function createSelect<V extends string>(options: readonly Option<V>[], isDisabled = false): Input<V> {
  return ({ onChange, ...props }) => (
    <NativeSelect
      {...props}
      data={toItems(options)}
      disabled={isDisabled}
      onChange={({ currentTarget }) => {
        const [option] = options.find(([value]) => value === currentTarget.value) ?? [];
        if (option !== undefined) onChange(option);
      }}
    />
  );
}

export function createCheckbox(): Input<boolean> {
  return ({ label, description, error, value, onChange }) => (
    <Checkbox
      {...{ label, description, error }}
      checked={value}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}

/** A list of texts, each corrected. `splitChars` end a text. */
export function createTags(correct: (text: string) => string, splitChars = [',', ' ', ';']): Input<readonly string[]> {
  return ({ value, placeholder, onChange, ...props }) => (
    <TagsInput
      {...props}
      placeholder={value.length === 0 ? placeholder : ''}
      splitChars={splitChars}
      acceptValueOnBlur
      value={[...value]}
      onChange={(texts) => onChange([...new Set(texts.map(correct))])}
    />
  );
}

/** Several options of a list. */
export function createMultiSelect(options: readonly Option<string>[], more: MultiSelectProps = {}): Input<readonly string[]> {
  return ({ value, placeholder, ...props }) => (
    <MultiSelect
      {...props}
      {...more}
      data={toItems(options)}
      placeholder={value.length === 0 ? placeholder : ''}
      value={[...value]}
    />
  );
}

/** Several options, all visible. */
export function createChecks(...options: readonly Option<string>[]): Input<readonly string[]> {
  return ({ label, description, error, value, onChange }) => (
    <Checkbox.Group {...{ label, description, error }} value={[...value]} onChange={onChange}>
      <Stack gap="xs" mt={8}>
        {options.map(([option, text]) => (
          <Checkbox key={option} value={option} label={text} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
