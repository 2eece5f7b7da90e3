import { AuthorizationQueue } from '../backend/authorization-queue';
import type { EndpointSettings, EndpointSurroundings, RequestFields } from '../backend/endpoint';
import { HttpAuthorizer } from '../backend/http-auth';
import { jwtLifetime } from '../backend/jwt-lifetime';
import { TokenLease } from '../backend/token';
import { TokenReplacement } from '../backend/token-replacement';
import { ChannelGuard } from '../channels/guard';
import type { Credentials, TokenSource } from '../ports';
import type { Authority, AuthSlot, ClientContext, UserSession } from '../slots';
import {
  object,
  optionalFunction,
  requestFields,
  slotValue,
  text,
  unknownOption,
  word,
} from '../support/given';
import type { Stop } from '../types';
import type { BatchesValue } from './batches';
import type { SharedTokenValue, TokenSharing } from './shared-token';
import type { UserEndpointValue } from './user-endpoint';

/** How the application's backend is asked for private, presence and encrypted channels. */
export interface BackendAuthOptions {
  /** The address that signs subscriptions, such as `/pusher/auth`. */
  readonly endpoint: string;
  /**
   * A bearer token, or a function that returns one: called when there is none, when 80 % of its lifetime is over, and when
   * a server refused it. The token also goes to the publish endpoint. Throw an `AuthenticationError` to say that asking
   * again is pointless.
   */
  readonly token?: string | TokenSource | undefined;
  /** Added to the request's headers: values, or a function that is asked before each request (CSRF). */
  readonly headers?: RequestFields | undefined;
  /** Added to the request's body. */
  readonly params?: RequestFields | undefined;
  /** Whether cookies go along, as in `fetch`. Default: `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** How the body is written. Default: `form`, which Pusher's own libraries read. */
  readonly format?: 'form' | 'json' | undefined;
  /** `batches()`: channels that are wanted together are authorized in one request, for backends that know how. */
  readonly batch?: BatchesValue | undefined;
  /** `sharedToken({ owner })`: tabs of one user share one token. Left out, each client asks for its own. */
  readonly share?: SharedTokenValue | undefined;
  /** `userEndpoint('/pusher/user-auth')`: each connection is signed in, and `client.user` hears what the server sends to the user. */
  readonly user?: UserEndpointValue | undefined;
}

const known = 'endpoint token headers params credentials format batch share user';
const renewalTimeout = 10_000;
/** Tabs that share a token may first have to wait for others whose sources do not answer. */
const sharedRenewalTimeout = 3 * renewalTimeout;
const renewalBackoff = { base: 500, cap: 30_000 };

/**
 * The value for the option `auth` when your own backend signs subscriptions: private, presence and encrypted channels, and tokens
 * that are renewed before they expire. Does nothing by itself; each client that gets it works on its own. Throws a
 * `ConfigurationError` for options that cannot work.
 */
export function backendAuth(options: BackendAuthOptions): AuthSlot {
  text(object(options, 'backendAuth({ endpoint, … })').endpoint, 'auth.endpoint', address);
  const { token, format, batch, share, user } = options;
  if (typeof token !== 'string') optionalFunction(token, 'auth.token');
  checkRequests(options, 'auth');
  word(format, 'auth.format', ['form', 'json']);
  slotValue(batch, 'batch', 'auth.batch', 'batches()');
  slotValue(share, 'share', 'auth.share', 'sharedToken({ owner })');
  slotValue(user, 'user', 'auth.user', "userEndpoint('/pusher/user-auth')");
  return { slot: 'auth', open: (context) => new BackendAuthority(options, context) };
}

/** @hidden What an option with an endpoint must be. */
export const address = "the address of your backend's endpoint";

/** @hidden Throws unless what goes along with requests can. */
export function checkRequests(
  { headers, params, credentials }: Omit<EndpointSettings, 'endpoint'>,
  option: string,
): void {
  requestFields(headers, `${option}.headers`);
  requestFields(params, `${option}.params`);
  word(credentials, `${option}.credentials`, ['same-origin', 'omit', 'include']);
}

/** What one client's requests to the application need. */
export function surroundingsOf(context: ClientContext, credentials: Credentials): EndpointSurroundings {
  const { fetch, clock, random, losses, reports } = context;
  return {
    fetch,
    clock,
    random,
    losses,
    credentials,
    onDeprecation: (notice, warning) => reports.deprecated(notice, warning),
    report: (error) => reports.error(error),
  };
}

class BackendAuthority implements Authority {
  readonly credentials: TokenLease;
  readonly owner: string | undefined;
  readonly hasToken: boolean;
  readonly guard: ChannelGuard;
  readonly user: UserSession | undefined;
  readonly #replacement: TokenReplacement;
  readonly #sharing: TokenSharing | undefined;
  #release: Stop = () => {};

  constructor(options: BackendAuthOptions, context: ClientContext) {
    const { clock, random, reports, recorder, life, key } = context;
    const { token, batch, share, endpoint, headers, params, credentials, format = 'form' } = options;
    reports.doubt(unknownOption(options, 'backendAuth', known));
    const source: TokenSource | undefined = typeof token === 'string' ? () => token : token;
    this.hasToken = source !== undefined;
    this.owner = share?.owner;
    this.#sharing = source && share?.open({ source, key, endpoint, clock, random, timeout: renewalTimeout });
    const sharing = this.#sharing;
    this.credentials = new TokenLease({
      source: sharing?.source ?? source,
      lifetime: sharing === undefined ? jwtLifetime : (held, now) => sharing.lifetime(held, now),
      clock,
      random,
      backoff: renewalBackoff,
      timeout: sharing === undefined ? renewalTimeout : sharedRenewalTimeout,
      onRenewed: ({ reason }) => {
        recorder?.count('tokenRenewals');
        reports.log('info', `A token was fetched (${reason})`);
        // Whoever met the refusal tries again itself; asking for all would go round in circles with a server that refuses every token.
        if (reason !== 'refused') context.retryRefused();
      },
      onFailure: (error) => reports.error(error),
    });
    this.#replacement = new TokenReplacement({
      credentials: this.credentials,
      clock,
      timeout: renewalTimeout,
      life,
    });
    const surroundings = surroundingsOf(context, this.credentials);
    const settings = { endpoint, headers, params, credentials };
    const single = new AuthorizationQueue(new HttpAuthorizer({ ...settings, format }, surroundings));
    const authorizer = batch?.open({ ...surroundings, settings, single, reports }) ?? single;
    this.guard = new ChannelGuard({ ...context, authorizer, batched: batch !== undefined });
    this.user = options.user?.open({ context, options, surroundings });
  }

  begin(): void {
    // While the connection is dialled the other tabs have the time to tell a token.
    this.#sharing?.join();
  }

  opened(): void {
    this.#release();
    this.#release = this.credentials.hold();
  }

  closed(): void {
    this.#release();
  }

  hurry(): void {
    this.credentials.hasten();
  }

  renew(): void {
    this.#replacement.forget();
    this.credentials.supersede();
  }

  reset(): void {
    this.credentials.reset();
    this.#replacement.forget();
  }

  replace(): Promise<void> {
    return this.#replacement.replace();
  }

  clear(): void {
    this.credentials.forget();
    this.#sharing?.forget();
  }

  destroy(): void {
    this.#release();
    this.user?.destroy();
    this.credentials.destroy();
    this.#sharing?.leave();
  }
}
