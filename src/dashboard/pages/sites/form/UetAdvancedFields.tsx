import { Stack, Text, TextInput } from '@mantine/core';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { SiteFieldsProps } from './SiteFields.tsx';
import type { SiteForm } from './site-form.ts';

const uetFields = [
  {
    name: 'script',
    label: "Address of the tag's script",
    says: 'Used if the pixel loads the tag. An https address on bat.bing.com or bat.bing.net; any other is set in the config file.',
  },
  { name: 'queue', label: "Name of the tag's variable", says: 'The variable of the page that the tag is, usually uetq.' },
  {
    name: 'idSync',
    label: 'Address of ID Sync',
    says: 'Used if a connection has a customer ID. An https address on c.bing.com, bat.bing.com or bat.bing.net; any other is set in the config file.',
  },
] as const satisfies readonly { readonly name: keyof SiteForm['uet']; readonly label: string; readonly says: string }[];

/** Settings that few sites change. Addresses of other hosts, such as the simulator's, are set only in the config file. */
export function UetAdvancedFields({ form, issues }: SiteFieldsProps) {
  const { uet } = form.value;
  const isWrong = uetFields.some(({ name }) => getFieldError(issues, `uet.${name}`) !== undefined);
  return (
    <details open={isWrong || undefined}>
      <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
        Addresses and variable of the tag
      </Text>
      <Stack mt="sm">
        {uetFields.map(({ name, label, says }) => (
          <TextInput
            key={name}
            label={label}
            description={says}
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
