/** Less is not worth the 30 ms that it takes. */
const muchBytes = 16 * 1024 * 1024;

/**
 * Has V8 collect all garbage after that many bytes went through. Blocks that were on their way for long count as old, and
 * for those V8 would not look again before the heap is four times as large: they would lie beside those of the next step. Does
 * nothing where Node was not started with `--expose-gc`, as client/cairn.js does.
 */
export function dropGarbage(bytes: number): void {
  if (bytes > muchBytes) (globalThis as { readonly gc?: () => void }).gc?.();
}
