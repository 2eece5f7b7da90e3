import { ConfigurationError } from '../errors';
import type { Clock, Credentials } from '../ports';
import { within } from '../support/deadline';
import type { Life } from '../support/life';

/** What replacing takes. */
export interface TokenReplacementSettings {
  readonly credentials: Credentials;
  readonly clock: Clock;
  /** How long one try may take, in milliseconds. */
  readonly timeout: number;
  /** Ends with the client. */
  readonly life: Life;
}

/** Another token than the one that a server refused for the whole connection, however many tries it takes to get one. */
export class TokenReplacement {
  readonly #settings: TokenReplacementSettings;
  /** Kept over tries: a token that comes too late for one of them is not the refused one. */
  #refused: { readonly token: string | undefined } | undefined;

  constructor(settings: TokenReplacementSettings) {
    this.#settings = settings;
  }

  /** One try. Rejects with a `ConfigurationError` when there is no other token, otherwise with what kept it from coming. */
  async replace(): Promise<void> {
    const { credentials, clock, timeout, life } = this.#settings;
    const other = await within(
      async (signal) => {
        this.#refused ??= { token: await credentials.token(signal) };
        const { token } = this.#refused;
        const renewed = await credentials.renew(token, signal);
        return renewed !== undefined && renewed !== token;
      },
      { clock, timeout, signal: life.signal },
    );
    this.forget();
    if (!other)
      throw new ConfigurationError(
        'There is no other token to try: the `token` function of `backendAuth` returned none.',
      );
  }

  /** A new beginning: whatever was refused before, it was somebody else's. */
  forget(): void {
    this.#refused = undefined;
  }
}
