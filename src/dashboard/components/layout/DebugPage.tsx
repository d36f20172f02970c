import { Button, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useSite } from '../../data/use-site.ts';
import { Icon } from '../display/Icon.tsx';
import { GuideAnchor } from './GuideAnchor.tsx';
import { ShopPageLink } from './ShopPageLink.tsx';

/** Opens a page of the shop with the overlay. */
export function DebugPage() {
  const { id, domains } = useSite();
  const [isOpen, dialog] = useDisclosure(false);
  return (
    <>
      <Button size="xs" variant="default" leftSection={<Icon name="search" size={14} />} onClick={dialog.open}>
        Debug a page
      </Button>
      <Modal opened={isOpen} onClose={dialog.close} title="Debug a page of the shop" size="lg">
        <Stack>
          <Text size="sm">
            An overlay on the page shows which events the pixel sees, leaves out and sends, the consent, and the gateway's
            answers. Only the tab that you open has it, for an hour. It changes nothing on the page.{' '}
            <GuideAnchor site={id} guide="debug-on-the-page">
              How to read it
            </GuideAnchor>
          </Text>
          <ShopPageLink site={id} domain={domains[0] ?? ''} />
        </Stack>
      </Modal>
    </>
  );
}
