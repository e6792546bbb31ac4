import { randomBytes } from 'node:crypto';
import {
  type OpenTarget,
  type OptionalMethod,
  reasonToSkip,
  runTargetCase,
  targetCases,
} from '../../targets/conformance';
import { testWhere } from '../kit/skip';

/**
 * Runs the suite of the seam `BackupTarget` on a target. What the target lacks is said here, so that a skip is visible
 * in the test's output; a case that would be skipped without being announced fails, and so does one announced in vain.
 * `excused`: cases, by name, that a server of other people's makes impossible, each with its reason.
 */
export function describeTarget(
  target: string,
  open: OpenTarget,
  lacks: readonly OptionalMethod[] = [],
  excused: Readonly<Record<string, string>> = {},
): void {
  describe(`${target} keeps what every target promises:`, () => {
    for (const testCase of targetCases) {
      const { name, needs } = testCase;
      const announced = needs !== undefined && lacks.includes(needs);
      testWhere(announced ? `the target has no ${needs}` : excused[name])(name, async () => {
        const target = await open();
        expect(reasonToSkip(testCase, target)).toBeUndefined();
        await target[Symbol.asyncDispose]();
        await runTargetCase(testCase, open, `conformance-${randomBytes(6).toString('hex')}`);
      });
    }
    it('is excused only from cases that there are', () => {
      const names = targetCases.map(({ name }) => name);
      expect(Object.keys(excused).filter((name) => !names.includes(name))).toEqual([]);
    });
    for (const method of lacks) {
      it(`has no ${method}, as was announced`, async () => expect((await open())[method]).toBeUndefined());
    }
  });
}
