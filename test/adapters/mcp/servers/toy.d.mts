export interface ToyMessage {
  readonly id?: number | string;
  readonly method?: string;
}

/** An MCP server of the older revision, small enough to be made to misbehave in any way. */
export function createToy(options?: {
  /** `endless`, `circles`, `many`, `painted`, `deep-list`, `refuses-list`, `silent`, `dies-when-asked`. */
  readonly mode?: string;
  readonly onHanging?: (count: number) => void;
  readonly raw?: (text: string) => void;
}): {
  handle(message: ToyMessage, send: (message: object) => void): void;
  forget(id: number | string): void;
};
