import { Button, Menu } from '@mantine/core';

const lengths = [
  { label: 'For 8 hours', hours: 8 },
  { label: 'For 3 days', hours: 72 },
  { label: 'Until you unmute it', hours: undefined },
] as const;

interface MuteMenuProps {
  /** The muted connection, for screen readers. Absent on the connection's own page. */
  readonly name?: string;
  readonly label?: string;
  readonly size?: 'xs' | 'sm';
  readonly isMuting: boolean;
  readonly isPermitted: boolean;
  readonly onMute: (hours: number | undefined) => void;
}

/** Mutes a connection for some time. */
export function MuteMenu({ name, label: text = 'Mute', size = 'xs', isMuting, isPermitted, onMute }: MuteMenuProps) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size={size}
          variant="default"
          {...(name !== undefined && { 'aria-label': `${text}: ${name}` })}
          loading={isMuting}
          disabled={!isPermitted}
        >
          {text}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {lengths.map(({ label, hours }) => (
          <Menu.Item key={label} onClick={() => onMute(hours)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
