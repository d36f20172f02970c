import { Page } from '../../parts/Page.tsx';

export function EventPage() {
  return <Page title="Event">{null}</Page>;
}
