/** Whether `host` is this machine, which is there without any network. */
export function isLoopback(host: unknown): boolean {
  return (
    typeof host === 'string' &&
    /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(host.slice(0, 255))
  );
}
