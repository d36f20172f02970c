import { Page } from '../../parts/Page.tsx';

export function Rejections() {
  return <Page title="Not accepted">{null}</Page>;
}
