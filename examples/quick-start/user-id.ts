/** The id of whoever calls themselves that, in letters that a channel's name may have. */
export function userIdOf(name: string): string {
  const words = encodeURIComponent(name.trim().toLowerCase().replaceAll(/\s+/g, '-'));
  return words.replaceAll('%', '=').replaceAll(/[!~*'()]/g, '-');
}
