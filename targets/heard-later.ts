/** What fails while nobody waits for it yet is no unhandled rejection: it is waited for later, or not at all. */
export function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
