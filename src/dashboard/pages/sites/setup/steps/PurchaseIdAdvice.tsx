import { GuideAnchor } from '../../../../components/layout/GuideAnchor.tsx';

/** Says how to choose the event id of a purchase. */
export function PurchaseIdAdvice({ site }: { readonly site: string }) {
  return (
    <>
      Make the id from the order's id, so that the order counts once however often it is reported, with a part that{' '}
      <GuideAnchor site={site} guide="send-from-your-server">
        cannot be guessed
      </GuideAnchor>
      . Page and server send the same id.
    </>
  );
}
