/**
 * Node before 20.4 has no `Symbol.asyncDispose`, and `[Symbol.asyncDispose]` there would be a method named "undefined".
 * Imported for its effect by every file that defines or uses something disposable.
 */
if (Symbol.asyncDispose === undefined) {
  Object.defineProperty(Symbol, 'asyncDispose', { value: Symbol.for('nodejs.asyncDispose') });
}

export {};
