/** Returns the attributes of a link that downloads an export file. */
export function buildExportLink(site: string, id: string): { readonly href: string; readonly download: string } {
  return {
    href: `/api/sites/${encodeURIComponent(site)}/exports/${encodeURIComponent(id)}`,
    download: `${site}-${id}.json`,
  };
}
