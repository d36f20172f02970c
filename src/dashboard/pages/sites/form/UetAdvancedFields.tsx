import { Stack, Text, TextInput } from '@mantine/core';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { SiteFieldsProps } from './SiteFields.tsx';
import type { SiteForm } from './site-form.ts';

const uetFields = [
  {
    name: 'script',
    label: 'Script URL',
    description:
      'Used if the pixel loads the tag. An https URL on bat.bing.com or bat.bing.net. Other hosts need the config file.',
  },
  { name: 'queue', label: 'Variable name', description: 'The global variable of the tag, usually uetq.' },
  {
    name: 'idSync',
    label: 'ID Sync URL',
    description:
      'Used if a destination has a customer ID. An https URL on c.bing.com, bat.bing.com or bat.bing.net. Other hosts need the config file.',
  },
] as const satisfies readonly { readonly name: keyof SiteForm['uet']; readonly label: string; readonly description: string }[];

/** Rarely changed settings. URLs on other hosts, such as the simulator's, can only be set in the config file. */
export function UetAdvancedFields({ form, issues }: SiteFieldsProps) {
  const { uet } = form.value;
  const hasError = uetFields.some(({ name }) => getFieldError(issues, `uet.${name}`) !== undefined);
  return (
    <details open={hasError || undefined}>
      <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
        Advanced tag settings
      </Text>
      <Stack mt="sm">
        {uetFields.map(({ name, label, description }) => (
          <TextInput
            key={name}
            label={label}
            description={description}
            autoComplete="off"
            spellCheck={false}
            value={uet[name]}
            onChange={({ currentTarget }) => form.set('uet', { ...uet, [name]: currentTarget.value })}
            error={getFieldError(issues, `uet.${name}`)}
          />
        ))}
      </Stack>
    </details>
  );
}
