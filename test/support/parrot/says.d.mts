export interface RpcMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly arguments?: unknown };
}

export function parrotOf(known: unknown): object;
export function complaintOf(known: unknown, wanted: string): string;
export function answerOf(message: RpcMessage, own: object): object | undefined;
