import { Combobox, Group, Text } from '@mantine/core';
import { Icon } from '../../components/display/Icon.tsx';
import { type PaletteEntry, paletteGroups } from './palette-entries.ts';

/** Lists the entries of the palette by their groups. */
export function PaletteList({ entries }: { readonly entries: readonly PaletteEntry[] }) {
  return paletteGroups.map((group) => {
    const own = entries.filter((one) => one.group === group);
    if (own.length === 0) return null;
    return (
      <Combobox.Group key={group} label={group}>
        {own.map((entry) => (
          <Combobox.Option key={entry.id} value={entry.id}>
            <Group gap="sm" wrap="nowrap">
              <Icon name={entry.icon} size={16} />
              <Text span size="sm" truncate>
                {entry.label}
              </Text>
              {entry.description !== undefined && (
                <Text span size="xs" truncate ml="auto" maw="50%">
                  {entry.description}
                </Text>
              )}
            </Group>
          </Combobox.Option>
        ))}
      </Combobox.Group>
    );
  });
}
