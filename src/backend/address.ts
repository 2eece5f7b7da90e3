/** An endpoint's address as it may be shown: without its query and without a password, because people put secrets there. */
export function shownAddress(endpoint: string): string {
  const [address = ''] = endpoint.split(/[?#]/, 1);
  return address.replace(/^([a-z][a-z\d+.-]{0,20}:)?\/\/[^/@]*@/i, '$1//');
}
