import { Page } from '../../parts/Page.tsx';

export function Install() {
  return <Page title="Set up">{null}</Page>;
}
