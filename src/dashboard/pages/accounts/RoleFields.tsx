import { Box, Group, Input, NativeSelect, Stack, Text } from '@mantine/core';
import { siteRoles } from '../../../api/client.ts';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { RadioField } from '../../components/forms/RadioField.tsx';
import { useOwnedSites, useSites } from '../../data/queries.ts';
import { type RoleFormValue, roleLabels, roleOptions } from './role-form.ts';

interface RoleFieldsProps {
  readonly value: RoleFormValue;
  readonly onChange: (value: RoleFormValue) => void;
  readonly roleError: string | undefined;
  readonly sitesError: string | undefined;
}

const options = [
  { value: '', label: 'No access' },
  ...siteRoles.toReversed().map((role) => ({ value: role, label: roleLabels[role] })),
];

/** Chooses a role on all sites, or a role on each selected site. An owner of some sites can choose roles on those only. */
export function RoleFields({ value, onChange, roleError, sitesError }: RoleFieldsProps) {
  const { isOwnerOfAll, owned } = useOwnedSites();
  const sites = useSites();
  const isEmpty = Object.keys(value.sites).length === 0;
  const setSite = (site: string, chosen: string) => {
    const { [site]: _, ...others } = value.sites;
    const role = siteRoles.find((one) => one === chosen);
    onChange({ ...value, sites: role === undefined ? others : { ...others, [site]: role } });
  };
  return (
    <Stack gap="md">
      {isOwnerOfAll && (
        <RadioField
          label="Role"
          options={roleOptions}
          value={value.role}
          onChange={(role) => onChange({ ...value, role })}
          error={roleError}
        />
      )}
      {value.role === 'per-site' && (
        <Input.Wrapper
          label="Sites"
          error={sitesError !== undefined && isEmpty ? 'Choose a role on at least one site.' : sitesError}
          labelElement="div"
        >
          <QueryState query={sites} height={80}>
            {() =>
              owned.length === 0 ? (
                <Text size="sm" c="dimmed">
                  No sites yet. Add a site first.
                </Text>
              ) : (
                <Box mah={260} my={4} pr="xs" style={{ overflowY: 'auto' }}>
                  <Stack gap="xs">
                    {owned.map(({ id, name }) => (
                      <Group key={id} justify="space-between" wrap="nowrap" gap="sm">
                        <Text size="sm" flex={1} miw={0} className="words">
                          {name}
                        </Text>
                        <NativeSelect
                          aria-label={`Role on ${name}`}
                          size="xs"
                          w={130}
                          flex="none"
                          data={options}
                          value={value.sites[id] ?? ''}
                          onChange={({ currentTarget }) => setSite(id, currentTarget.value)}
                        />
                      </Group>
                    ))}
                  </Stack>
                </Box>
              )
            }
          </QueryState>
        </Input.Wrapper>
      )}
    </Stack>
  );
}
