/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: false } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFiles: ['<rootDir>/test/kit/own-ports.js'],
  testSequencer: '<rootDir>/test/kit/long-first.js',
  // For what hangs: on a busy machine a test may take many times as long as on a quiet one.
  testTimeout: 1_200_000,
  // A new process for each file: jest 30 leaves an async hook behind with each file, through which every promise of its process
  // runs from then on. After seventy files the same code took fifteen times as long.
  workerIdleMemoryLimit: 0,
};
