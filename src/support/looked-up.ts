/** Something of the platform; undefined where it is missing, does not work, or where looking is forbidden (frames without rights, embedded views). */
export function lookedUp<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
