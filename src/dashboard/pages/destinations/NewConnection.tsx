import { Page } from '../../parts/Page.tsx';

export function NewConnection() {
  return <Page title="New connection">{null}</Page>;
}
