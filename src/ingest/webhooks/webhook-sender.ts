import type { Hook } from '../../event/hook.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Via } from '../../event/via.ts';
import type { Json } from '../../hooks/json-fields.ts';
import type { AcceptResult } from '../accept/accept.ts';
import type { BodyKind } from './shopify-topics.ts';
import type { SignatureVerifier } from './signature.ts';
import type { LocatedReport, WebhookDelivery, WebhookResult } from './webhook.ts';

/** The receiver of a webhook. `hook` is absent for a shop system. */
export interface WebhookTarget {
  readonly site: Site;
  readonly hook: Hook | undefined;
}

/** The headers of a webhook, by their meaning. `version`: that of the API by which the body is made. */
export type HeaderName = 'topic' | 'delivery' | 'at' | 'shop' | 'version';

/** The webhook protocol of a sender: its signature, its headers, and the parser of its bodies. */
export interface WebhookSender {
  /** @param hook absent for a shop system, and for an address that no hook has */
  readonly getVerifier: (hook: Hook | undefined) => SignatureVerifier;
  /** Absent: the way of a shop system. */
  readonly via?: Via;
  readonly getHeader: (header: (name: string) => string | undefined, name: HeaderName) => string | undefined;
  /** Returns the id that the body has of the delivery, which every repeat of it has. */
  readonly getDeliveryId?: (body: Json) => string | undefined;
  /** Accepts an event of a hook. Absent: as any webhook's. */
  readonly accept?: (event: LocatedReport, hook: Hook, site: Site, now: UnixMs, newId: () => string) => AcceptResult;
  readonly read: (delivery: WebhookDelivery, target: WebhookTarget) => WebhookResult;
  /** Returns the kind of body that a topic has. One body is never processed as two kinds. */
  readonly getKind?: (topic: string) => BodyKind | undefined;
  /** Returns whether an unsigned body only checks that the URL was set. */
  readonly isPing?: (body: Uint8Array) => boolean;
}
