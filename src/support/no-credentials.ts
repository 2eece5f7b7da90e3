import type { Credentials } from '../ports';

/** Without `auth` requests carry no token. */
export const noCredentials: Credentials = { token: async () => undefined, renew: async () => undefined };
