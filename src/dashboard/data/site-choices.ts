/** Returns the choices of a filter by site. A chosen site that is not listed, such as a removed one, stays visible by its id. */
export function listSiteChoices(
  sites: readonly { readonly id: string; readonly name: string }[],
  chosen: string | undefined,
): { readonly value: string; readonly label: string }[] {
  const listed = sites.map(({ id, name }) => ({ value: id, label: name }));
  const isListed = chosen === undefined || listed.some(({ value }) => value === chosen);
  return isListed ? listed : [...listed, { value: chosen, label: chosen }];
}
