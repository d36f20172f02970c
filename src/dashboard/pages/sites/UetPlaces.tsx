import { Stack, Text, TextInput } from '@mantine/core';
import { wrongWith } from '../../parts/issues.ts';
import type { Fields } from './SiteFields.tsx';
import type { SiteForm } from './site-form.ts';

const places = [
  { name: 'script', label: "Address of the tag's script", says: 'Only where the pixel loads the tag.' },
  { name: 'queue', label: "Name of the tag's variable", says: 'The variable of the page that the tag is, usually uetq.' },
  { name: 'idSync', label: 'Address of ID Sync', says: 'Only where a connection has a customer ID.' },
] as const satisfies readonly { readonly name: keyof SiteForm['uet']; readonly label: string; readonly says: string }[];

/** What hardly anybody changes but to try Convey against the simulator. */
export function UetPlaces({ form, issues }: Fields) {
  const { uet } = form.value;
  const isWrong = places.some(({ name }) => wrongWith(issues, `uet.${name}`) !== undefined);
  return (
    <details open={isWrong || undefined}>
      <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
        Addresses of the tag, to try it against the simulator
      </Text>
      <Stack mt="sm">
        {places.map(({ name, label, says }) => (
          <TextInput
            key={name}
            label={label}
            description={says}
            autoComplete="off"
            spellCheck={false}
            value={uet[name]}
            onChange={({ currentTarget }) => form.set('uet', { ...uet, [name]: currentTarget.value })}
            error={wrongWith(issues, `uet.${name}`)}
          />
        ))}
      </Stack>
    </details>
  );
}
