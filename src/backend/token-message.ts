/**
 * What tabs tell each other about tokens. `wanted`: who has one, or is asking for one? `asking`: I am. `token`: here is
 * one, so old already, with the whole of its life in milliseconds, `null` when it does not say. `forgotten`: somebody signed out.
 * No storage is involved: these messages reach open pages of the same origin alone.
 */
export type TokenMessage =
  | { readonly type: 'wanted' }
  | { readonly type: 'asking' }
  | { readonly type: 'token'; readonly token: string; readonly age: number; readonly life: number | null }
  | { readonly type: 'forgotten' };

/** What another tab sent, unless it is none of these: tabs may run other versions. */
export function readMessage(received: unknown): TokenMessage | undefined {
  const message = received as Partial<Extract<TokenMessage, { type: 'token' }>> | null | undefined;
  switch (message?.type as TokenMessage['type'] | undefined) {
    case 'wanted':
    case 'asking':
    case 'forgotten':
      return message as TokenMessage;
    case 'token': {
      const { token, age, life } = message ?? {};
      const told = typeof token === 'string' && token !== '' && typeof age === 'number' && age >= 0;
      return told && (life === null || (typeof life === 'number' && life > 0))
        ? { type: 'token', token, age, life }
        : undefined;
    }
    default:
      return undefined;
  }
}
