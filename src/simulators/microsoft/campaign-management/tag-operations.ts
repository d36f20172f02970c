import { ApiFault, type ErrorCode, type ItemError, toPartialErrors } from './api-error.ts';
import { type AccountCall, type AccountOperation, type ApiState, getCustomerId } from './call.ts';
import { readFlags, readId, readIds, readItems, toFields } from './read-request.ts';
import { listActivity, type TagActivity } from './tracking-status.ts';
import type { UetTag } from './uet-tags.ts';

const maxTags = 100;

/**
 * The operations on UET tags.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getuettagsbyids (2026-08-17)
 */
export const tagOperations: readonly AccountOperation[] = [
  {
    method: 'POST',
    path: '/UetTags/QueryByIds',
    run(call, { tags, journal }) {
      const customerId = getCustomerId(call);
      const ids = readIds(call.body, 'TagIds') ?? tags.list(customerId).map(({ id }) => id);
      const found = ids.map((id) => tags.find(customerId, id));
      const errors = found.flatMap((tag, index): ItemError[] => (tag === undefined ? [{ index, code: 5300 }] : []));
      const activity = listActivity(journal);
      const extra = readFlags(call.body.ReturnAdditionalFields);
      const shown = found.map((tag) => tag && toUetTag(tag, { call, activity, hasIndustry: extra.has('Industry') }));
      return { UetTags: shown.map((tag) => tag ?? null), PartialErrors: toPartialErrors(errors) };
    },
  },
  {
    method: 'POST',
    path: '/UetTags',
    isWrite: true,
    run(call, state) {
      const errors: ItemError[] = [];
      const made = readItems(call.body, 'UetTags', maxTags).map((item, index) => {
        const { Name: name, Description: description, Industry: industry } = toFields(item);
        const code = checkName(name, call, state);
        if (code !== undefined || typeof name !== 'string') {
          errors.push({ index, code: code ?? 5306, field: 'Name' });
          return null;
        }
        const tag = {
          id: state.tags.createId(),
          name,
          description: typeof description === 'string' ? description : '',
          industry: typeof industry === 'string' ? industry : null,
          ownerCustomerId: getCustomerId(call),
          sharedWith: [],
        };
        state.tags.put(tag);
        return toUetTag(tag, { call, activity: listActivity(state.journal), hasIndustry: true });
      });
      return { UetTags: made, PartialErrors: toPartialErrors(errors) };
    },
  },
  {
    method: 'PUT',
    path: '/UetTags',
    isWrite: true,
    run(call, state) {
      const errors = readItems(call.body, 'UetTags', maxTags).flatMap((item, index): ItemError[] => {
        const { Id: id, Name: name, Description: description } = toFields(item);
        const tag = state.tags.find(getCustomerId(call), readId(id) ?? '');
        if (tag === undefined || tag.ownerCustomerId !== getCustomerId(call)) return [{ index, code: 5300, field: 'Id' }];
        const code = name === tag.name ? undefined : checkName(name, call, state);
        if (code !== undefined) return [{ index, code, field: 'Name' }];
        const text = typeof description === 'string' ? description : tag.description;
        state.tags.put({ ...tag, name: String(name), description: text });
        return [];
      });
      return { PartialErrors: toPartialErrors(errors) };
    },
  },
  { method: 'POST', path: '/UetTagAuthKey/Query', run: queryKey },
];

/** @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getuettagauthkey (2026-08-17) */
function queryKey(call: AccountCall, { tags }: ApiState): object {
  const { body, fault } = call;
  if (fault?.mode === 'keys-off') throw new ApiFault(204);
  if (!call.access.mayWrite) throw new ApiFault(106);
  // The guide of the Conversions API spells request and answer in another way than the reference.
  const isGuide = fault?.mode === 'guide-key';
  const id = readId(isGuide ? body.TagId : body.UetTagId);
  if (id === undefined) throw new ApiFault(100);
  const customerId = getCustomerId(call);
  const tag = tags.find(customerId, id);
  const key = tag && tags.getKey(id, tag.ownerCustomerId === customerId);
  if (tag !== undefined && key === undefined) throw new ApiFault(106);
  const errors = toPartialErrors(tag === undefined ? [{ index: 0, code: 5300 }] : []);
  return isGuide
    ? { TagAuthKey: key === undefined ? null : { AuthKey: key }, PartialErrors: errors }
    : { UetTagAuthKey: key ?? null, PartialErrors: errors };
}

function checkName(name: unknown, call: AccountCall, { tags }: ApiState): ErrorCode | undefined {
  if (typeof name !== 'string' || name.trim() === '' || name.length > 100) return 5306;
  const isTaken = tags.list(getCustomerId(call)).some((tag) => tag.name.toLowerCase() === name.toLowerCase());
  return isTaken ? 5303 : undefined;
}

interface ShownTag {
  readonly call: AccountCall;
  readonly activity: TagActivity;
  readonly hasIndustry: boolean;
}

function toUetTag({ id, name, description, industry, ownerCustomerId, sharedWith }: UetTag, shown: ShownTag): object {
  const { call, activity, hasIndustry } = shown;
  return {
    Id: id,
    Name: name,
    Description: description,
    TrackingStatus: activity.getTagStatus(id, call.now),
    TrackingScript: `<script src="${call.origin}/bat.js"></script>`,
    TrackingNoScript: null,
    ...(hasIndustry && { Industry: industry }),
    CustomerShare:
      sharedWith.length === 0
        ? null
        : {
            OwnerCustomerId: ownerCustomerId,
            CustomerAccountShares: sharedWith.map((customerId) => ({ CustomerId: customerId })),
          },
  };
}
