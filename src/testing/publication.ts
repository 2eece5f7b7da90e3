import type { AppSettings } from './app-options';
import { channelTraits, isChannelName } from './channel-name';
import { channelKey, encryptPayload } from './cryptography';
import { utf8Length } from './utf8';

/** Why an event cannot be published, with the HTTP status that says so. */
export interface PublicationFault {
  readonly status: 400 | 413;
  readonly reason: string;
}

/** Looks for what is wrong with an event that somebody wants to publish. */
export function publicationFault(
  { limits }: AppSettings,
  event: string,
  channel: string,
  data: string,
): PublicationFault | undefined {
  if (event === '' || event.length > limits.eventNameLength) {
    return { status: 400, reason: `The event name must have 1 to ${limits.eventNameLength} characters` };
  }
  if (event.startsWith('pusher:') || event.startsWith('pusher_internal:')) {
    return { status: 400, reason: 'Event names that begin with pusher: are reserved' };
  }
  if (!isChannelName(channel, limits.channelNameLength)) {
    return { status: 400, reason: 'Invalid channel name' };
  }
  if (utf8Length(data) > limits.eventBytes) {
    return { status: 413, reason: `The data of the event is larger than ${limits.eventBytes} bytes` };
  }
  return undefined;
}

/** What goes over the wire: for encrypted channels the data under the channel's key, else the data. */
export function sealData({ encryptionMasterKey }: AppSettings, channel: string, data: string): string {
  if (channelTraits(channel).kind !== 'encrypted') return data;
  return encryptPayload(channelKey(encryptionMasterKey, channel), data);
}
