/** What `readyState` may be. */
export const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

type AnyClass = { readonly prototype: object };

/**
 * Gives a class the name, the constants and the members in sight that a platform's `WebSocket` has. They are its own, also when they
 * come from `Base`: code that patches a class, or asks for descriptors, looks no further.
 */
export function lookLikeWebSocket(Class: AnyClass, Base: AnyClass = Class): void {
  const { constructor: own, ...members } = Object.getOwnPropertyDescriptors(Base.prototype);
  // The members of a class are hidden, those of the platform are not: code that wraps a socket goes through them.
  for (const member of Object.values<PropertyDescriptor>(members)) member.enumerable = true;
  Object.defineProperties(Class.prototype, members);
  for (const place of [Class, Class.prototype]) {
    for (const [name, value] of Object.entries(states)) {
      Object.defineProperty(place, name, { value, enumerable: true });
    }
  }
  // Said here, because minifiers change it.
  Object.defineProperty(Class, 'name', { value: 'WebSocket' });
}
