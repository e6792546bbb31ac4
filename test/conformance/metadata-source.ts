import { metadataSourceCases, type MetadataSourceHarness } from '../../sources/conformance';
import type { MetadataTraits } from '../../model/source';
import { testWhere } from '../kit/skip';

/**
 * Runs the suite of the seam `MetadataSource` on a source. One service serves all cases, one after the other. A trait
 * that the source lacks is said here, so that a skip is visible; one that is announced in vain fails.
 */
export function describeMetadataSource<Spec>(
  source: string,
  open: () => Promise<MetadataSourceHarness<Spec>>,
  lacks: readonly (keyof MetadataTraits)[] = [],
): void {
  describe(`${source} keeps what every metadata source promises:`, () => {
    let harness: MetadataSourceHarness<Spec>;
    beforeAll(async () => void (harness = await open()));
    for (const { name, needs, run } of metadataSourceCases) {
      const isSkipped = needs !== undefined && lacks.includes(needs);
      testWhere(isSkipped ? `the source is not ${needs}` : undefined)(name, () => run(harness));
    }
    it('has the traits that were announced', () => {
      const found = lacks.filter((trait) => harness.source.traits[trait]);
      expect(found).toEqual([]);
    });
  });
}
