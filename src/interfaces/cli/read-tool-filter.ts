/** `server/tool` or `server`, as a filter; everything where nothing was said. */
export function parseToolFilter(text: string | undefined): { readonly server?: string; readonly tool?: string } {
  if (text === undefined) return {};
  const slash = text.indexOf('/');
  return slash === -1 ? { server: text } : { server: text.slice(0, slash), tool: text.slice(slash + 1) };
}
