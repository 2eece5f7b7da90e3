/** So long Chromium may take for anything, in milliseconds, also beside busy neighbours. */
export const patience = 90_000;

/** What `promise` brings, or after `milliseconds` an error that says what did not happen. */
export async function awaited<T>(promise: Promise<T>, what: string, milliseconds = patience): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Waited ${milliseconds / 1000} s in vain: ${what}`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
