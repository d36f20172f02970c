import type { Site } from '../../event/site.ts';
import { answerDryRun, createDryAppend, type PlanDryRun } from '../accept/dry-run.ts';
import { unlimitedDenials } from '../browser/denied-purchases.ts';
import type { Reply } from '../http/error-response.ts';
import { ingestMessages, type MessageBatch, type MessageDeps } from './ingest-messages.ts';
import type { JudgedCaller, Shopper } from './segment-caller.ts';
import { takenReply } from './segment-reply.ts';

/** The messages of a dry run, each with its index in the body. */
interface RehearsedBatch extends MessageBatch {
  readonly indexes: readonly number[];
}

type RehearsalDeps = Pick<MessageDeps, 'now' | 'newId' | 'proxies'> & { readonly planDryRun?: PlanDryRun };

/** Answers a dry run: nothing is stored, and no limit but that of requests counts it. Only a secret key learns the outcomes. */
export async function rehearseMessages(
  batch: RehearsedBatch,
  judged: JudgedCaller,
  shopper: Shopper,
  site: Site,
  { now, newId, proxies, planDryRun }: RehearsalDeps,
): Promise<Reply> {
  const dry = createDryAppend();
  const deps = { now, newId, proxies, append: dry.append, deniedPlaces: unlimitedDenials };
  const { positions, ...result } = await ingestMessages(batch, judged, shopper, site, deps);
  const answer = await answerDryRun(result, dry, site, judged.reporter === 'server' ? planDryRun : undefined);
  const { rejected, warnings, plans } = answer;
  const place = <One extends { readonly index: number }>(one: One): One => ({
    ...one,
    index: batch.indexes[positions[one.index] ?? -1] ?? one.index,
  });
  const placed = { rejected: rejected.map(place), warnings: warnings.map(place), ...(plans && { plans: plans.map(place) }) };
  return { ...takenReply, body: { ...takenReply.body, ...answer, ...placed } };
}
