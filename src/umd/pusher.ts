/** What a script tag gets as `Pusher`, for pages that loaded pusher-js by one. */
export { Pusher } from '../pusher/index';
