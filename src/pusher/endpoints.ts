import type {
  ChannelAuthorizationHandler,
  ChannelAuthorizationOptions,
  UserAuthenticationOptions,
} from './types';

type Fields = Readonly<Record<string, string>>;

/** An endpoint as pusher-js is told of it, by any of its options. */
export interface PusherEndpoint {
  readonly transport?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly params?: Fields;
  readonly headers?: Fields;
  readonly paramsProvider?: () => Fields;
  readonly headersProvider?: () => Fields;
  readonly customHandler?: ChannelAuthorizationHandler | undefined;
}

/** An endpoint as surewire takes it. Headers and params are asked for before each request. */
interface Endpoint {
  readonly endpoint: string;
  readonly headers: () => Fields;
  readonly params: () => Fields;
}

/** The endpoints of one application, whom a server or a function of its own answers. */
export class Endpoints {
  /** By the address that stands for each. */
  readonly #handlers = new Map<string, ChannelAuthorizationHandler>();

  /** The endpoint in surewire's words. */
  add(
    given: ChannelAuthorizationOptions | UserAuthenticationOptions | PusherEndpoint,
    initially: string,
  ): Endpoint {
    // They have all of these fields at run time; a handler for users is one for channels that looks at less.
    const { customHandler, endpoint, headers, headersProvider, params, paramsProvider } =
      given as PusherEndpoint;
    const address = customHandler ? `customHandler:${initially}` : (endpoint ?? initially);
    if (customHandler) this.#handlers.set(address, customHandler);
    return {
      endpoint: address,
      headers: () => ({ ...headers, ...headersProvider?.() }),
      params: () => ({ ...params, ...paramsProvider?.() }),
    };
  }

  /** Asks whoever answers, as `fetch` does. */
  readonly fetch = async (address: string, init: RequestInit): Promise<Response> => {
    const handler = this.#handlers.get(address);
    // The client writes forms.
    if (handler) return answerOf(handler, init.body as string);
    const response = await globalThis.fetch(address, init);
    // Frameworks that replace pages replace the tag, too.
    const token = globalThis.document?.querySelector?.<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
    const headers = init.headers as Fields;
    if (response.status !== 419 || !token || !headers['x-csrf-token']) return response;
    return globalThis.fetch(address, { ...init, headers: { ...headers, 'x-csrf-token': token } });
  };
}

/** What a function answers, or what its error would have been as an answer. */
async function answerOf(handler: ChannelAuthorizationHandler, body: string): Promise<Response> {
  // The one about a user has no channel's name.
  const fields = Object.fromEntries(new URLSearchParams(body)) as Record<
    'socket_id' | 'channel_name',
    string
  >;
  const { channel_name: channelName, socket_id: socketId } = fields;
  let code = 200;
  const answer = await new Promise<object>((resolve, reject) => {
    const answered: Parameters<ChannelAuthorizationHandler>[1] = (error, answer) =>
      answer && !error ? resolve(answer) : reject(error ?? new Error('It called back with nothing'));
    // An async one throws later.
    Promise.resolve(handler({ channelName, socketId }, answered)).catch(reject);
  }).catch(({ status, response, message }: Refusal) => {
    // One that names no status may be anything, and is worth another try.
    code = [status, response?.status].map(Number).find((each) => each >= 400) ?? 503;
    return { message };
  });
  return new Response(JSON.stringify(answer), { status: code });
}

/** What libraries make of a request that failed. */
interface Refusal {
  readonly status?: unknown;
  readonly response?: { readonly status?: unknown };
  readonly message?: unknown;
}
