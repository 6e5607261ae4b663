export interface ToolTarget {
  readonly server?: string;
  readonly tool?: string;
  readonly version?: string;
}

/** `server/tool`, `server/tool@version` or `server`, as a filter; everything where nothing was said. */
export function parseToolFilter(text: string | undefined): ToolTarget {
  if (text === undefined) return {};
  const slash = text.indexOf('/');
  if (slash === -1) return { server: text };
  const [tool = '', version] = text.slice(slash + 1).split('@');
  return { server: text.slice(0, slash), tool, ...(version !== undefined && { version }) };
}
